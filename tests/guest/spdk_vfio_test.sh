# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What spdk_test.sh does by uio, by vfio behind an IOMMU; and the walk of docs/guide-spdk.md there.
source tests/guest/fixture.sh

cp tests/integration/files.sh "$share/"
mkdir "$share/files"
cp docs/*.md "$share/files/"
printf 'make,price\nFiat,900\nSaab,4200\n' >"$share/files/cars.csv"

cp docs/guide-spdk.md "$share/"
guest --huge-pages 128 --iommu -- bash console.sh guide-spdk.md "guest vfio"
guest --iommu --huge-pages 192 --drive-options size=1G --timeout 800 -- bash spdk_contract.sh vfio csd:kv | tee "$work/said"
check "twice it held" same 2 "$(grep -c ' PASSED ' "$work/said")"
