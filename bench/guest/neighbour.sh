#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Run in the guest by bench/guest/run: neighbour.sh RUNS SECONDS. What 4 KiB block reads cost on another namespace of the
# controller, in each run beside an idle drive, eight selects, a stream of blocks and one of values: the 99th percentiles in
# microseconds, and the medians of the two ratios, drive against yardstick.
source /share/busy_drive.sh
runs=$1 seconds=$2

p99() {
    read_blocks --time_based --runtime="$seconds"
    grep -o -m1 '99\.000000%=[0-9]*' /tmp/fio | head -n 1 | cut -d= -f2
}
beside_stream() { # blocks|values
    begin_stream "$1"
    p99
    stream_runs
    end_stream
}
p99 >/dev/null # the first one also pays for what is not cached
for ((run = 0; run < runs; run++)); do
    idle=$(p99)
    begin_selects
    busy=$(p99)
    selects_run
    end_selects
    echo "$idle $busy $(beside_stream blocks) $(beside_stream values)"
done | tee /tmp/runs
median() { sort -n | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'; }
column() { awk "{ print $1 }" /tmp/runs | median; }
printf '4 KiB block reads, 99th percentile in us, medians of %d runs\n' "$runs"
printf '  %-28s %8.0f   %-22s %8.0f   ratio %.2f\n' "beside eight selects" "$(column '$2')" "beside an idle drive" "$(column '$1')" "$(column '$2 / $1')" \
    "beside a stream of values" "$(column '$4')" "beside one of blocks" "$(column '$3')" "$(column '$4 / $3')"
