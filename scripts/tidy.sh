#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# tidy.sh BUILD_DIR JOBS: clang-tidy over the sources of src/ and spdk/ that BUILD_DIR (a clang build) compiled, tests apart.
# clang-tidy spends most of its time on the headers, so sources that were compiled as one are checked as one. A
# compilation that passed is remembered in $CSD_CACHE/tidy under the hash of all that went in: the configuration, the program,
# and each file of ours that it read.
set -euo pipefail
build=$1 jobs=$2
memory=${CSD_CACHE:?}/tidy
mkdir -p "$memory"
rules=$({ clang-tidy --version && cat .clang-tidy; } | sha256sum)

# "FILE HASH" for each compilation to look at: FILE is a source, or what CMake generated to include ten of them. Ninja recorded
# what each read ("object: #deps ..." then one indented path a line, FILE first). Tests that were compiled with something else
# of ours leave that to be looked at by itself, if nothing else has it.
hashes() {
    ninja -C "$build" -t deps | awk -v root="$PWD/" -v build="$build/" '
        function tell(    i) {
            if (tests && generated) for (i in ours) beside_tests[i]
            else if (!tests && count) { for (i in read) print first, i; for (i in ours) seen[i] }
            delete read; delete ours; first = ""; tests = count = generated = 0
        }
        /^[^ ]/ { tell(); next }
        NF { path = $1
             sub(/^(.*\/)?layers\/[a-z]+\/src\//, root "src/", path) # a link of src/airmos/layer.cmake
             if (!sub("^" root, "", path) && !sub(/^(\.\.\/)+/, "", path)) { # ccache makes paths relative to the build
                 if (first != "" || path !~ /unity_[0-9]+_cxx\.cxx$/) next
                 path = build path
             }
             if (path ~ /^build\// && path !~ /unity_[0-9]+_cxx\.cxx$/) next
             if (first == "") { first = path; generated = path ~ /unity_/ }
             if (path !~ /^build\//) read[path] # what CMake generated differs only in where the tree lies
             if (path ~ /_test\.cc$/) tests = 1
             else if (path ~ /^(src|spdk)\/.*\.cc$/) { count++; ours[path] } }
        END { tell()
              for (i in beside_tests) if (!(i in seen)) print i, i }' | sort -u | # headers are seen with their sources
        while read -r file path; do
            if [ -f "$path" ]; then echo "$file $(sha256sum "$path")"; fi
        done |
        awk -v rules="$rules" '{ if ($1 != last) { if (last) print last, all; all = rules; last = $1 } all = all "," $2 $3 }
             END { if (last) print last, all }' |
        while read -r file all; do echo "$file $(sha256sum <<<"$all" | cut -d' ' -f1)"; done
}

check() { # FILE HASH
    local out
    [ ! -e "$memory/$2" ] || return 0
    # What CMake generated includes sources: that is what it is for.
    if out=$(clang-tidy --quiet -p "$build" --checks=-bugprone-suspicious-include "$1" 2>&1); then
        touch "$memory/$2"
    else
        grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed |^Use -header-filter' <<<"$out" || true
        return 1
    fi
}
export build memory
export -f check

list=$(hashes)
[ -n "$list" ] || { echo "no compiled source found in $build" >&2 && exit 1; }
known=$(while read -r _ hash; do if [ -e "$memory/$hash" ]; then echo; fi; done <<<"$list" | wc -l)
echo "$(wc -l <<<"$list") compilations, $known of them known to be clean"
xargs -P "$jobs" -L 1 bash -c 'check "$0" "$1"' <<<"$list"
