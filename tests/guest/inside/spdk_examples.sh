#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The examples of spdk/ and every verb of its driver level, in user space, on the controllers with these serial numbers:
# spdk_examples.sh SERIAL... In the end the kernel has the controllers again.
source /share/spdk_lib.sh
expected='key hello
answer hello'
spoken() { "$@" 2>/tmp/errors | grep -E '^(key|answer) ' || { cat /tmp/errors && return 1; }; }

addresses=()
for serial in "$@"; do addresses+=("$(pci_address_of "$serial")"); done
give_to uio_pci_generic "${addresses[@]}"
grep -q hugetlbfs /proc/mounts || { mkdir -p /dev/hugepages && mount -t hugetlbfs none /dev/hugepages; }
for address in "${addresses[@]}"; do
    check "the driver level stores, lists, selects, deletes" says "$expected" spoken hello_kv -r "trtype:PCIe traddr:$address"
    bdev_config "$address" >/tmp/config.json
    check "so does the bdev level" says "$expected" spoken hello_kv_bdev --json /tmp/config.json -b Nvme0n1
    /share/csd-spdk-verbs "trtype:PCIe traddr:$address"
done
give_to nvme "${addresses[@]}"
