#!/usr/bin/env bash
# Makes the kernel and its modules out of the distribution's kernel for virtual machines, without installing it:
# Debian's linux-image-cloud-amd64, Ubuntu's linux-image-virtual.
#
#   image/kernel.sh FOLDER      leaves FOLDER/vmlinux (an ELF, as every VMM takes it), FOLDER/modules/ and
#                                FOLDER/vmlinux.least-mem-mib
#   image/kernel.sh package     prints the package that has it, if the package lists know one
#
# Needs no root. Needs apt-get's package lists, dpkg, kmod, and the decompressors of the kernel and its modules.
set -euo pipefail

package=$(apt-cache depends linux-image-cloud-amd64 linux-image-virtual 2> /dev/null | awk '/Depends: linux-image-[0-9]/ {print $2; exit}' || true)
if [ "$1" = package ]; then
  echo "$package"
  exit
fi
folder=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work" "$folder/modules.new" "$folder/vmlinux.new"' EXIT

say() { echo "image: $*" >&2; }

if [ -z "$package" ]; then
  say "neither linux-image-cloud-amd64 nor linux-image-virtual is in the package lists. Run 'apt-get update', or set HYPERFLEET_KERNEL_IMAGE_PATH to a kernel of yours."
  exit 1
fi
release=${package#linux-image-}

# Ubuntu has the modules in a package of their own.
packages=("$package")
if [ -n "$(apt-cache depends "linux-modules-$release" 2> /dev/null || true)" ]; then
  packages+=("linux-modules-$release")
fi

say "downloading ${packages[*]}"
# As root, apt would download as another user, who may not write here.
(cd "$work" && apt-get download -q -o APT::Sandbox::User=root "${packages[@]}" >&2)
for file in "$work"/*.deb; do dpkg -x "$file" "$work/root"; done
[ -e "$work/root/lib" ] || ln -s usr/lib "$work/root/lib" # from Debian 13 on, where /lib is a link

# The compressed ELF is in the bzImage at the setup header's payload_offset (boot protocol 2.08).
bzimage=$work/root/boot/vmlinuz-$release
field() { od -An -v -t "u$2" -j "$1" -N "$2" "$bzimage" | tr -d ' '; }
setup_sectors=$(field $((0x1f1)) 1)
offset=$(((setup_sectors + 1) * 512 + $(field $((0x248)) 4)))
length=$(field $((0x24c)) 4)
payload=$work/payload
tail -c +$((offset + 1)) "$bzimage" | head -c "$length" > "$payload" || true
case $(od -An -v -t x1 -N 4 "$payload" | tr -d ' ') in
  02214c18) decompress=(lz4 -dc) ;;
  28b52ffd) decompress=(zstd -dc) ;;
  fd377a58) decompress=(xz -dc) ;;
  1f8b*) decompress=(gzip -dc) ;;
  *) say "$bzimage is compressed in a way that is not known here"; exit 1 ;;
esac
# Four bytes of the kernel's own follow the stream, so the decompressor complains at the end.
"${decompress[@]}" < "$payload" > "$work/vmlinux" 2> "$work/complaint" || true
if [ "$(head -c 4 "$work/vmlinux" | tail -c 3)" != ELF ]; then
  say "no ELF came out of $bzimage: $(cat "$work/complaint")"
  exit 1
fi

# modules/order: "<file> <virtio device>", in load order. Only the devices that a machine has are loaded. In the place
# of the device, fs-NAME is for a root of that file system.
depmod -b "$work/root" "$release"
mkdir "$work/modules"
while read -r module device; do
  modprobe -d "$work/root" -S "$release" --show-depends "$module" | awk '$1 == "insmod" {print $2}' |
    while read -r file; do
      name=$(basename "${file%.ko*}").ko
      [ ! -e "$work/modules/$name" ] || continue
      case $file in
        *.xz) xz -dc "$file" > "$work/modules/$name" ;;
        *.zst) zstd -dcq "$file" > "$work/modules/$name" ;;
        *) cp "$file" "$work/modules/$name" ;;
      esac
      echo "$name $device" >> "$work/modules/order"
    done
done <<'MODULES'
virtio_mmio *
virtio_blk 0x0002
virtio_net 0x0001
virtio_console 0x0003
vmw_vsock_virtio_transport 0x0013
overlay *
squashfs fs-squashfs
MODULES

# The folder may be on another file system, which may be full: first all of it, then in its place.
cp -r "$work/modules" "$folder/modules.new"
cp "$work/vmlinux" "$folder/vmlinux.new"
rm -rf "$folder/modules"
mv "$folder/modules.new" "$folder/modules"
mv "$folder/vmlinux.new" "$folder/vmlinux"
# The least memory that a guest needs, in MiB. Tried: with 84 the kernel panics; with 96 it boots, and the agent has too
# little left to start a process; with 112 commands run.
echo 112 > "$folder/vmlinux.least-mem-mib"
say "kernel $release"
