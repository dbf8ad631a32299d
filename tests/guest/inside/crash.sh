#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# One life of the guest that is killed: crash.sh FIRST_VERSION. It checks the drive that is kept on its own ext4 disk, then
# writes to that one and to the one of the host until the end.
source /share/lib.sh
version=$1
disk=$(for disk in /sys/block/vd*; do [ "$(cat "$disk/serial")" = power ] && echo "/dev/${disk##*/}"; done)
mount -t ext4 "$disk" /mnt
touch /share/journal.host /share/journal.disk
if [ -s /share/journal.disk ]; then
    check "after the cut, the disk's drive" bash verify.sh emulator:/mnt/drive /share/journal.disk flushed
fi
touch /share/verified
bash writer.sh /dev/ng0n1 /share/journal.host "$version" &
bash writer.sh emulator:/mnt/drive /share/journal.disk "$version" &
wait -n
echo "a writer ended by itself"
exit 1
