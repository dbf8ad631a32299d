#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The other guest's drive over NVMe/TCP: spdk_initiator.sh SUBNQN 0|1, where 1 leaves nothing out. First with what Linux
# has: nvme connect, the stock nvme-cli on the node it makes, the contract tests there. Then the same by tcp:.
source /share/spdk_lib.sh
subnqn=$1 all=$2 device=tcp:10.99.0.1:4420/${1//\//%2F}
# Those that take longest, as each of their many commands is a way across two emulated machines. The same is tested on
# every transport within one machine.
too_long='LargeValues.OfSixtyFourMebibytes*:Listing.TenThousandKeys*:Load.*:RichSelect.AFullTable*:Verbs.Threads*'
too_long+=':AllAtOnce.AReaderNeverSees*:KeyValueRefusals.EachReservedBit*:LargeValues.AppendJoins*:LargeValues.ARange*'
cd /tmp || exit

hold_to_the_contract() { # DEVICE
    local status=0 began=$SECONDS filter='*'
    if [ "$all" = 0 ]; then filter="-$too_long"; fi
    contract_test --device="$1" --gtest_brief=1 --gtest_filter="$filter" >/tmp/said 2>&1 || status=$?
    echo "$1: $(grep -E '^\[==========\]|^\[  (PASSED|SKIPPED)' /tmp/said | tail -n 2 | tr '\n' ' ')"
    [ $status = 0 ] || { cut -c 1-300 /tmp/said && dmesg | tail -n 20 && exit 1; }
    echo "measured: ${1%%:*}: the contract over the network in $((SECONDS - began)) s"
}

modprobe nvme-tcp
for ((try = 0; try < 50; try++)); do ping -c 1 -W 1 10.99.0.1 >/dev/null && break; done
# As docs/guide-spdk.md has it, with another name for the subsystem. Linux takes two names of one host for a mistake, and the
# guest has none in /etc/nvme. It counts in ticks of its timer when to tell the target that it is alive, and an emulated
# processor misses ticks when its machine is busy; the target counts in seconds. So the time after which a silent host
# counts as dead is longer than this test.
sed -e "s#4420/nqn\.2026-11\.io\.csd:drive#4420/${subnqn//\//%2F}#" -e "s#nqn\.2026-11\.io\.csd:drive#$subnqn#" /share/guide-spdk.md \
    >/tmp/page.md
check "the page is right" timeout 120 bash /share/console.sh /tmp/page.md "second guest"
node=/dev/ng0n1
printf 'make,price\nSaab,4200\n' >cars.csv
nvme io-passthru "$node" --namespace-id=1 --opcode=0x81 --cdw2=0x73726163 --cdw10=21 --cdw11=4 --data-len=21 --write \
    --input-file=cars.csv
check "the stock nvme-cli stores and retrieves" cmp cars.csv <(nvme io-passthru "$node" --namespace-id=1 --opcode=0x82 \
    --cdw2=0x73726163 --cdw10=21 --cdw11=4 --data-len=21 --read --raw-binary 2>/dev/null)
hold_to_the_contract "$node"
bash /share/files.sh "$node" /share/files
nvme disconnect -n "$subnqn"

hold_to_the_contract "$device"
kvcli --device "$device" delete cars
if [ "$all" = 1 ]; then
    bash /share/kvcli.sh "$device" kept kv >/tmp/verbs 2>&1 || { tail -n 20 /tmp/verbs && exit 1; }
fi
kvcli --device "$device" store kept /share/files/cars.csv
