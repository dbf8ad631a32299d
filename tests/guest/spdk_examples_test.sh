# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The walk of docs/guide-spdk.md in the guest by uio, command by command; that by vfio is in spdk_vfio_test.sh. In the same guest the examples of spdk/, and every verb of its driver level, on hardware as a guest
# has it: a Key Value namespace, and one of the 2023 dialect, taken from the kernel.
source tests/guest/fixture.sh

spdk/build
build_release() (source scripts/lib.sh && build_quiet=1 build_preset release "$@")
build_release csd-spdk-verbs
cp build/release/bin/csd-spdk-verbs docs/guide-spdk.md "$share/"

truncate -s 64M "$work/block"
mkdir "$drive-2023"
guest --memory 2G --huge-pages 400 --qemu "-drive if=none,id=blocks,format=raw,file=$work/block
    -device nvme,id=nvme1,serial=second -device nvme-ns,bus=nvme1,nsid=1,drive=blocks,kv-root=$drive-2023" -- \
    bash -c 'bash spdk_examples.sh csd second && bash console.sh guide-spdk.md "guest uio"'
check "what the examples stored they deleted; the page left one key" same "$drive/0/1/63617273" \
    "$(find "$drive/0/1" "$drive-2023/0/1" -type f)"
