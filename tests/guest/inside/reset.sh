#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A reset of the controller (nvme reset) in the middle of a command: reset.sh SERIAL. A store of many transfers ends with exit
# status 5 and leaves the value as it was; a select is sent again and completes, or ends with exit status 5. Neither ever says
# that a key does not exist. A reset may come too early or too late, so each is repeated until one has hit.
source /share/lib.sh
number=$(controller_of "$1")
export KVCLI_DEVICE=/dev/ng${number}n1
rounds=40
cd /tmp || exit

reset() { nvme reset "/dev/nvme$number"; }
running() { kill -0 "$1" 2>/dev/null; }

# Starts the command, waits a little longer in each round, and resets once or more. Sets `status`; fails if the command had ended
# before the last reset was done.
interrupted() { # ROUND RESETS COMMAND...
    local delay resets=$2 pid hit=1
    delay=$(awk -v round="$1" 'BEGIN { printf "%.3f", 0.02 * round }')
    shift 2
    status=0
    "$@" >out 2>err &
    pid=$!
    sleep "$delay"
    while ((resets-- > 0)); do
        reset
        running $pid || hit=0
    done
    wait $pid || status=$?
    [ $hit = 1 ]
}

explained() { # of the command that failed
    [ $status = 5 ] && grep -qi 'reset' err && ! grep -qi 'does not exist' err
}

echo before >old
seq 1 2000 | sed '1i n' >numbers
head -c 48000000 /dev/zero >large
check "the values are there" kvcli store numbers numbers
check "and the one to be replaced" kvcli store large old

hits=0
for ((round = 1; round <= rounds && hits == 0; round++)); do
    interrupted $round 1 kvcli store large large || true
    if [ $status = 0 ]; then
        check "a store that a reset did not hit is whole" cmp large <(kvcli retrieve large)
        kvcli store large old
        continue
    fi
    hits=1
    check "a store in a reset is status 5, and says why: $status, $(cat err)" explained
    check "the value is what it was" says before kvcli retrieve large
done
check "a reset hit a store" [ $hits = 1 ]
check "the next store is whole" kvcli store large large
check "and read back" cmp large <(kvcli retrieve large)

answer=$(kvcli select numbers --no-output-header 'SELECT sum(a.n + b.n) FROM s3object a, s3object b')
for resets in 1 3; do
    hits=0
    for ((round = 1; round <= rounds && hits == 0; round++)); do
        if interrupted $round $resets kvcli select numbers --no-output-header \
            'SELECT sum(a.n + b.n) FROM s3object a, s3object b WHERE sqrt(a.n * b.n + 1) > 0'; then hits=1; fi
        if [ $status = 0 ]; then
            check "a select answers" says "$answer" cat out
        else
            check "a select in $resets resets is status 5, and says why: $status, $(cat err)" explained
        fi
    done
    check "$resets resets hit a select" [ $hits = 1 ]
    echo "select, $resets resets: status $status in round $((round - 1))"
done
check "the drive goes on" says before bash -c 'echo before | kvcli store after && kvcli retrieve after'
