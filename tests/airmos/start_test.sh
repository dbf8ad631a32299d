# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A node from nothing: no configuration, what it prints works, and what it was given is there after a restart or a kill.
source tests/airmos/fixture.sh

start_node
# The line the node prints, as a shell would run it; the keys it names are in the environment.
command_line=$(sed -n 's/^ *\(AWS_ACCESS_KEY_ID=.* s3 ls\)$/\1/p' "$work/said")
check "the command that it prints works" bash -c "$command_line"
make_file "$work/file" 3000000
check "a bucket" aws s3 mb "s3://$bucket"
check "an object" aws s3 cp --quiet "$work/file" "s3://$bucket/a/file"
check "the node stops when told" stop_node
start_node
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
check "help has an example" contains "airmos --drive" "$("$CSD_BIN/airmos" --help)"
