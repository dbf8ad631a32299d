#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# SPDK's NVMe-oF target with this guest's drive, on 10.99.0.1, until the host says /share/enough: spdk_target.sh SUBNQN
source /share/spdk_lib.sh
address=$(pci_address_of csd)
give_to uio_pci_generic "$address"
mkdir -p /dev/hugepages
mount -t hugetlbfs none /dev/hugepages

cat >/tmp/target.json <<TEXT
{"subsystems": [
  {"subsystem": "bdev", "config": [
    {"method": "bdev_set_options", "params": {"bdev_io_pool_size": 8191, "bdev_io_cache_size": 64}},
    {"method": "bdev_nvme_attach_controller", "params": {"name": "Nvme0", "trtype": "PCIe", "traddr": "$address"}}]},
  {"subsystem": "nvmf", "config": [
    {"method": "nvmf_create_transport", "params": {"trtype": "TCP", "c2h_success": false, "num_shared_buffers": 511}},
    {"method": "nvmf_create_subsystem", "params": {"nqn": "$1", "allow_any_host": true, "serial_number": "CSD1"}},
    {"method": "nvmf_subsystem_add_ns", "params": {"nqn": "$1", "namespace": {"bdev_name": "Nvme0n1"}}},
    {"method": "nvmf_subsystem_add_listener", "params": {"nqn": "$1",
      "listen_address": {"trtype": "TCP", "adrfam": "IPv4", "traddr": "10.99.0.1", "trsvcid": "4420"}}}]}]}
TEXT
nvmf_tgt -m 1 -s 512 --num-trace-entries=64 --json /tmp/target.json >/share/target.log 2>&1 &
target=$!
until [ -e /share/enough ]; do
    kill -0 $target || exit 1
    sleep 0.2
done
kill $target
wait $target
