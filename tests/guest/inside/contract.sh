#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The contract tests of the drive on the controllers with these serial numbers, by each way that Linux has; a line for each
# goes to the host.
source /share/lib.sh
for serial in "$@"; do
    number=$(controller_of "$serial")
    for device in "/dev/ng${number}n1?io=uring" "/dev/ng${number}n1?io=ioctl" "/dev/nvme$number"; do
        status=0
        contract_test --device="$device" --format-ok --gtest_brief=1 >/tmp/said 2>&1 || status=$?
        echo "$serial, $device: $(grep -E '^\[==========\]|^\[  (PASSED|SKIPPED)' /tmp/said | tail -n 2 | tr '\n' ' ')"
        [ $status = 0 ] || { cut -c 1-300 /tmp/said && exit 1; }
    done
done
