# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# One processor of the guest reads a register of a device while another moves a second device in and out of memory. QEMU
# numbers what lies in memory anew with each change; it must not take an old number for a new one. None of our devices is in
# this machine: what is tested is the patch that QEMU needs to boot with an IOMMU and several processors.
source tests/guest/fixture.sh
(source scripts/lib.sh && build_quiet=1 build_preset release csd-moving-windows)

guest --no-drive --qemu "-device nvme,serial=low -device nvme,serial=high" -- \
    bash memory_map.sh $((CSD_LONG ? 40000 : 4000))
