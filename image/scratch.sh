#!/usr/bin/env bash
# Makes the empty disk that every machine's own disk begins as.
#
#   image/scratch.sh FOLDER      leaves FOLDER/scratch.ext4: 16 GiB to the guest, about 1 MiB on the host
#
# With a journal: the disk must be consistent when the VMM is killed.
set -euo pipefail

folder=$(realpath "$1")
new=$folder/scratch.ext4.new
rm -f "$new"
truncate -s 16G "$new"
mke2fs -q -t ext4 -m 0 -J size=16 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0 "$new"
mv "$new" "$folder/scratch.ext4"
