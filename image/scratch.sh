#!/usr/bin/env bash
# Creates the empty disk that every machine's own disk is copied from.
#
#   image/scratch.sh FOLDER      leaves FOLDER/scratch.ext4: 16 GiB for the guest, a quarter of a MiB on the host
#
# With a journal: the disk must be consistent when the VMM is killed. Without space for growing: that would be most of
# what each machine copies.
set -euo pipefail

folder=$(realpath "$1")
new=$folder/scratch.ext4.new
trap 'rm -f "$new"' EXIT
rm -f "$new"
truncate -s 16G "$new"
mke2fs -q -t ext4 -m 0 -O '^resize_inode' -G 128 -J size=16 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0 "$new"
mv "$new" "$folder/scratch.ext4"
