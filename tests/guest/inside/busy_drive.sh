# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A drive that is busy until it is told otherwise: eight selects that do not end, or a stream of values, or of blocks. Used by
# neighbour.sh, and by bench/guest.
source /share/lib.sh
values=/dev/ng$(namespace_of csd 1)
blocks=/dev/nvme$(namespace_of csd 2)
export KVCLI_DEVICE=$values
passthrough() { nvme io-passthru "$values" --namespace-id=1 "$@"; }

# 85h with CDW11 = 501h: asynchronous, and the input has a header. A join of a value with itself that ends long after
# everybody has gone.
begin_selects() {
    local i bytes
    seq 1 3000 | sed '1i n' >/tmp/numbers
    kvcli store n /tmp/numbers
    printf 'SELECT sum(sqrt(a.n * b.n + c.n)) FROM s3object a, s3object b, s3object c' >/tmp/query
    bytes=$(stat -c %s /tmp/query)
    ids=()
    for ((i = 0; i < 8; i++)); do
        ids+=($(($(passthrough --opcode=0x85 --cdw2=0x6e --cdw10="$bytes" --cdw11=0x501 --data-len="$bytes" --write \
            --input-file=/tmp/query 2>&1 | sed -n 's/.*result: //p'))))
    done
    [ ${#ids[@]} = 8 ] && wait_until 60 selects_run
}

# The state is in byte 8 of a description: 1 is running.
selects_run() {
    local id
    for id in "${ids[@]}"; do
        [ "$(passthrough --opcode=0x86 --cdw10=64 --cdw11=4 --cdw13="$id" --data-len=64 --read --raw-binary 2>/dev/null |
            od -An -tu4 -j8 -N4 | tr -d ' ')" = 1 ] || return 1
    done
}

end_selects() {
    local id
    for id in "${ids[@]}"; do passthrough --opcode=0x86 --cdw13="$id" >/dev/null 2>&1; done
}

begin_stream() { # blocks|values: 512 KiB each, four at a time
    if [ "$1" = blocks ]; then
        fio --name=stream --filename="$blocks" --rw=read --bs=512k --direct=1 --ioengine=libaio --iodepth=4 --time_based \
            --runtime=3600 >/tmp/stream 2>&1 &
    else
        kvcli bench --verb retrieve --size 512k --keys 64 --queue-depth 4 --ops 100000000 >/tmp/stream 2>&1 &
    fi
    stream=$!
    sleep 2 # it has begun
}
stream_runs() { kill -0 "$stream" 2>/dev/null || { cat /tmp/stream && return 1; }; }
end_stream() {
    kill "$stream" 2>/dev/null
    wait "$stream" || true
}

# 4 KiB at random, one at a time; fio's terse line is in /tmp/fio.
read_blocks() { # FIO OPTION...: how long
    fio --name=read --filename="$blocks" --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=1 --minimal \
        --output=/tmp/fio "$@"
}
