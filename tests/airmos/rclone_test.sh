# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# rclone of Debian: its own checks of what it copied, times in metadata, server-side copies, multipart from a pipe.
source tests/airmos/fixture.sh
start_node

export RCLONE_CONFIG=$work/rclone.conf
cat >"$RCLONE_CONFIG" <<EOF
[node]
type = s3
provider = Other
env_auth = true
endpoint = $endpoint
region = us-east-1
EOF
clone() { rclone --quiet --retries 1 --low-level-retries 1 --s3-chunk-size 5M --s3-upload-cutoff 6M "$@"; }

for i in 1 2 3 4 5; do make_file "$work/tree/dir $i/f+i&l=e$i" $((i * 5000)); done
make_file "$work/tree/large" 13000000
touch -d '2001-02-03 04:05:06 UTC' "$work/tree/large"

check "a bucket is made" clone mkdir "node:$bucket"
check "a tree is copied" clone copy "$work/tree" "node:$bucket/tree"
check "and checked" clone check --download "$work/tree" "node:$bucket/tree"
check "and checked by its sums" clone check "$work/tree" "node:$bucket/tree"
check "times are kept" contains "2001-02-03 04:05:06" "$(TZ=UTC clone lsl "node:$bucket/tree/large")"
check "directories are told" same 5 "$(clone lsf --dirs-only "node:$bucket/tree" | wc -l)"
check "a tree is copied on the server" clone copy "node:$bucket/tree" "node:$bucket/copy"
check "and is the same" clone check "node:$bucket/tree" "node:$bucket/copy"
check "a pipe goes up" clone rcat "node:$bucket/piped" <"$work/tree/large"
check "and comes back" same "$(md5sum <"$work/tree/large")" "$(clone cat "node:$bucket/piped" | md5sum)"
check "a part is read" same "$(tail -c +1001 "$work/tree/large" | head -c 50 | md5sum)" \
    "$(clone cat --offset 1000 --count 50 "node:$bucket/piped" | md5sum)"
check "a file is moved" clone moveto "node:$bucket/piped" "node:$bucket/moved"
check "the sync removes" clone sync "$work/tree/dir 1" "node:$bucket/copy"
check "what is not there" same 1 "$(clone lsf -R --files-only "node:$bucket/copy" | wc -l)"
url=$(clone link --expire 5m "node:$bucket/moved")
check "a link works" same "$(md5sum <"$work/tree/large")" "$(curl -fsS "$url" | md5sum)"
check "everything goes" clone purge "node:$bucket"
check "the bucket too" not clone lsd "node:$bucket"
