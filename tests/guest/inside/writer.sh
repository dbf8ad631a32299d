#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Stores and flushes until the machine dies: writer.sh DEVICE JOURNAL FIRST_VERSION. The journal is on the host and has one
# line a step: "begin KEY VERSION", "done KEY VERSION", "flushing", "flushed". What a value holds follows from its key and
# version, so that whoever reads one can tell whether it is whole.
set -eu
device=$1 journal=$2 version=$3

# Mostly a few pages, sometimes many transfers.
value() { # KEY VERSION
    local bytes=$((40 + $2 * 7919 % 20000))
    if [ $(($2 % 3)) = 0 ]; then bytes=$((bytes * 100)); fi
    yes "$1 $2 $bytes" | head -c $bytes
}

while :; do
    key=key-$((version % 5))
    value $key $version >"/tmp/value.$$"
    echo "begin $key $version" >>"$journal"
    kvcli --device "$device" store $key "/tmp/value.$$"
    echo "done $key $version" >>"$journal"
    if [ $((version % 4)) = 0 ]; then
        echo flushing >>"$journal"
        kvcli --device "$device" flush
        echo flushed >>"$journal"
    fi
    version=$((version + 1))
done
