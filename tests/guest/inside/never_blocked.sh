#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Block reads while selects run: never_blocked.sh RUNS SECONDS [alone]. Each run reads at random for some seconds beside an
# idle drive, then beside eight selects, and says the 99th percentiles of both in microseconds: "p99 IDLE BUSY". With
# "alone" there are no selects, and no BUSY.
source /share/lib.sh
values=/dev/ng$(namespace_of csd 1)
blocks=/dev/nvme$(namespace_of csd 2)
export KVCLI_DEVICE=$values
runs=$1 seconds=$2 alone=${3:-}
selects=8
passthrough() { nvme io-passthru "$values" --namespace-id=1 "$@"; }

# A join of a value with itself that ends long after everybody has gone.
seq 1 3000 | sed '1i n' >/tmp/numbers
check "the value is there" kvcli store n /tmp/numbers
printf 'SELECT sum(sqrt(a.n * b.n + c.n)) FROM s3object a, s3object b, s3object c' >/tmp/query
bytes=$(stat -c %s /tmp/query)

send_selects() { # 500h: asynchronous, and the input has a header
    local i
    ids=()
    for ((i = 0; i < selects; i++)); do
        ids+=($(($(passthrough --opcode=0x85 --cdw2=0x6e --cdw10="$bytes" --cdw11=0x501 --data-len="$bytes" --write \
            --input-file=/tmp/query 2>&1 | sed -n 's/.*result: //p'))))
    done
    [ ${#ids[@]} = $selects ]
}

# The state is in byte 8 of a description: 1 is running.
all_run() {
    local id
    for id in "${ids[@]}"; do
        [ "$(passthrough --opcode=0x86 --cdw10=64 --cdw11=4 --cdw13="$id" --data-len=64 --read --raw-binary 2>/dev/null |
            od -An -tu4 -j8 -N4 | tr -d ' ')" = 1 ] || return 1
    done
}

cancel_selects() {
    local id
    for id in "${ids[@]}"; do passthrough --opcode=0x86 --cdw13="$id" >/dev/null 2>&1; done
}

p99() {
    fio --name=read --filename="$blocks" --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=1 --time_based \
        --runtime="$seconds" --minimal --output=/tmp/fio >/dev/null
    grep -o -m1 '99\.000000%=[0-9]*' /tmp/fio | head -n 1 | cut -d= -f2
}

p99 >/dev/null # the first one also pays for what is not cached
for ((run = 0; run < runs; run++)); do
    idle=$(p99)
    if [ -n "$alone" ]; then echo "p99 $idle" && continue; fi
    check "eight selects are accepted" send_selects
    sleep 0.5
    check "they run" all_run
    busy=$(p99)
    check "they still run" all_run
    cancel_selects
    echo "p99 $idle $busy"
done
