# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# SPDK in the guest, by uio: the contract of the drive over the NVMe driver (pcie:) and over the bdev layer (bdev:), both
# dialects; how it explains what is wrong; how long it takes to start; a full queue of random sizes, there and on the
# kernel's node; every verb of kvcli on the 2023 dialect, and of the other in spdk_vfio_test.sh.
source tests/guest/fixture.sh
(source scripts/lib.sh && build_quiet=1 build_preset release csd-storm)

cp tests/integration/files.sh "$share/"
mkdir "$share/files"
cp docs/guide-spdk.md "$share/files/"
printf 'make,price\nFiat,900\nSaab,4200\n' >"$share/files/cars.csv"

truncate -s 64M "$work/block"
mkdir "$drive-2023"
guest --huge-pages 192 --drive-options size=1G --qemu "-drive if=none,id=blocks,format=raw,file=$work/block
    -device nvme,id=nvme1,serial=second -device nvme-ns,bus=nvme1,nsid=1,drive=blocks,kv-root=$drive-2023" --timeout $((CSD_LONG ? 3600 : 800)) -- \
    env CSD_LONG="$CSD_LONG" bash spdk_contract.sh uio csd:kv second:2023 | tee "$work/said"
check "each time it held" same 4 "$(grep -c ' PASSED ' "$work/said")"
check "the value that kvcli left is a file on the host" test -s "$drive-2023/0/1/6B657074"
