# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The contract of the drive, as tests/contract has it, over NVMe/TCP to SPDK's target, for both dialects.
source tests/spdk/fixture.sh

for dialect in key-value 2023; do
    write_config "$(create_call kv0 "$work/drive-$dialect" "\"size\": 1073741824, \"dialect\": \"$dialect\"")"
    start_target "$work/config.json"
    check "the contract holds for $dialect" contract_test --device="$device" --gtest_brief=1
    stop_target
done
