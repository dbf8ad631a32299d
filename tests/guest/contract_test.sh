# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The contract of the drive, as tests/contract has it, held to unchanged inside the guest: both dialects and a drive
# without extensions, by io_uring, by ioctl, and through the controller's node. A capacity is given, because what the
# host's file system has may change between two looks.
source tests/guest/fixture.sh

truncate -s 64M "$work/block"
mkdir "$drive-2023" "$drive-standard"
guest --drive-options size=1G --qemu "-drive if=none,id=blocks,format=raw,file=$work/block -device nvme,id=nvme1,serial=second
    -device nvme-ns,bus=nvme1,nsid=1,drive=blocks,kv-root=$drive-2023
    -device nvme,id=nvme2,serial=third -device nvme-kv-ns,bus=nvme2,nsid=1,root=$drive-standard,extensions=off,size=1G" -- \
    bash contract.sh csd second third | tee "$work/said"
check "nine times it held" same 9 "$(grep -c ' PASSED ' "$work/said")"
