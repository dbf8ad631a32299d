#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# fio writes and verifies a block namespace while values come and go beside it.
source /share/lib.sh
kvcli bench --verb mixed --size 16k --queue-depth 8 --keys 50 --duration 300 >/tmp/bench 2>&1 &
bench=$!
check "what fio wrote it reads again" fio --name=verify --filename=/dev/nvme0n2 --rw=randwrite --bs=4k --size=24M \
    --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 --do_verify=1 --minimal --output=/tmp/fio
check "discarded blocks are no error" blkdiscard -o 0 -l 1M /dev/nvme0n2
check "the other traffic went on meanwhile" kill -0 $bench
kill -INT $bench
wait $bench || true
check "and was all right" grep -q 'mixed\|stopped\|operations' /tmp/bench
grep -i error /tmp/bench && exit 1
printf 'last block' | dd of=/dev/nvme0n2 bs=4096 seek=100 conv=sync,fsync status=none
kvcli store beside <(echo value)
kvcli flush
