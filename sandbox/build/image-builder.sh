#!/bin/sh
# Builds the service image from the project's Dockerfile with buildah, in a mount namespace of its own on the node's
# root file system, and writes it as an OCI layout. Base images come from the sandbox's registry under their public names.
# Takes: ROOTFS, WORK (empty but for context/), REGISTRY (host:port); optionally NPMRC (file).
set -eu

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
# The build's one network step asks the npm registry, with this machine's resolver and certificate authorities.
for file in /etc/resolv.conf /etc/hosts; do
  touch "$root$file"
  mount --bind "$file" "$root$file"
done
mount --bind /etc/ssl/certs "$root/etc/ssl/certs"

echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$root/etc/containers/policy.json"
cat >"$root/etc/containers/registries.conf" <<EOF
unqualified-search-registries = ["docker.io"]
short-name-mode = "permissive"
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "$REGISTRY"
insecure = true
EOF
cat "${NPMRC:-/dev/null}" >"$WORK/npmrc"
echo "cafile=/etc/ssl/certs/ca-certificates.crt" >>"$WORK/npmrc"

# The time is fixed so that the same sources give the same digest.
chroot "$root" buildah bud --quiet --isolation chroot --network host --storage-driver overlay --timestamp 0 \
  --volume /etc/ssl/certs:/etc/ssl/certs:ro --secret id=npmrc,src=/work/npmrc \
  --file /work/context/app/Dockerfile --tag service /work/context
chroot "$root" buildah push --quiet --storage-driver overlay --format oci service oci:/work/layout
