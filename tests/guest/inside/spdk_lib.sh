# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts share that take a device from the kernel and give it to SPDK.
source /share/lib.sh
export OPENSSL_CONF=/dev/null # newer SPDK does not start without a configuration of OpenSSL; the guest has none

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

milliseconds() { # COMMAND...: how long it takes; what it said is in /tmp/said, and its failure is ours
    local began
    began=$(date +%s%N)
    "$@" >/tmp/said 2>&1 || return
    echo $((($(date +%s%N) - began) / 1000000))
}

# The call that makes a bdev of that controller. SPDK 20.07 knows no command sets, and takes a namespace of any; later ones
# want to be told that this one is not of blocks.
attach_call() { # ADDRESS
    local more=''
    if spdk_is_at_least 24 9; then more=', "allow_unrecognized_csi": true'; fi
    echo "{\"method\": \"bdev_nvme_attach_controller\",
        \"params\": {\"name\": \"Nvme0\", \"trtype\": \"PCIe\", \"traddr\": \"$1\"$more}}"
}

bdev_config() { # ADDRESS: a configuration with that controller, on standard output
    echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [$(attach_call "$1")]}]}"
}
