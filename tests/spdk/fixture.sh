# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of SPDK share. tests/spdk/run starts each in a directory that has bin/, lib/, scripts/ and tests/. A
# test works in a directory of its own, and ends at the first thing that is not as it should be. tests/integration/run
# reads it in the project's directory, and says where rpc.py is.
source tests/guest/inside/lib.sh # check, says, status_is, and how a script ends
export CSD_LONG=${CSD_LONG:-0} CSD_SPDK_NO_HUGE=1
PATH=$PWD/bin:$PATH
tools=$PWD
rpc_script=${rpc_script:-$tools/scripts/rpc.py}
work=$(mktemp -d)
export TMPDIR=$work # where status_is leaves what was said
target=0
nqn=nqn.2026-11.io.csd:drive

end_test() {
    local status=$?
    if [ $status != 0 ]; then echo "the target said last:" && tail -n 25 "$work"/target.log 2>/dev/null; fi
    [ $target = 0 ] || kill -KILL $target 2>/dev/null || true
    # shellcheck disable=SC2046 # process ids
    kill $(jobs -p) 2>/dev/null || true
    wait
    rm -rf "$work"
    exit $status
}
trap end_test EXIT
trap 'exit 1' TERM INT

# SPDK's rpc.py with our plug-in.
rpc() { PYTHONPATH=$tools/spdk/python:$tools/python python3 "$rpc_script" -s "$work/rpc.sock" -t 30 --plugin csd_rpc "$@"; }

# SPDK loses DW0 of what it reads unless told not to end a command with its data: c2h_success.
transport_call='{"method": "nvmf_create_transport", "params": {"trtype": "TCP", "c2h_success": false, "max_queue_depth": 128}}'

# A configuration that exports one bdev, which the first argument makes; and $device, how a client reaches it.
write_config() { # JSON OF A CALL [BDEV [MORE PARAMETERS OF THE SUBSYSTEM]]
    port=$(free_port)
    # shellcheck disable=SC2034 # the tests use it
    device=tcp:127.0.0.1:$port/$nqn
    cat >"$work/config.json" <<TEXT
{"subsystems": [
  {"subsystem": "bdev", "config": [
    {"method": "bdev_set_options", "params": {"bdev_io_pool_size": 2047, "bdev_io_cache_size": 64}},
    $1]},
  {"subsystem": "nvmf", "config": [
    $transport_call,
    {"method": "nvmf_create_subsystem", "params": {"nqn": "$nqn", "allow_any_host": true,
      "serial_number": "CSD"${3:+, $3}}},
    {"method": "nvmf_subsystem_add_ns", "params": {"nqn": "$nqn", "namespace": {"bdev_name": "${2:-kv0}"}}},
    {"method": "nvmf_subsystem_add_listener", "params": {"nqn": "$nqn", "listen_address":
      {"trtype": "TCP", "adrfam": "IPv4", "traddr": "127.0.0.1", "trsvcid": "$port"}}}]}]}
TEXT
}

create_call() { # NAME ROOT [MORE PARAMETERS AS JSON]
    echo "{\"method\": \"bdev_csd_create\", \"params\": {\"name\": \"$1\", \"root\": \"$2\"${3:+, $3}}}"
}

# Two programs of SPDK may poll on one processor; since 23.01 the second has to be told so.
share_processors() {
    if spdk_is_at_least 23 1; then echo --disable-cpumask-locks; fi
}

# Starts nvmf_tgt, which ends with the test, and waits until it is ready; without an argument it has no configuration.
start_target() { # [CONFIG]
    local end=$((SECONDS + 60)) more
    more=$(share_processors)
    rm -f "$work/rpc.sock" "$work/rpc.sock.lock"
    (exec setpriv --pdeathsig KILL nvmf_tgt -m 1 -s 512 --no-pci --iova-mode=va --num-trace-entries=64 \
        -r "$work/rpc.sock" ${more:+"$more"} ${1:+--json "$1"} >"$work/target.log" 2>&1) &
    target=$!
    until target_is_ready; do
        kill -0 $target || { echo "the target ended" && return 1; }
        [ $SECONDS -lt $end ] || { echo "the target does not start" && return 1; }
        sleep 0.1
    done
}

target_is_ready() {
    [ -S "$work/rpc.sock" ] && rpc framework_wait_init >/dev/null 2>&1 && { [ -z "${port:-}" ] || listens; }
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# As an administrator does; it must end well.
stop_target() {
    local status=0
    kill -TERM $target
    wait $target || status=$?
    target=0
    [ $status = 0 ] || { echo "the target ended with status $status" && return 1; }
}
