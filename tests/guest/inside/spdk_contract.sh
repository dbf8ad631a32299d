#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The transports pcie: and bdev: on the controllers with these serial numbers: spdk_contract.sh uio|vfio SERIAL:DIALECT...
# What is refused and how, then the contract tests, how long a start takes, a directory of files, a full queue of random
# sizes, and every verb of kvcli; files and queue also on the kernel's node. Lines with numbers go to the host.
source /share/spdk_lib.sh
driver=$(user_driver "$1")
shift
address='' addresses=() dialects=() first=${1%:*}
for pair in "$@"; do
    addresses+=("$(pci_address_of "${pair%:*}")")
    dialects+=("${pair#*:}")
done
address=${addresses[0]}

starts_in() { milliseconds kvcli --device "$1" info; }
explains() { # STATUS WORDS COMMAND...
    local status=$1 words=$2
    shift 2
    status_is "$status" "$@" && grep -qF -- "$words" /tmp/said || { cat /tmp/said && return 1; }
}
storm() { # DEVICE: for 3 seconds, or a minute with CSD_LONG=1
    local said
    said=$(csd-storm "$1" $((${CSD_LONG:-0} ? 60 : 3)) $RANDOM) || { echo "$said" && exit 1; }
    echo "measured: $1: ${said##*$'\n'}"
}
two_at_once() { # DEVICE
    local other status=0
    kvcli --device "$1" list >/dev/null &
    other=$!
    kvcli --device "$1" list >/dev/null || status=$?
    wait $other && [ $status = 0 ]
}
check "what the kernel has is said with the commands that free it" \
    explains 5 "echo $driver > /sys/bus/pci/devices/$address/driver_override" kvcli --device "pcie:$address" info
check "a wrong address is told from the right ones" explains 5 "$address (nvme)" kvcli --device pcie:0000:00:1d.0 info
node=/dev/ng$(namespace_of "$first" 1)
bash /share/files.sh "$node" /share/files
storm "$node"
pages=$(cat /proc/sys/vm/nr_hugepages)
give_to "$driver" "${addresses[@]}"
echo 0 >/proc/sys/vm/nr_hugepages
check "missing huge pages are said" explains 5 nr_hugepages kvcli --device "pcie:$address" info
echo "$pages" >/proc/sys/vm/nr_hugepages
check "a namespace that is not there is told from the one that is" explains 5 "it has 1" kvcli --device "pcie:$address/7" info

for index in "${!addresses[@]}"; do
    address=${addresses[index]} dialect=${dialects[index]}
    bdev_config "$address" >"/tmp/$index.json"
    for device in "bdev:Nvme0n1@/tmp/$index.json" "pcie:$address"; do
        # The layer does not look into commands: the second dialect through it is for --long.
        if [[ $device == bdev:* && $dialect = 2023 && ${CSD_LONG:-0} = 0 ]]; then continue; fi
        # Nor does it know by which driver its own driver got the device.
        if [[ $device == bdev:* && $driver = vfio-pci && ${CSD_LONG:-0} = 0 ]]; then continue; fi
        status=0
        contract_test --device="$device" --format-ok --gtest_brief=1 >/tmp/said 2>&1 || status=$?
        echo "$dialect, $device: $(grep -E '^\[==========\]|^\[  (PASSED|SKIPPED)' /tmp/said | tail -n 2 | tr '\n' ' ')"
        [ $status = 0 ] || { cut -c 1-300 /tmp/said && exit 1; }
        took=$({ starts_in "$device" && starts_in "$device" && starts_in "$device"; } | sort -n | sed -n 2p)
        echo "measured: ${device%%:*}: ($driver) opens and answers in $took ms"
        check "that is less than 3 seconds" test "$took" -lt 3000
        check "a second process waits until the first has ended" two_at_once "$device"
        bash /share/files.sh "$device" /share/files
        storm "$device"
        # A start of the bdev layer takes seconds, and there are some fifty.
        if [[ $device == bdev:* && ${CSD_LONG:-0} = 0 ]]; then continue; fi
        kvcli --device "$device" format --yes
        bash /share/kvcli.sh "$device" kept "$dialect" >/tmp/verbs 2>&1 || { tail -n 20 /tmp/verbs && exit 1; }
    done
done
