#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Holds what is on a drive to a journal of writer.sh: verify.sh DEVICE JOURNAL acknowledged|flushed. Each value must be
# whole and of a version that was begun; and not older than the last one acknowledged, or than the last one acknowledged
# before a Flush that was acknowledged. What it finds joins the journal as "found KEY VERSION": it is what the next life
# of the drive begins with.
set -eu
device=$1 journal=$2 promise=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# "KEY OLDEST NEWEST": the versions that may be there; 0 is none.
awk -v promise="$promise" '
    $1 == "begin" { newest[$2] = $3 }
    $1 == "done" { done[$2] = $3; if (promise == "acknowledged") oldest[$2] = $3 }
    $1 == "found" { newest[$2] = done[$2] = oldest[$2] = $3 }
    $1 == "flushing" { for (key in done) before[key] = done[key] }
    $1 == "flushed" { for (key in before) if (promise == "flushed") oldest[key] = before[key] }
    END { for (key in newest) print key, oldest[key] + 0, newest[key] }' "$journal" >"$dir/expected"

whole() { # KEY FILE: the version, if the file is all of it
    local key version bytes
    read -r key version bytes < <(head -n 1 "$2") || return 1
    [ "$key" = "$1" ] && [ "$(stat -c %s "$2")" = "$bytes" ] &&
        yes "$key $version $bytes" | head -c "$bytes" | cmp -s - "$2" && echo "$version"
}

keys=0
while read -r key oldest newest; do
    version=0 status=0
    kvcli --device "$device" retrieve "$key" -f "$dir/value" 2>"$dir/said" || status=$?
    case $status in
        0) version=$(whole "$key" "$dir/value") || { echo "$key is torn: $(head -c 60 "$dir/value" | head -n 1)" && exit 1; } ;;
        3) ;;
        *) cat "$dir/said" && exit 1 ;;
    esac
    [ "$version" -ge "$oldest" ] && [ "$version" -le "$newest" ] ||
        { echo "$key has version $version; it should be from $oldest to $newest" && exit 1; }
    echo "found $key $version" >>"$dir/found"
    keys=$((keys + 1))
done <"$dir/expected"
cat "$dir/found" >>"$journal"
echo "$keys keys are as promised ($promise), after $(grep -c ^done "$journal") acknowledged stores"
