#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The engine on ext4 over dm-flakey: flakey.sh ROUNDS. In each round a writer is killed, and from that moment the disk
# drops every write, as one does that has lost its power; what the next mount finds is verified. The engine takes a new
# start of the machine from its boot id, so each round gets one.
source /share/lib.sh
disk=$(for disk in /sys/block/vd*; do [ "$(cat "$disk/serial")" = power ] && echo "/dev/${disk##*/}"; done)
sectors=$(blockdev --getsz "$disk")
modprobe dm-flakey
export DM_DISABLE_UDEV=1 # nobody else makes the nodes here
cat /proc/sys/kernel/random/boot_id >/tmp/boot_id
mount --bind /tmp/boot_id /proc/sys/kernel/random/boot_id
journal=/share/journal
touch $journal

plug_in() {
    cat /proc/sys/kernel/random/uuid >/tmp/boot_id
    dmsetup create power --table "0 $sectors linear $disk 0"
    mount -t ext4 /dev/mapper/power /mnt
}

lose_power() {
    dmsetup suspend --nolockfs --noflush power
    dmsetup load power --table "0 $sectors flakey $disk 0 0 86400 1 drop_writes"
    dmsetup resume power
}

pull_out() {
    local tries
    for tries in {1..100}; do
        if umount /mnt 2>/dev/null; then break; fi
        [ "$tries" -lt 100 ] || { echo "the file system stays busy" && return 1; }
        sleep 0.1
    done
    dmsetup remove --retry power
}

more_acknowledged() { # COUNT
    [ "$(grep -c ^done $journal)" -ge "$1" ]
}

version=1
for ((round = 1; round <= $1; round++)); do
    plug_in
    if [ -s $journal ]; then check "round $round: the last cut" bash verify.sh emulator:/mnt/drive $journal flushed; fi
    goal=$(($(grep -c ^done $journal || true) + 5 + RANDOM % 8))
    setsid bash writer.sh emulator:/mnt/drive $journal $version &
    writer=$!
    for ((tries = 0; tries < 600; tries++)); do
        if more_acknowledged $goal; then break; fi
        sleep 0.1
    done
    check "round $round: the writer got on" more_acknowledged $goal
    kill -9 -- -$writer
    lose_power
    wait $writer 2>/dev/null || true
    pull_out
    version=$((version + 10000))
done
plug_in
check "after the last cut" bash verify.sh emulator:/mnt/drive $journal flushed
echo "$(grep -c ^done $journal) stores and $(grep -c ^flushed $journal) flushes acknowledged"
pull_out
