# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# While values stream, block reads on another namespace of the same controller keep their 99th percentile within three times
# of what the same stream on the block namespace costs them: the median of three runs, with a second try because a machine
# has its own moods.
source tests/guest/fixture.sh

seconds=$([ "$CSD_LONG" = 1 ] && echo 10 || echo 3)
truncate -s 64M "$work/block"
for try in 1 2; do
    guest --block "$work/block" -- bash streaming.sh 3 "$seconds" >"$work/said" || { cat "$work/said" && exit 1; }
    blocks=$(awk '$1 == "p99" { print $2 }' "$work/said" | median)
    values=$(awk '$1 == "p99" { print $3 }' "$work/said" | median)
    ratio=$(awk '$1 == "p99" { printf "%.2f\n", $3 / $2 }' "$work/said" | median)
    echo "measured: 99th percentile of a 4 KiB read: $blocks us beside streaming blocks, $values us beside streaming values, median ratio $ratio (try $try)"
    if awk -v ratio="$ratio" 'BEGIN { exit !(ratio <= 3) }'; then exit 0; fi
done
check "the ratio is at most 3" false
