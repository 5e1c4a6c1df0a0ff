import { asMap, asString } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import { valueAtPath } from "./changes.ts";
import type { PropertyChange } from "./changes.ts";
import { isAutonamed, isUnnamed } from "./naming.ts";

/** Which objects whose data the API allows to change are updated in place instead of replaced. */
export interface MutableData {
  readonly configMaps: boolean;
  readonly secrets: boolean;
}

const OF_EVERY_KIND = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

const OF_ONE_KIND: Readonly<Record<string, readonly string[]>> = {
  "apps/Deployment": ["spec.selector"],
  "apps/DaemonSet": ["spec.selector"],
  "apps/ReplicaSet": ["spec.selector"],
  "apps/StatefulSet": ["selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"].map(
    (f) => `spec.${f}`,
  ),
  "batch/Job": ["selector", "template", "completions", "parallelism", "completionMode"].map((f) => `spec.${f}`),
  "/Pod": ["spec"],
  "/Service": ["spec.clusterIP"],
  "/PersistentVolume": ["hostPath", "local", "nfs", "csi", "nodeAffinity"].map((f) => `spec.${f}`),
  "/PersistentVolumeClaim": ["accessModes", "selector", "storageClassName", "volumeName", "volumeMode"].map(
    (f) => `spec.${f}`,
  ),
  "/ResourceQuota": ["spec.scopes"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
};

/** The fields of an object that the API does not let anyone change, as dotted paths. */
export function immutableFields(object: PropertyMap, mutable: MutableData): string[] {
  const apiVersion = asString(object["apiVersion"]);
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const kind = `${group}/${asString(object["kind"])}`;
  const isImmutable = object["immutable"] === true;
  const fields = [...OF_EVERY_KIND, ...(OF_ONE_KIND[kind] ?? [])];
  if (kind === "/ConfigMap" && (isImmutable || !mutable.configMaps)) fields.push("data", "binaryData");
  if (kind === "/Secret") fields.push("type", ...(isImmutable || !mutable.secrets ? ["data", "stringData"] : []));
  return fields;
}

/** Whether the change touches one of the fields: is at it, inside it, or adds or removes an object that holds it. */
export function touchesField(
  change: PropertyChange,
  fields: readonly string[],
  before: PropertyMap,
  after: PropertyMap,
): boolean {
  return fields.some((field) => {
    const names = field.split(".");
    const common = Math.min(names.length, change.path.length);
    if (!names.slice(0, common).every((name, index) => change.path[index] === name)) return false;
    if (names.length <= change.path.length) return true;
    return [before, after].some((object) => valueAtPath(object, names) !== undefined);
  });
}

/**
 * Whether the old object must be deleted before its replacement can be created: both would have the same name, and
 * the name was chosen by the program.
 */
export function deletesBeforeReplace(before: PropertyMap, after: PropertyMap): boolean {
  const [old, fresh] = [asMap(before["metadata"]), asMap(after["metadata"])];
  return (
    !isUnnamed(after) && !isAutonamed(after) && old["name"] === fresh["name"] && old["namespace"] === fresh["namespace"]
  );
}
