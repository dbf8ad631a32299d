#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The transports pcie: and bdev: on the controllers with these serial numbers: spdk_contract.sh uio|vfio SERIAL:DIALECT...
# What is refused and how; then, for each controller by both transports, the contract tests and a full queue of random sizes.
# Once for each transport: how long a start takes, whether a second process waits, a directory of files. Files and queue
# also on the kernel's node, beside another load. Every verb of kvcli for one dialect by each driver. Lines with numbers
# go to the host. In the end the kernel has the controllers again.
source /share/spdk_lib.sh
driver=$(user_driver "$1")
declare -A spoken=([uio]=2023 [vfio]=kv) # whose verbs kvcli is tried with
verbs=${spoken[$1]}
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
storm_beside_another() { # NODE
    local other
    kvcli --device "$1" bench --verb retrieve --ops 100000000 --queue-depth 32 >/tmp/other 2>&1 &
    other=$!
    storm "$1"
    kill -TERM $other || { cat /tmp/other && exit 1; } # it went on until now
    wait $other || true
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
storm_beside_another "$node"
pages=$(cat /proc/sys/vm/nr_hugepages)
give_to "$driver" "${addresses[@]}"
echo 0 >/proc/sys/vm/nr_hugepages
check "missing huge pages are said" explains 5 nr_hugepages kvcli --device "pcie:$address" info
echo "$pages" >/proc/sys/vm/nr_hugepages
check "a namespace that is not there is told from the one that is" explains 5 "it has 1" kvcli --device "pcie:$address/7" info

hold_to_the_contract() { # DEVICE DIALECT; the storm that follows is the load
    local status=0
    contract_test --device="$1" --format-ok --gtest_brief=1 --gtest_filter='-Load.*' >/tmp/said 2>&1 || status=$?
    echo "$2, $1: $(grep -E '^\[==========\]|^\[  (PASSED|SKIPPED)' /tmp/said | tail -n 2 | tr '\n' ' ')"
    [ $status = 0 ] || { cut -c 1-300 /tmp/said && exit 1; }
}
starts() { # DEVICE
    local took without
    without=$(starts_in emulator:/tmp/emulated) && took=$(starts_in "$1") || { cat /tmp/said && exit 1; }
    echo "measured: ${1%%:*}: ($driver) opens and answers in $took ms; a drive without SPDK in $without ms"
}

for index in "${!addresses[@]}"; do
    address=${addresses[index]} dialect=${dialects[index]}
    bdev_config "$address" >"/tmp/$index.json"
    for device in "bdev:Nvme0n1@/tmp/$index.json" "pcie:$address"; do
        hold_to_the_contract "$device" "$dialect"
        storm "$device"
        if [ "$index" = 0 ]; then
            starts "$device"
            check "a second process waits until the first has ended" two_at_once "$device"
            # Some twenty starts, which of the bdev layer take seconds by vfio.
            if [[ $device == pcie:* || $driver != vfio-pci ]]; then bash /share/files.sh "$device" /share/files; fi
        fi
        # And here some fifty.
        if [[ ${CSD_LONG:-0} = 1 || ($device == pcie:* && $dialect = "$verbs") ]]; then
            kvcli --device "$device" format --yes
            bash /share/kvcli.sh "$device" kept "$dialect" >/tmp/verbs 2>&1 || { tail -n 20 /tmp/verbs && exit 1; }
        fi
    done
done
give_to nvme "${addresses[@]}"
