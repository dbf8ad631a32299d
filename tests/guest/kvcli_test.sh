# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Every verb of kvcli in the guest, with values of many transfers: both kernels, both dialects. A controller with a
# namespace of its own for each, so that one start of the guest serves both.
source tests/guest/fixture.sh

for kernel in "${kernels[@]}"; do
    truncate -s 64M "$work/block"
    mkdir -p "$drive-2023"
    guest --kernel "$kernel" --qemu "-drive if=none,id=blocks,format=raw,file=$work/block -device nvme,id=nvme1,serial=second
        -device nvme-ns,bus=nvme1,nsid=1,drive=blocks,kv-root=$drive-2023" -- \
        bash -c 'bash kvcli.sh csd kept kv && bash kvcli.sh second kept 2023'
    for root in "$drive" "$drive-2023"; do
        check "the value is a file on the host" test -s "$root/0/1/6B657074"
    done
    rm -rf "$drive" "$drive-2023"
done
