# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A subsystem of SPDK's target that passes every command on: over NVMe/TCP hosts identify the namespace, format it, and use
# 01h and 02h, in both dialects. SPDK before 25.01 has no such thing, and refuses the configuration.
source tests/spdk/fixture.sh

for dialect in key-value 2023; do
    write_config "$(create_call kv0 "$work/drive-$dialect" "\"size\": 1073741824, \"dialect\": \"$dialect\"")" kv0 \
        '"passthrough": true'
    if ! spdk_is_at_least 25 1; then
        check "this SPDK has no passthrough" not start_target "$work/config.json"
        check "and says so" grep -q nvmf_create_subsystem "$work/target.log"
        continue
    fi
    start_target "$work/config.json"
    check "the contract holds for $dialect, and the drive can be formatted" \
        contract_test --device="$device" --format-ok --gtest_brief=1
    csd-spdk-verbs "trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:$port subnqn:$nqn" | tee "$work/verbs.log"
    opcodes='01h, 02h'
    [ $dialect = key-value ] || opcodes='81h, 82h'
    check "the opcodes are as the dialect has them" grep -q "^opcodes: $opcodes" "$work/verbs.log"
    check "kvcli formats it" kvcli --device "$device" format --yes
    stop_target
done
