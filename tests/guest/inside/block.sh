#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# fio writes and verifies a block namespace while values come and go beside it.
source /share/lib.sh
values=/dev/ng$(namespace_of csd 1)
blocks=/dev/nvme$(namespace_of csd 2)
export KVCLI_DEVICE=$values
traffic() {
    local rounds=0
    until [ -e /tmp/enough ]; do
        kvcli bench --verb mixed --size 16k --queue-depth 8 --keys 50 --ops 400 >/tmp/bench 2>&1 || return 1
        rounds=$((rounds + 1))
    done
    echo $rounds >/tmp/rounds
}
traffic &
traffic=$!
check "what fio wrote it reads again" fio --name=verify --filename="$blocks" --rw=randwrite --bs=4k --size=24M \
    --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 --do_verify=1 --minimal --output=/tmp/fio
check "discarded blocks are no error" blkdiscard -o 0 -l 1M "$blocks"
check "the other traffic went on meanwhile" kill -0 $traffic
touch /tmp/enough
check "and was all right" wait $traffic
echo "$(cat /tmp/rounds) rounds of 400 stores and retrieves beside it"
printf 'last block' | dd of="$blocks" bs=4096 seek=100 conv=sync,fsync status=none
kvcli store beside <(echo value)
kvcli flush
