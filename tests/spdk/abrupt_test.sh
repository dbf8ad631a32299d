# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Hosts and drives that go away in the middle: the target stays up, and ends when it is told to.
source tests/spdk/fixture.sh

write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
export KVCLI_DEVICE=$device
printf 'n\n1\n2\n3\n' >"$work/numbers"
kvcli store numbers "$work/numbers"

# As many selects as run at once, each for as long as it may, and all their hosts but one are killed. The target loses their
# last controllers, so the drive ends the selects: it holds none of them, and the next select does not wait. The one that
# goes on shows that it was not their time that was up.
slow='SELECT count(*) FROM s3object, range(300000000000)'
hosts=()
for _ in {1..8}; do
    kvcli select numbers "$slow" >/dev/null 2>&1 &
    hosts+=($!)
done
eight_run() { [ "$(rpc bdev_csd_get kv0 | grep -o '"results_held": [0-9]*')" = '"results_held": 8' ]; }
check "eight selects run" wait_until 60 eight_run
kill -KILL "${hosts[@]:0:7}"
began=$SECONDS
check "a select runs after their hosts were killed" says 3 kvcli select numbers --no-output-header 'SELECT max(n) FROM s3object'
echo "measured: a select after seven killed ones: $((SECONDS - began)) s"
held() { grep -q "\"results_held\": $1\b" <(rpc bdev_csd_get kv0); }
check "and nothing of theirs is held" wait_until 600 held 1
check "while the eighth goes on, which began with them" kill -0 "${hosts[7]}"
kill -KILL "${hosts[7]}"
check "until its host is killed" wait_until 600 held 0

# A host that sends what no host sends.
python3 - "$port" <<'TEXT'
import os, socket, sys
for _ in range(20):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
    s.settimeout(2)
    s.sendall(os.urandom(4096))
    s.close()
TEXT
check "the target outlives nonsense" says yes kvcli exists numbers

# The drive is deleted while hosts work on it: they see errors, none of them hangs.
kvcli bench --verb retrieve --ops 10000000 --queue-depth 64 >"$work/bench.log" 2>&1 &
bench=$!
sleep 3
check "the host is at work" kill -0 $bench
check "delete under load" rpc bdev_csd_delete kv0
check "the host's work ends" wait_until 90 not kill -0 $bench
check "with an error" not wait $bench
check "the directory is free" says again rpc bdev_csd_create again "$work/drive"
check "and what was in it is there" test -s "$work/drive/0/1/6E756D62657273"
stop_target

# The application is told to end while a call waits for a directory that another process has. The call is answered, or its
# connection closed, and what it waited for is let go. SPDK ends without freeing a request whose connection it closed.
unset port # this one listens to nobody
echo leak:jsonrpc_parse_request >"$work/leaks"
LSAN_OPTIONS=suppressions=$work/leaks start_target
kvcli --device "emulator:$work/held" bench --verb exists --ops 100000000 >/dev/null 2>&1 &
holder=$!
check "another process has the drive" wait_until 60 test -e "$work/held/0/1"
threads() { find /proc/$target/task -mindepth 1 -maxdepth 1 | wc -l; }
before=$(threads)
rpc bdev_csd_create late "$work/held" >"$work/late" 2>&1 &
caller=$!
waits() { [ "$(threads)" -gt "$before" ]; } # on a thread of its own
check "the call waits" wait_until 30 waits
check "the target ends well meanwhile" stop_target
check "nothing was made" not wait $caller
kill $holder
