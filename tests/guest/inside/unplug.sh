#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Keeps the drive busy until somebody pulls it out; then the kernel has noticed and all who used it have ended.
source /share/lib.sh
KVCLI_DEVICE=/dev/ng$(namespace_of csd 1)
export KVCLI_DEVICE

check "a value is there before" kvcli store kept - <<<"kept"
kvcli bench --verb mixed --size 64k --queue-depth 32 --duration 120 >/tmp/bench 2>&1 &
busy=$!
sleep 1
check "the drive is busy" kill -0 $busy
touch /share/busy

gone() { [ ! -e "$KVCLI_DEVICE" ]; }
for ((tenths = 0; tenths < 600; tenths++)); do
    if gone; then break; fi
    sleep 0.1
done
check "the drive is gone" gone
wait $busy || ended=$?
check "who used it was told so" [ "${ended:-0}" = 5 ]
# QEMU frees the controller some time after the guest has let go of it, and says so only while it runs: stay until then.
check "the host has seen it go" wait_until 120 test -e /share/gone
