# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# While eight selects run, block reads on another namespace of the same controller keep their 99th percentile within three
# times that of an idle drive: the median of five runs. Some machines give a process that computes on every processor less
# than its share (a quota, a busy neighbour). There, eight loops of nothing in the host's idle class are the yardstick: the
# selects may cost at most twice what the loops do.
source tests/guest/fixture.sh

seconds=$([ "$CSD_LONG" = 1 ] && echo 10 || echo 3)
truncate -s 64M "$work/block"
reads() { # [alone]: the runs, in $work/said
    guest --block "$work/block" -- bash never_blocked.sh 5 "$seconds" "$@" >"$work/said" || { cat "$work/said" && exit 1; }
}
column() { awk -v column="$1" '$1 == "p99" { print $column }' "$work/said" | median; }

loop_on_the_host() {
    local i
    for ((i = 0; i < 8; i++)); do
        timeout 200 chrt --idle 0 bash -c 'while :; do :; done' &
        loops+=($!)
    done
}

for try in 1 2; do
    reads
    idle=$(column 2) busy=$(column 3)
    ratio=$(awk '$1 == "p99" { printf "%.2f\n", $3 / $2 }' "$work/said" | median)
    echo "measured: 99th percentile of a 4 KiB read: $idle us idle, $busy us beside eight selects, median ratio $ratio (try $try)"
    if awk -v ratio="$ratio" 'BEGIN { exit !(ratio <= 3) }'; then exit 0; fi

    loops=()
    loop_on_the_host
    reads alone
    kill "${loops[@]}"
    looping=$(column 2)
    echo "measured: $looping us beside eight loops of nothing, without a select"
    if [ "$busy" -le $((2 * looping)) ]; then exit 0; fi
done
check "the ratio is at most 3, or the loops cost half as much" false
