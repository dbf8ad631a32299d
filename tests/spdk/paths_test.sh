# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A host with two controllers of a subsystem: what it leaves by one of them it finds by the other, no other host does, and
# the drive lets go of it with the host's last controller.
source tests/spdk/fixture.sh

write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
ports=("$port" "$(free_port)" "$(free_port)")
for more in "${ports[@]:1}"; do
    check "a listener at $more" rpc nvmf_subsystem_add_listener "$nqn" -t tcp -a 127.0.0.1 -s "$more"
done
check "two paths of one host, and another host" csd-spdk-paths "${ports[@]}" "$nqn"
none_held() { grep -q '"results_held": 0' <(rpc bdev_csd_get kv0); }
check "the drive holds no result of hosts that are gone" wait_until 60 none_held
stop_target
