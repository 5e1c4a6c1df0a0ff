/** A DNS label of any length, as names of Kubernetes objects are. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A name of dot-separated DNS labels, of up to 253 characters. */
export const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A release by semantic version, MAJOR.MINOR.PATCH with an optional pre-release. */
export const RELEASE = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** An OCI image by digest: repository[:tag]@sha256:<64 hex digits>. */
export const IMAGE_BY_DIGEST =
  /^[a-z0-9][a-z0-9._-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*(:\w[\w.-]{0,127})?@sha256:[0-9a-f]{64}$/;

/** Whether `value` is an http or https address. */
export function isWebAddress(value: string): boolean {
  return /^https?:\/\/\S+$/.test(value) && URL.canParse(value);
}
