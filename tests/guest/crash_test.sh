# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# kill -9 of QEMU while its guest stores. To the drive on the host this is a crash: nothing acknowledged may be lost. To a
# second drive, whose engine runs inside the guest on an ext4 disk, it is the loss of power: what the guest had not yet
# sent to its disk is gone, and only what was flushed must be there. Both must be whole.
source tests/guest/fixture.sh
PATH=$PWD/build/release/bin:$PATH

rounds=$([ "$CSD_LONG" = 1 ] && echo 20 || echo 5)
truncate -s 512M "$work/power"
mke2fs -q -t ext4 "$work/power"

life() { # FIRST_VERSION
    rm -f "$work/pid" "$share/verified"
    start_guest --kernel "$kernel" --qemu "-pidfile $work/pid -drive if=none,id=power,format=raw,file=$work/power
        -device virtio-blk-pci,drive=power,serial=power" -- bash crash.sh "$1"
    guest=$!
}

both_write() { grep -qs "^begin .* $version$" "$share/journal.host" && grep -qs "^begin .* $version$" "$share/journal.disk"; }

version=1
for ((round = 1; round <= rounds; round++)); do
    kernel=${kernels[round % 2]}
    life $version
    check "round $round: the guest writes" wait_until 120 both_write
    sleep "$((1 + RANDOM % 3)).$((RANDOM % 1000))"
    check "round $round: the guest is still at it" kill -9 "$(cat "$work/pid")"
    wait $guest || true
    check "round $round: the host's drive" bash "$share/verify.sh" "emulator:$drive" "$share/journal.host" acknowledged
    version=$((version + 10000))
done

life $version
check "the disk's drive is whole after the last cut" wait_until 120 test -e "$share/verified"
kill -9 "$(cat "$work/pid")"
wait $guest || true
echo "measured: $rounds rounds, $(grep -c ^done "$share/journal.host") stores acknowledged through QEMU, $(grep -c ^done "$share/journal.disk") on the disk"
