# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What spdk_test.sh does by uio, by vfio behind an IOMMU; and the walk of docs/guide-spdk.md there. The bdev layer, which
# takes seconds to start there and sits on the same driver, is for CSD_LONG=1.
source tests/guest/fixture.sh
(source scripts/lib.sh && build_quiet=1 build_preset release csd-storm)

cp tests/integration/files.sh docs/guide-spdk.md "$share/"
mkdir "$share/files"
cp docs/guide-spdk.md "$share/files/"
printf 'make,price\nFiat,900\nSaab,4200\n' >"$share/files/cars.csv"

guest --iommu --huge-pages 128 -- bash console.sh guide-spdk.md "guest vfio"
guest --iommu --huge-pages 192 --drive-options size=1G --timeout $((CSD_LONG ? 3600 : 600)) -- \
    env CSD_LONG="$CSD_LONG" bash spdk_contract.sh vfio csd:kv | tee "$work/said"
check "each time it held" same "$([ "$CSD_LONG" = 1 ] && echo 2 || echo 1)" "$(grep -c ' PASSED ' "$work/said")"
check "the value that kvcli left is a file on the host" test -s "$drive/0/1/6B657074"
