#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# fuzz.sh BIN_DIR JOBS SECONDS: runs every fuzzer of BIN_DIR for some seconds. It starts from fuzz/corpus/NAME and leaves
# the tree as it was; an input that breaks the program is kept beside the fuzzers, and the line that repeats it is printed.
set -euo pipefail
bin=$1 jobs=$2 seconds=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fuzz() { # FUZZER
    local name=${1##*/} seeds=() log=$work/${1##*/}.log
    if [ -d "fuzz/corpus/${name#fuzz_}" ]; then seeds=("fuzz/corpus/${name#fuzz_}"); fi
    mkdir "$work/$name"
    if "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$bin/$name-" \
        -print_final_stats=1 "$work/$name" "${seeds[@]}" >"$log" 2>&1; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, nothing found"
    else
        tail -n 60 "$log"
        echo "$name: found something; repeat it with: $1 INPUT, where INPUT is named above"
        return 1
    fi
}
export bin seconds work
export -f fuzz

mapfile -t fuzzers < <(find "$bin" -maxdepth 1 -type f -executable -name 'fuzz_*' | sort)
[ ${#fuzzers[@]} -gt 0 ] || { echo "no fuzzer found in $bin" >&2 && exit 1; }
printf '%s\n' "${fuzzers[@]}" | xargs -P "$jobs" -I{} bash -c 'fuzz "$0"' {}
