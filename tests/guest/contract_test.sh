# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The contract of the drive, as tests/contract has it, held to unchanged inside the guest: both dialects and a drive
# without extensions, by io_uring, by ioctl, and through the controller's node.
source tests/guest/fixture.sh

truncate -s 64M "$work/block"
mkdir "$drive-2023" "$drive-standard"
guest --qemu "-drive if=none,id=blocks,format=raw,file=$work/block -device nvme,id=nvme1,serial=second
    -device nvme-ns,bus=nvme1,nsid=1,drive=blocks,kv-root=$drive-2023
    -device nvme,id=nvme2,serial=third -device nvme-kv-ns,bus=nvme2,nsid=1,root=$drive-standard,extensions=off" -- \
    bash contract.sh "/dev/ng0n1?io=uring" "/dev/ng0n1?io=ioctl" /dev/nvme0 \
    "/dev/ng1n1?io=uring" "/dev/ng1n1?io=ioctl" /dev/nvme1 "/dev/ng2n1?io=uring" | tee "$work/said"
check "seven drives were held to it" same 7 "$(grep -c '^/dev/' "$work/said")"
