#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The contract tests of the drive on each DEVICE in turn; a summary of each goes to the host.
source /share/lib.sh
for device in "$@"; do
    status=0
    contract_test --device="$device" --format-ok --gtest_brief=1 >/tmp/said 2>&1 || status=$?
    echo "$device: $(grep -E '^\[==========\]|^\[  (PASSED|SKIPPED)' /tmp/said | tail -n 2 | tr '\n' ' ')"
    [ $status = 0 ] || { cat /tmp/said && exit 1; }
done
