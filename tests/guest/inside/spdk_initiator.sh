#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The other guest's drive over NVMe/TCP: spdk_initiator.sh SUBNQN. First with what Linux has: nvme connect, the stock
# nvme-cli on the node it makes, the contract tests there. Then by tcp:, with all of it again and every verb of kvcli.
source /share/spdk_lib.sh
subnqn=$1 device=tcp:10.99.0.1:4420/${1//\//%2F}
cd /tmp || exit

modprobe nvme-tcp
for ((try = 0; try < 50; try++)); do ping -c 1 -W 1 10.99.0.1 >/dev/null && break; done
# Linux takes two names of one host for a mistake, and the guest has none in /etc/nvme. On a busy machine either guest
# may stand still for longer than the five seconds after which a connection counts as dead.
host=$(cat /proc/sys/kernel/random/uuid)
check "nvme connect" nvme connect -t tcp -a 10.99.0.1 -s 4420 -n "$subnqn" --keep-alive-tmo=120 --hostid="$host" \
    --hostnqn="nqn.2014-08.org.nvmexpress:uuid:$host"
node=''
for ((try = 0; try < 100; try++)); do
    node=$(find /dev -name 'ng*n1' | head -n 1)
    if [ -n "$node" ]; then break; fi
    sleep 0.1
done
check "Linux makes a node for the namespace" test -c "$node"
printf 'make,price\nSaab,4200\n' >cars.csv
nvme io-passthru "$node" --namespace-id=1 --opcode=0x81 --cdw2=0x73726163 --cdw10=21 --cdw11=4 --data-len=21 --write \
    --input-file=cars.csv
check "the stock nvme-cli stores and retrieves" cmp cars.csv <(nvme io-passthru "$node" --namespace-id=1 --opcode=0x82 \
    --cdw2=0x73726163 --cdw10=21 --cdw11=4 --data-len=21 --read --raw-binary 2>/dev/null)

hold_to_the_contract() { # DEVICE
    local status=0
    contract_test --device="$1" --gtest_brief=1 >/tmp/said 2>&1 || status=$?
    echo "$1: $(grep -E '^\[==========\]|^\[  (PASSED|SKIPPED)' /tmp/said | tail -n 2 | tr '\n' ' ')"
    [ $status = 0 ] || { cut -c 1-300 /tmp/said && exit 1; }
}
hold_to_the_contract "$node"
bash /share/files.sh "$node" /share/files
nvme disconnect -n "$subnqn"

hold_to_the_contract "$device"
bash /share/files.sh "$device" /share/files
kvcli --device "$device" delete cars
bash /share/kvcli.sh "$device" kept kv >/tmp/verbs 2>&1 || { tail -n 20 /tmp/verbs && exit 1; }
