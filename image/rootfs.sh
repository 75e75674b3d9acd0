#!/usr/bin/env bash
# Builds a root file system: a file that machines share, read-only.
#
#   image/rootfs.sh NAME FOLDER      leaves FOLDER/NAME.ext4, as image/roots/NAME describes it
# NAME.ext4 is a link to a file with the time in its name: existing machines keep the base of their disks, and only new
# ones use the new root. As root it needs mmdebstrap and e2fsprogs; otherwise also fakeroot and uidmap.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
name=$1
folder=$(realpath "$2")
recipe=$here/roots/$name
if [[ ! $name =~ ^[a-z0-9-]+$ ]] || [ ! -f "$recipe" ]; then
  echo "image: there is no root file system '$name'. Known names: $(cd "$here/roots" && echo *)" >&2
  exit 1
fi
work=$(mktemp -d)
file=$name-$(date -u +%Y%m%d%H%M%S).ext4
trap 'rm -rf "$work" "$folder/$file.new"' EXIT

# Only root can give files to root: otherwise fakeroot records their owners.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else fakeroot -s "$work/owners" -i "$work/owners" -- "$@"; fi; }
touch "$work/owners"

# A recipe defines fill FOLDER, which fills an empty folder, or packages, a list for mmdebstrap.
packages=()
fill() {
  local suite
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
  echo "image: bootstrapping $suite with ${packages[*]}" >&2
  # Without Python's mark, pip installs into /usr/local as it always did: a machine is there to be changed.
  mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/lib/python3*/EXTERNALLY-MANAGED' \
    "$suite" "$work/root.tar" >&2
  as_root tar --extract --file "$work/root.tar" --directory "$1" --numeric-owner --exclude='./dev/*'
}
# shellcheck source=/dev/null
. "$recipe"

mkdir -m 755 "$work/root"
fill "$work/root"
as_root mkdir -p "$work/root"/{dev,proc,sys,run,tmp,root,etc}
as_root chmod 1777 "$work/root/tmp"
# A quarter more than the content, for the file system's own tables. It is never written to.
size=$(($(du -sm "$work/root" | cut -f1) * 5 / 4 + 16))
truncate -s "${size}M" "$work/image"
as_root mke2fs -q -t ext4 -m 0 -O '^has_journal' -E nodiscard,root_owner=0:0 -d "$work/root" "$work/image"
# The folder may be on another file system, which may be full.
cp --sparse=always "$work/image" "$folder/$file.new"
mv "$folder/$file.new" "$folder/$file"
ln -s "$file" "$folder/$name.ext4.new"
mv -T "$folder/$name.ext4.new" "$folder/$name.ext4"
