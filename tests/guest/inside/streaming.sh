#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Block reads while values stream: streaming.sh RUNS SECONDS. Each run reads 4 KiB at random for some seconds while 512 KiB
# pieces are read from the same block namespace, four at once, and then while 512 KiB values are retrieved, four at once.
# It says the 99th percentiles in microseconds: "p99 BLOCKS VALUES".
source /share/lib.sh
blocks=/dev/nvme$(namespace_of csd 2)
runs=$1 seconds=$2
KVCLI_DEVICE=/dev/ng$(namespace_of csd 1)
export KVCLI_DEVICE

p99() {
    fio --name=read --filename="$blocks" --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=1 --time_based \
        --runtime="$seconds" --minimal --output=/tmp/fio >/dev/null
    grep -o -m1 '99\.000000%=[0-9]*' /tmp/fio | head -n 1 | cut -d= -f2
}

stream_blocks() {
    exec fio --name=stream --filename="$blocks" --rw=read --bs=512k --direct=1 --ioengine=libaio --iodepth=4 --time_based \
        --runtime=$((seconds + 4)) --minimal --output=/tmp/stream
}
stream_values() { exec kvcli bench --verb retrieve --size 512k --keys 64 --queue-depth 4 --duration $((seconds + 4)); }

beside() { # STREAM: what reads cost while it goes on
    "$1" >/tmp/stream.log 2>&1 &
    sleep 2 # it has begun
    p99
    kill -0 $! 2>/dev/null || { echo "the stream ended early:" >&2 && cat /tmp/stream.log >&2 && return 1; }
    wait $! || { cat /tmp/stream.log >&2 && return 1; }
}

p99 >/dev/null # the first one also pays for what is not cached
for ((run = 0; run < runs; run++)); do
    of_blocks=$(beside stream_blocks)
    of_values=$(beside stream_values)
    echo "p99 $of_blocks $of_values"
done
