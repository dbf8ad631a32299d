# SPDX-License-Identifier: GPL-2.0-or-later
# The devices of csd's QEMU: two PC boards, an IOMMU, NVMe, and virtio for what surrounds the drive. --without-default-devices
# turns everything else off. What tests/guest boots, and what the qtests name, is the test of this list.
CONFIG_I440FX=y
CONFIG_Q35=y
CONFIG_VTD=y
CONFIG_PCIE_PORT=y
CONFIG_NVME_PCI=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_NET=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_SCSI=y
CONFIG_VIRTIO_RNG=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_VIRTIO_9P=y
CONFIG_VHOST_USER_FS=y
CONFIG_IDE_PIIX=y
CONFIG_SERIAL_ISA=y
CONFIG_PVPANIC_ISA=y
CONFIG_PVPANIC_PCI=y
CONFIG_VGA_PCI=y
