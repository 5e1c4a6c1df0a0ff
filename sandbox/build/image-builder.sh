#!/bin/sh
# Builds the service image from the project's Dockerfile with buildah, in a mount namespace of its own on the node's
# root file system, and writes it as an OCI layout. Base images come from the sandbox's registry under their public names.
# Takes: ROOTFS, WORK (empty but for context/), REGISTRY (host:port); optionally NPMRC (file).
set -eu

certificates=/etc/ssl/certs/ca-certificates.crt
containers=/var/lib/containers/storage/overlay-containers

mkdir -p "$WORK/root" "$WORK/upper" "$WORK/overlay-work" "$WORK/storage"
root=$WORK/root
mount -t overlay builder -o "lowerdir=$ROOTFS,upperdir=$WORK/upper,workdir=$WORK/overlay-work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/work" "$root/etc/containers" "$root/var/lib/containers"
mount --bind "$WORK" "$root/work"
mount --bind "$WORK/storage" "$root/var/lib/containers"
# Here buildah keeps its copies of secrets: in memory, so that a killed build leaves none.
mkdir -p "$root$containers"
mount -t tmpfs -o mode=0700 tmpfs "$root$containers"
# The build's one network step asks the npm registry, with this machine's resolver and certificate authorities.
for file in /etc/resolv.conf /etc/hosts; do
  touch "$root$file"
  mount --bind "$file" "$root$file"
done
for bundle in "$certificates" /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
  if [ -s "$bundle" ]; then
    mount --bind "$(readlink -f "$bundle")" "$root$certificates"
    break
  fi
done

echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$root/etc/containers/policy.json"
{
  echo 'unqualified-search-registries = ["docker.io"]'
  echo 'short-name-mode = "permissive"'
  for public in docker.io gcr.io; do
    printf '[[registry]]\nlocation = "%s"\n' "$public"
    printf '[[registry.mirror]]\nlocation = "%s"\ninsecure = true\n' "$REGISTRY"
  done
} >"$root/etc/containers/registries.conf"
# The last line of the user's file may lack its newline.
(umask 077 && { cat "${NPMRC:-/dev/null}" && printf '\ncafile=%s\n' "$certificates"; } >"$root/tmp/npmrc")

# The time is fixed so that the same sources give the same digest.
chroot "$root" buildah bud --quiet --isolation chroot --network host --storage-driver overlay --timestamp 0 \
  --volume "$certificates:$certificates:ro" --secret id=npmrc,src=/tmp/npmrc \
  --file /work/context/Dockerfile --tag service /work/context
chroot "$root" buildah push --quiet --storage-driver overlay --format oci service oci:/work/layout
