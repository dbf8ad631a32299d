#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The consistency of the S3 node, whose clients are csd-consistency-s3:
#
#     tests/consistency/airmos_test.sh [--long] [--bin DIRECTORY]
#
# It plays against a node on two emulated drives, then against one whose drives have a slow file system. The
# last line is `N passed, M failed`. --long plays ten times as long.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1

operations=100000
export CSD_BIN=${CSD_BIN:-$PWD/build/release/bin} CSD_TEST_DEVICES='' CSD_TEST_TCP=0
while [ $# -gt 0 ]; do
    case $1 in
        --long) operations=1000000 ;;
        --bin) CSD_BIN=$2 && shift ;;
        -h | --help) sed -n '3,8s/^# \{0,1\}//p' "$0" && exit 0 ;;
        *) echo "there is no option $1; see --help" >&2 && exit 2 ;;
    esac
    shift
done
for program in airmos csd-consistency-s3; do
    [ -x "$CSD_BIN/$program" ] || { echo "there is no $CSD_BIN/$program; first run ./csd build" >&2 && exit 2; }
done

passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The node has its own process and directory; what it and its clients said is shown when something is wrong.
play() { # NAME OPERATIONS [NAME=VALUE, for the node]
    local name=$1 count=$2
    shift 2
    # shellcheck disable=SC2016 # for the shell that is started
    if timeout -k 10 1200 bash -c '
        source tests/airmos/fixture.sh
        count=$1 && shift
        [ $# = 0 ] || export "$@"
        start_node
        unset LD_PRELOAD CSD_DELAY_FILE_SYSTEM
        "$CSD_BIN/csd-consistency-s3" "$endpoint" --operations "$count"
        check "it stops as it should" stop_node' play "$count" "$@" >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "ok      $name: $(grep -m 1 'were checked' "$log")"
    else
        failed=$((failed + 1))
        tail -n 80 "$log"
        echo "not ok  $name"
    fi
}

play 'S3 node' $((operations * 3 / 4))
play 'S3 node, slow file system' $((operations / 4)) \
    LD_PRELOAD="$CSD_BIN/../lib/libcsd-delay-file-system.so" CSD_DELAY_FILE_SYSTEM=1
echo "$passed passed, $failed failed"
[ $failed = 0 ]
