# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Hosts and drives that go away in the middle: the target stays up, and ends when it is told to.
source tests/spdk/fixture.sh

write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
export KVCLI_DEVICE=$device
printf 'n\n1\n2\n3\n' >"$work/numbers"
kvcli store numbers "$work/numbers"

# Long selects whose hosts are killed: their queries are let go, later ones run.
slow='SELECT count(*) FROM s3object, range(3000000000)'
for _ in 1 2 3; do
    kvcli select numbers "$slow" >/dev/null 2>&1 &
    host=$!
    sleep 1
    kill -KILL $host
done
wait_for_select() { says 3 kvcli select numbers --no-output-header 'SELECT max(n) FROM s3object'; }
check "selects run after their hosts were killed" wait_until 90 wait_for_select

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
