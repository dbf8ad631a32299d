# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Every verb of the driver level over NVMe/TCP, on drives of both dialects behind SPDK's target; and of the bdev level on
# drives in the same process.
source tests/spdk/fixture.sh

for dialect in key-value 2023; do
    mkdir "$work/$dialect"
    write_config "$(create_call kv0 "$work/$dialect" "\"dialect\": \"$dialect\"")"
    start_target "$work/config.json"
    csd-spdk-verbs "trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:$port subnqn:$nqn"
    check "nothing stays in the drive" test -z "$(find "$work/$dialect/0/1" -type f)"
    check "the target ends well" stop_target
    echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [$(create_call kv0 "$work/$dialect" "\"dialect\": \"$dialect\"")]}]}" \
        >"$work/own.json"
    csd-spdk-verbs --bdev kv0 "$work/own.json"
    check "nothing stays in it either" test -z "$(find "$work/$dialect/0/1" -type f)"
done
