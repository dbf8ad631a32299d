#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Large values on a busy machine: the contract's tests of values in pieces, repeated beside three processes that only use
# processor time.
#
#     tests/consistency/busy_test.sh emulator|bdev|tcp [TIMES]        20 times if not told otherwise
#
# A window between two steps is short while a processor is free and long while others wait for it; the first fault of this
# kind was found so. DEVICE in the environment names another drive (/dev/ng0n1 in a guest, pcie:...) to the host `device`.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
host=${1:?"a host: emulator, bdev, tcp or device"} times=${2:-20}
build_quiet=1
source scripts/lib.sh
export PATH=$PWD/build/release/bin:$PATH
arguments=()
case $host in
    emulator) ;;
    device) arguments=(--device="${DEVICE:?}") ;;
    bdev | tcp)
        quietly spdk/build || die "SPDK cannot be built"
        # shellcheck disable=SC2034 # fixture.sh uses it
        rpc_script=$(sed -n 's/^CSD_SPDK_DIR:PATH=//p' build/release/CMakeCache.txt)/scripts/rpc.py
        source tests/spdk/fixture.sh
        mkdir "$work/drive"
        if [ "$host" = bdev ]; then
            echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [$(create_call Csd0 "$work/drive")]}]}" >"$work/bdev.json"
            device=bdev:Csd0@$work/bdev.json
        else
            write_config "$(create_call kv0 "$work/drive")"
            start_target "$work/config.json"
        fi
        arguments=(--device="$device")
        ;;
    *) die "there is no host '$host'" 2 ;;
esac

loops=()
for _ in 1 2 3; do
    timeout 3600 bash -c 'while :; do :; done' &
    loops+=($!)
done
status=0
contract_test "${arguments[@]}" --gtest_brief=1 --gtest_repeat="$times" \
    --gtest_filter='*AllAtOnce.AReaderNeverSeesAPartOfALargeStore*:*LargeValues.*' || status=$?
kill "${loops[@]}" 2>/dev/null
[ "$host" != tcp ] || stop_target
exit $status
