# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Queue depth 128 with random sizes over NVMe/TCP, beside another host's load, while the target is killed and started
# again: every command gets an answer or an error, nothing that was acknowledged is lost, no append happens twice. The
# host is tests/integration/storm.cc.
source tests/spdk/fixture.sh

seconds=20 kills=2
if [ "$CSD_LONG" = 1 ]; then seconds=60 kills=6; fi
write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
other_load() { # ends when the target does
    kvcli --device "$device" bench --verb retrieve --ops 100000000 --queue-depth 32 >"$work/other.log" 2>&1 &
    other=$!
}
other_load
csd-storm --killed "$device" $seconds $RANDOM >"$work/storm.log" 2>&1 &
storm=$!
is_at_work() { # TIMES: or has ended, when looking at everything took long
    [ "$(grep -c '^at work' "$work/storm.log")" -ge "$1" ] || not kill -0 $storm 2>/dev/null
}
for ((i = 1; i <= kills; i++)); do
    check "the host is at work" wait_until 200 is_at_work $i
    sleep $((seconds / (kills + 1)))
    kill -0 $storm 2>/dev/null || break
    kill -KILL $target
    status=0
    wait $target 2>/dev/null || status=$?
    check "the target was up until then" test $status = 137
    start_target "$work/config.json"
    other_load
done
status=0
wait $storm || status=$?
cat "$work/storm.log"
check "the other host was at work as well" kill $other
check "the host found every promise kept" test $status = 0
check "it saw the target go away" grep -q "went away" "$work/storm.log"
echo "measured: $(tail -n 1 "$work/storm.log")"
check "the drive works on" kvcli --device "$device" store after /dev/null
stop_target
