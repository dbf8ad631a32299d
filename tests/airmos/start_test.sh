# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A node from nothing: no configuration, what it prints works, and what it was given is there after a restart or a kill.
source tests/airmos/fixture.sh

start_node
new_store=$([ -n "${CSD_TEST_DEVICES:-}" ] || echo "made a new store on ${devices[*]}")
check "a new store is told before the address" contains "$new_store" "$(sed '/^AirMOS /,$d' "$work/said")"
# The line the node prints, as a shell would run it; the keys it names are in the environment.
command_line=$(sed -n 's/^ *\(AWS_ACCESS_KEY_ID=.* s3 ls\)$/\1/p' "$work/said")
check "the command that it prints works" bash -c "$command_line"
make_file "$work/file" 3000000
check "a bucket" aws s3 mb "s3://$bucket"
check "an object" aws s3 cp --quiet "$work/file" "s3://$bucket/a/file"
check "the node stops when told" stop_node
start_node
check "a store that was there is not told as a new one" not grep -q "made a new" "$work/said"
check "after a restart the object is there" same "$(md5sum <"$work/file")" "$(aws s3 cp --quiet "s3://$bucket/a/file" - | md5sum)"
check "another object" aws s3 cp --quiet "$work/file" "s3://$bucket/b"
stop_node KILL || true
start_node
check "after kill -9 both are there" same 2 "$(aws s3 ls --recursive "s3://$bucket" | wc -l)"
check "and whole" same "$(md5sum <"$work/file")" "$(aws s3 cp --quiet "s3://$bucket/b" - | md5sum)"
check "metrics name the drives" contains 'airmos_drive_' "$(curl -fsS "$endpoint/metrics")"
check "all goes" aws s3 rb --force "s3://$bucket"
check "the node stops when told again" stop_node

check "without drives there is advice" refuses "--drive" "$CSD_BIN/airmos"
check "a wrong address is refused" refuses "is not an address" "$CSD_BIN/airmos" --drive "emulator:$work/other" --listen nowhere
check "a wrong option is named, not what is missing" refuses "airmos: there is no option '--frob'" "$CSD_BIN/airmos" --frob
check "help has an example" contains "airmos --drive" "$("$CSD_BIN/airmos" --help)"

# Keys of the node's own: a terminal shows them, a file does not, and they are the same after a restart.
devices=("emulator:$work/own")
typed=$work/typed
timeout 120 script -qefc "env -u AIRMOS_ACCESS_KEY -u AIRMOS_SECRET_KEY '$CSD_BIN/airmos' --drive '${devices[0]}' --listen 127.0.0.1:0" "$typed" \
    >/dev/null 2>&1 </dev/null &
terminal=$!
shown() { grep -q 's3 ls' "$typed" 2>/dev/null; }
check "a terminal is told the keys" wait_until 60 shown
check "and that the drive is new" grep -q "made a new drive in $work/own/0/1" "$typed"
command_line=$(tr -d '\r' <"$typed" | sed -n 's/^ *\(AWS_ACCESS_KEY_ID=.* s3 ls\)$/\1/p')
check "the command that it is told works" bash -c "$command_line"
check "no request is logged on a terminal" not grep -q '"request_id"' "$typed"
kill -TERM $terminal && wait $terminal || true
unset AIRMOS_ACCESS_KEY AIRMOS_SECRET_KEY
start_node --metrics-listen 127.0.0.1:0
check "a file is told how to get them" contains "--credentials FILE" "$(cat "$work/said")"
check "and no command that cannot work" not grep -q "s3 ls" "$work/said"
secret=$(sed -E 's/.*AWS_SECRET_ACCESS_KEY=([^ ]*).*/\1/' <<<"$command_line")
check "but not the keys" not grep -qF "$secret" "$work/said" "$work/node.log"
check "they are the same after a restart" bash -c "$(sed -E "s|--endpoint-url [^ ]*|--endpoint-url $endpoint|" <<<"$command_line")"
check "others' addresses need keys that were chosen" refuses "set AIRMOS_ACCESS_KEY" \
    "$CSD_BIN/airmos" --drive "emulator:$work/other" --listen 0.0.0.0:0

metrics=$(sed -n 's/^metrics on //p' "$work/said")
check "metrics have an address of their own" contains 'airmos_drive_up' "$(curl -fsS "$metrics")"
check "and drives are named there" contains '"missing":[]' "$(curl -fsS "${metrics%/metrics}/health/ready")"
check "but not to the clients of S3" same '{"status":"ready"}' "$(curl -fsS "$endpoint/health/ready")"
check "nor are metrics" contains "<Code>AccessDenied</Code>" "$(curl -sS "$endpoint/metrics")"
check "which is not S3's" contains "<Code>AccessDenied</Code>" "$(curl -sS "${metrics%/metrics}/$bucket")"
check "the node stops once more" stop_node

# Keys in a file, for a node without a terminal.
keys="$work/a file of keys"
start_node --credentials "$keys"
command_line=$(sed -n 's/^ *\(AWS_SHARED_CREDENTIALS_FILE=.* s3 ls\)$/\1/p' "$work/said")
bare=(env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_DEFAULT_REGION)
check "the command with the file works" "${bare[@]}" bash -c "$command_line"
check "and the file has the region" "${bare[@]}" AWS_SHARED_CREDENTIALS_FILE="$keys" /usr/bin/aws --endpoint-url "$endpoint" s3 mb "s3://$bucket"
check "requests are logged to what is no terminal" grep -q '"operation":"CreateBucket"' "$work/node.log"
check "only its owner reads the file" same 600 "$(stat -c %a "$keys")"
check "the keys are the node's own" grep -qF "$secret" "$keys"
check "the node stops for good" stop_node
echo mine >"$work/mine"
check "a file of the user's is not replaced" refuses "no node wrote" \
    "$CSD_BIN/airmos" --drive "${devices[0]}" --listen 127.0.0.1:0 --credentials "$work/mine"

# A drive that another process has, and one that is not where the user thinks.
start_node
"$CSD_BIN/airmos" --drive "${devices[0]}" --listen 127.0.0.1:0 2>"$work/waiting" &
second=$!
waits() { grep -q 'in use\|another drive uses' "$work/waiting"; }
check "a node that waits for its drive says so" wait_until 60 waits
check "and for whom" contains "process $node (" "$(cat "$work/waiting")"
kill $second && wait $second || true
