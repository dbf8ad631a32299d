# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Two new drives behind SPDK's NVMe/TCP target on the loopback network, for tests/airmos/run --tcp: start_target sets
# `devices`. The target ends with the test. fixture.sh reads this.

# shellcheck disable=SC2154 # work is fixture.sh's

# One subsystem with one drive in it.
subsystem_calls() { # NUMBER PORT
    cat <<TEXT
    {"method": "nvmf_create_subsystem", "params": {"nqn": "$nqn$1", "allow_any_host": true, "serial_number": "CSD$1"}},
    {"method": "nvmf_subsystem_add_ns", "params": {"nqn": "$nqn$1", "namespace": {"bdev_name": "kv$1"}}},
    {"method": "nvmf_subsystem_add_listener", "params": {"nqn": "$nqn$1", "listen_address":
      {"trtype": "TCP", "adrfam": "IPv4", "traddr": "127.0.0.1", "trsvcid": "$2"}}}
TEXT
}

write_target_config() { # PORT
    cat >"$work/target.json" <<TEXT
{"subsystems": [
  {"subsystem": "bdev", "config": [
    {"method": "bdev_set_options", "params": {"bdev_io_pool_size": 2047, "bdev_io_cache_size": 64}},
    {"method": "bdev_csd_create", "params": {"name": "kv0", "root": "$work/drive0"}},
    {"method": "bdev_csd_create", "params": {"name": "kv1", "root": "$work/drive1"}}]},
  {"subsystem": "nvmf", "config": [
    {"method": "nvmf_create_transport", "params": {"trtype": "TCP", "c2h_success": false,
      "max_queue_depth": 128, "num_shared_buffers": 255}},
$(subsystem_calls 0 "$1"),
$(subsystem_calls 1 "$1")]}]}
TEXT
}

# A port that somebody took in between makes the target end, and another one is tried. Nobody else's target has these names.
start_target() {
    nqn=nqn.2026-11.io.csd:test$$-drive
    local port end=$((SECONDS + 60))
    export CSD_SPDK_NO_HUGE=1
    while [ $SECONDS -lt $end ]; do
        port=$((20000 + RANDOM % 10000))
        devices=("tcp:127.0.0.1:$port/${nqn}0" "tcp:127.0.0.1:$port/${nqn}1")
        write_target_config $port
        (exec setpriv --pdeathsig KILL "$CSD_BIN/nvmf_tgt" -m 1 -s 512 --no-pci --iova-mode=va --num-trace-entries=64 \
            -r "$work/target.sock" --json "$work/target.json" >"$work/target.log" 2>&1) &
        target=$!
        while kill -0 $target 2>/dev/null && [ $SECONDS -lt $end ]; do
            if "$CSD_BIN/kvcli" --device "${devices[1]}" info >/dev/null 2>&1; then return 0; fi
            sleep 0.2
        done
    done
    tail -n 20 "$work/target.log"
    echo "the target does not start"
    return 1
}
