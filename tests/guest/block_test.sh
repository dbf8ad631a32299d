# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A stock block namespace on the controller of a Key Value namespace behaves as ever, beside the other's traffic.
source tests/guest/fixture.sh

truncate -s 64M "$work/block"
guest --block "$work/block" -- bash block.sh
check "a block is where it was written" same "last block" "$(tail -c +409601 "$work/block" | head -c 10)"
check "a value is a file beside" same value "$(cat "$drive/0/1/626573696465")"
