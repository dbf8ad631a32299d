#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A directory of real files on a drive, with nothing but kvcli: stored, listed, compared, queried, changed and removed.
#
#     tests/integration/files.sh DEVICE DIRECTORY
#
# The drive may hold other keys. A value `files-index` says which file is under which key; CSV files are queried.
set -euo pipefail
[ $# = 2 ] || { echo "usage: $0 DEVICE DIRECTORY" >&2 && exit 2; }
export KVCLI_DEVICE=$1
directory=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed() { echo "NOT as it should be: $1" >&2 && exit 1; }
same() { [ "$2" = "$3" ] || failed "$1: expected '$2', got '$3'"; } # WHAT EXPECTED ACTUAL
status_is() { # STATUS COMMAND...
    local expected=$1 status=0
    shift
    "$@" >/dev/null 2>"$work/said" || status=$?
    [ $status = "$expected" ] || failed "'$*' ended with $status, not $expected: $(cat "$work/said")"
}

# A key has 16 bytes: "files-" and the beginning of the name's sum.
key_of() { printf 'files-%s\n' "$(printf '%s' "$1" | sha256sum | cut -c1-10)"; }
sum_of() { sha256sum | cut -d' ' -f1; }

count=0 bytes=0
echo 'key,bytes,name' >"$work/index"
while IFS= read -r -d '' name; do
    file=$directory/$name key=$(key_of "$name") size=$(stat -Lc %s "$directory/$name")
    kvcli store "$key" "$file"
    printf '%s,%s,"%s"\n' "$key" "$size" "${name//\"/\"\"}" >>"$work/index"
    count=$((count + 1)) bytes=$((bytes + size))
done < <(cd "$directory" && find . -type f -printf '%P\0' | sort -z)
[ $count -gt 0 ] || failed "there is no file in $directory"
kvcli store files-index "$work/index"

same "the keys" "$(tail -n +2 "$work/index" | cut -d, -f1 | sort)" "$(kvcli list --prefix files- | grep -v '^files-index$' | sort)"
same "the index's own count of files and bytes" "$count,$bytes" \
    "$(kvcli select files-index --no-output-header 'SELECT count(*), sum(bytes) FROM s3object')"

queried=0
while IFS= read -r -d '' name; do
    file=$directory/$name key=$(key_of "$name") size=$(stat -Lc %s "$directory/$name")
    same "the bytes of $name" "$(sum_of <"$file")" "$(kvcli retrieve "$key" | sum_of)"
    same "the middle of $name" "$(tail -c +$((size / 2 + 1)) "$file" | head -c 1000 | sum_of)" \
        "$(kvcli retrieve "$key" --offset $((size / 2)) --length 1000 | sum_of)"
    case $name in
        *.csv)
            same "the lines of $name" "$(($(wc -l <"$file") - 1))" \
                "$(kvcli select "$key" --no-output-header 'SELECT count(*) FROM s3object')"
            queried=$((queried + 1))
            ;;
        *.parquet)
            rows=$(kvcli select "$key" --input parquet --no-output-header 'SELECT count(*) FROM s3object')
            [ "$rows" -gt 0 ] || failed "$name has $rows rows"
            queried=$((queried + 1))
            ;;
    esac
done < <(cd "$directory" && find . -type f -printf '%P\0' | sort -z)

echo 'files-none,7,"appended"' | kvcli store files-index --append
same "the index after an append" "$((count + 1)),$((bytes + 7))" \
    "$(kvcli select files-index --no-output-header 'SELECT count(*), sum(bytes) FROM s3object')"
status_is 4 kvcli store files-index "$work/index" --only-add
status_is 3 kvcli store files-none "$work/index" --only-update
status_is 7 kvcli select files-index 'SELECT nothing FROM s3object'
kvcli flush

kvcli list --prefix files- | while read -r key; do kvcli delete "$key"; done
status_is 3 kvcli exists files-index
same "what is left" "" "$(kvcli list --prefix files-)"
echo "$count files of $bytes bytes, $queried of them queried: all as it should be"
