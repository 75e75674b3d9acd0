#!/usr/bin/env bash
# Extracts the kernel and its modules from the distribution's cloud kernel package, without installing it.
#
#   image/kernel.sh FOLDER      leaves FOLDER/vmlinux (an ELF, as every VMM takes it), FOLDER/modules/ and
#                                FOLDER/vmlinux.least-mem-mib
#
# Needs no root. Needs apt-get's package lists, dpkg, kmod, and the decompressor of the kernel (lz4).
set -euo pipefail

folder=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work" "$folder/modules.new" "$folder/vmlinux.new"' EXIT

say() { echo "image: $*" >&2; }

meta=linux-image-cloud-amd64
package=$(apt-cache depends "$meta" | awk '/Depends: linux-image-/ {print $2; exit}')
if [ -z "$package" ]; then
  say "$meta is not in the package lists. Run 'apt-get update', or set HYPERFLEET_KERNEL_IMAGE_PATH to your own kernel."
  exit 1
fi
release=${package#linux-image-}

say "downloading $package"
(cd "$work" && apt-get download -q "$package" >&2)
dpkg -x "$work"/*.deb "$work/root"

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
  *) say "$bzimage has an unknown compression"; exit 1 ;;
esac
# Four bytes of the kernel follow the stream, so the decompressor complains at the end.
"${decompress[@]}" < "$payload" > "$work/vmlinux" 2> "$work/complaint" || true
if [ "$(head -c 4 "$work/vmlinux" | tail -c 3)" != ELF ]; then
  say "no ELF was extracted from $bzimage: $(cat "$work/complaint")"
  exit 1
fi

# modules/order: "<file> <virtio device>", in load order. Only the devices that a machine has are loaded.
depmod -b "$work/root" "$release"
mkdir "$work/modules"
while read -r module device; do
  modprobe -d "$work/root" -S "$release" --show-depends "$module" | awk '$1 == "insmod" {print $2}' |
    while read -r file; do
      name=$(basename "$file")
      [ ! -e "$work/modules/${name%.xz}" ] || continue
      case $file in
        *.xz) xz -dc "$file" > "$work/modules/${name%.xz}" ;;
        *) cp "$file" "$work/modules/" ;;
      esac
      echo "${name%.xz} $device" >> "$work/modules/order"
    done
done <<'MODULES'
virtio_mmio *
virtio_blk 0x0002
virtio_net 0x0001
virtio_console 0x0003
vmw_vsock_virtio_transport 0x0013
overlay *
MODULES

# The folder may be on another file system, which may be full: copy everything first, then move it into place.
cp -r "$work/modules" "$folder/modules.new"
cp "$work/vmlinux" "$folder/vmlinux.new"
rm -rf "$folder/modules"
mv "$folder/modules.new" "$folder/modules"
mv "$folder/vmlinux.new" "$folder/vmlinux"
# The least memory that a guest needs, in MiB. Measured: with 84 the kernel panics; with 96 it boots, but the agent has
# too little left to start a process; with 112 commands run.
echo 112 > "$folder/vmlinux.least-mem-mib"
say "kernel $release"
