#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# tidy.sh BUILD_DIR JOBS: clang-tidy over the sources of src/ and spdk/ that BUILD_DIR (a clang build) compiled, tests apart.
# clang-tidy costs seconds a file, so a file that passed is remembered in $CSD_CACHE/tidy under the hash of all that went
# in: the configuration, the program, the file, and each header of ours that its compilation read.
set -euo pipefail
build=$1 jobs=$2
memory=${CSD_CACHE:?}/tidy
mkdir -p "$memory"
rules=$({ clang-tidy --version && cat .clang-tidy; } | sha256sum)

# "SOURCE HASH" for each source, from the dependencies that ninja recorded ("object: #deps ..." then one indented path
# a line, the source first).
hashes() {
    ninja -C "$build" -t deps | awk -v root="$PWD/" '
        /^[^ ]/ { source = ""; next }
        NF { path = $1
             if (!sub("^" root, "", path) && !sub(/^(\.\.\/)+/, "", path)) next # ccache makes paths relative
             if (path ~ /^build\//) next
             if (source == "") source = path
             if (source ~ /^(src|spdk)\/.*\.cc$/ && source !~ /_test\.cc$/) print source, path }' | sort -u |
        while read -r source path; do
            if [ -f "$path" ]; then echo "$source $(sha256sum "$path")"; fi
        done |
        awk -v rules="$rules" '{ if ($1 != last) { if (last) print last, all; all = rules; last = $1 } all = all "," $2 $3 }
             END { if (last) print last, all }' |
        while read -r source all; do echo "$source $(sha256sum <<<"$all" | cut -d' ' -f1)"; done
}

check() { # SOURCE HASH
    local out
    [ ! -e "$memory/$2" ] || return 0
    if out=$(clang-tidy --quiet -p "$build" "$1" 2>&1); then
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
echo "$(wc -l <<<"$list") sources, $known of them known to be clean"
xargs -P "$jobs" -L 1 bash -c 'check "$0" "$1"' <<<"$list"
