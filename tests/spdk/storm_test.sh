# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Queue depth 128 with random sizes over NVMe/TCP, while the target is killed and started again: every command gets an
# answer or an error, nothing that was acknowledged is lost, no append happens twice. storm.cc is the host.
source tests/spdk/fixture.sh

seconds=20 kills=2
if [ "$CSD_LONG" = 1 ]; then seconds=60 kills=6; fi
write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
csd-spdk-storm "$device" $seconds $RANDOM >"$work/storm.log" 2>&1 &
storm=$!
for ((i = 0; i < kills; i++)); do
    sleep $((seconds / (kills + 1)))
    kill -KILL $target
    wait $target 2>/dev/null || true
    start_target "$work/config.json"
done
status=0
wait $storm || status=$?
cat "$work/storm.log"
check "the host found every promise kept" test $status = 0
check "it saw the target go away $kills times" says $kills grep -c "went away" "$work/storm.log"
echo "measured: $(tail -n 1 "$work/storm.log")"
check "the drive works on" kvcli --device "$device" store after /dev/null
stop_target
