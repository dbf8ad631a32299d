#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# memory_map.sh TIMES: moves the window of one NVMe controller so many times, while a register of the other is read.
source /share/lib.sh

address_of() { basename "$(readlink -f "/sys/class/nvme/nvme$(controller_of "$1")/device")"; } # SERIAL
window_of() { head -n 1 "/sys/bus/pci/devices/$1/resource" | cut -d ' ' -f 1; }                # PCI ADDRESS

# What lies above the device that moves changes its number, so that is what is read.
stays=$(address_of high) moves=$(address_of low)
if (($(window_of "$stays") < $(window_of "$moves"))); then read -r stays moves <<<"$moves $stays"; fi
for device in "$stays" "$moves"; do # the kernel shows the window of a device that no driver has
    echo "$device" >/sys/bus/pci/drivers/nvme/unbind
    echo 1 >"/sys/bus/pci/devices/$device/enable"
done
check "no answer comes from another device" csd-moving-windows "$stays" "$moves" "$1"
