# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts share that take a device from the kernel and give it to SPDK.
source /share/lib.sh

# The PCI address of the controller with this serial number, while the kernel has it.
pci_address_of() { # SERIAL
    local number
    number=$(controller_of "$1")
    cat "/sys/class/nvme/nvme$number/address"
}

user_driver() { # uio|vfio: the driver's name
    case $1 in
        uio) echo uio_pci_generic ;;
        vfio) echo vfio-pci ;;
    esac
}

give_to() { # DRIVER ADDRESS...
    local driver=$1 address
    shift
    modprobe "$driver"
    for address in "$@"; do
        echo "$address" >"/sys/bus/pci/devices/$address/driver/unbind"
        echo "$driver" >"/sys/bus/pci/devices/$address/driver_override"
        echo "$address" >/sys/bus/pci/drivers_probe
    done
}

milliseconds() { # COMMAND...: how long it takes, whatever its status
    local began
    began=$(date +%s%N)
    "$@" >/dev/null 2>&1 || true
    echo $((($(date +%s%N) - began) / 1000000))
}

bdev_config() { # ADDRESS: SPDK's configuration with that controller, on standard output
    printf '{"subsystems":[{"subsystem":"bdev","config":[{"method":"bdev_nvme_attach_controller",
        "params":{"name":"Nvme0","trtype":"PCIe","traddr":"%s"}}]}]}\n' "$1"
}
