#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What bench/spdk/run does in the guest: gives the controller to SPDK and measures. Rows go to /share/rows.
source /share/spdk_lib.sh
address=$(pci_address_of csd)
give_to uio_pci_generic "$address"
grep -q hugetlbfs /proc/mounts || { mkdir -p /dev/hugepages && mount -t hugetlbfs none /dev/hugepages; }
bdev_config "$address" >/tmp/config.json
/share/csd-bench-spdk --rows /share/rows --json /tmp/config.json --socket /tmp/bench.sock \
    --bdev Nvme0n1 "$@"
