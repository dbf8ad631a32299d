# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Loss of power as dm-flakey makes it, inside one guest: the disk under the engine's file system drops every write from a
# moment on, also what the kernel believes to have flushed since.
source tests/guest/fixture.sh

rounds=$([ "$CSD_LONG" = 1 ] && echo 20 || echo 3)
truncate -s 512M "$work/power"
mke2fs -q -t ext4 "$work/power"
guest --no-drive --qemu "-drive if=none,id=power,format=raw,file=$work/power -device virtio-blk-pci,drive=power,serial=power" \
    -- bash flakey.sh "$rounds" | tee "$work/said"
echo "measured: $rounds cuts over dm-flakey, $(tail -n 1 "$work/said")"
