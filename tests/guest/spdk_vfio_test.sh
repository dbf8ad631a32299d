# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What spdk_test.sh does by uio, by vfio behind an IOMMU; and the walk of docs/guide-spdk.md there.
source tests/guest/fixture.sh
(source scripts/lib.sh && build_quiet=1 build_preset release csd-storm)

cp tests/integration/files.sh docs/guide-spdk.md "$share/"
mkdir "$share/files"
cp docs/guide-spdk.md "$share/files/"
printf 'make,price\nFiat,900\nSaab,4200\n' >"$share/files/cars.csv"

truncate -s 64M "$work/block"
mkdir "$drive-2023"
guest --iommu --huge-pages 192 --drive-options size=1G --qemu "-drive if=none,id=blocks,format=raw,file=$work/block
    -device nvme,id=nvme1,serial=second -device nvme-ns,bus=nvme1,nsid=1,drive=blocks,kv-root=$drive-2023" --timeout $((CSD_LONG ? 3600 : 800)) -- \
    env CSD_LONG="$CSD_LONG" bash -c 'bash spdk_contract.sh vfio csd:kv second:2023 && bash console.sh guide-spdk.md "guest vfio"' |
    tee "$work/said"
check "each time it held" same 4 "$(grep -c ' PASSED ' "$work/said")"
check "the value that kvcli left is a file on the host" test -s "$drive/0/1/6B657074"
