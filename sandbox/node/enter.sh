#!/bin/sh
# First step inside a new sandbox's namespaces (mount, network, pid, ipc, uts): build its root file system, change into
# it, and become init. Every mount below lives in this mount namespace alone and ends with it.
# Takes: STATE, ROOTFS, TOOLS, SOURCES, CHARTS, REGISTRY (folders of the host), NODE (file), ADDRESS, NAME, CONTEXT, CGROUP.
set -eu

root=$STATE/root/merged
mount -t overlay sandbox -o "lowerdir=$ROOTFS,upperdir=$STATE/root/upper,workdir=$STATE/root/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"

# The kubelet sets these for the whole machine when they differ from what it wants. Here it reads what it wants, and the
# machine keeps its own.
settings=$root/run/kernel-settings
mkdir "$settings"
while read -r setting value; do
  file=$settings/$(basename "$setting")
  echo "$value" >"$file"
  mount --bind "$file" "$root/proc/sys/$setting"
done <<EOF
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
EOF

read_only() {
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}
mkdir -p "$root/opt/sandbox/bin" "$root/opt/sandbox/src" "$root/opt/sandbox/charts" "$root/var/lib/sandbox" "$root/var/lib/registry"
touch "$root/usr/local/bin/node"
read_only "$TOOLS" "$root/opt/sandbox/bin"
read_only "$SOURCES" "$root/opt/sandbox/src"
read_only "$CHARTS" "$root/opt/sandbox/charts"
read_only "$NODE" "$root/usr/local/bin/node"
mount --bind "$STATE/data" "$root/var/lib/sandbox"
mount -t overlay registry -o "lowerdir=$REGISTRY,upperdir=$STATE/registry/upper,workdir=$STATE/registry/work" "$root/var/lib/registry"

mkdir -p "$root/.host"
cd "$root"
pivot_root . .host
umount -l /.host
mount --make-rshared /
hostname "$NAME"
# tini reaps what the container shims leave behind; when the supervisor ends, all of the sandbox ends with it.
exec /usr/bin/tini -- /usr/local/bin/node /opt/sandbox/src/node/supervisor.ts "$ADDRESS" "$CONTEXT" "$CGROUP"
