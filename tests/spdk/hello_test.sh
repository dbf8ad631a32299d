# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The two examples, as a newcomer runs them: the driver level over NVMe/TCP, the bdev level on the drive in its own
# process and on one behind a target.
source tests/spdk/fixture.sh

expected='key hello
answer hello'
hello_kv() { command hello_kv -r "$1" 2>"$work/errors" || { cat "$work/errors" && return 1; }; }
more=$(share_processors)
hello_kv_bdev() { # CONFIG BDEV: standard error has SPDK's own words
    command hello_kv_bdev --json "$1" -b "$2" -N -r "$work/hello.sock" ${more:+"$more"} 2>"$work/errors" || { cat "$work/errors" && return 1; }
}
spoken() { "$@" | grep -E '^(key|answer) '; }

mkdir "$work/own"
echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [$(create_call own0 "$work/own")]}]}" >"$work/own.json"
check "a drive in the process is stored to, listed, queried" says "$expected" spoken hello_kv_bdev "$work/own.json" own0
check "and nothing stays in it" test -z "$(find "$work/own/0/1" -type f)"
check "a bdev that is not there is named" status_is 1 command hello_kv_bdev --json "$work/own.json" -b none0 -N -r "$work/hello.sock"
check "in a sentence" grep -q '^hello_kv_bdev: none0: ' "$work/said"

mkdir "$work/drive"
write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
address="trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:$port subnqn:$nqn"
check "the driver level works over TCP" says "$expected" spoken hello_kv "$address"
cat >"$work/remote.json" <<TEXT
{"subsystems": [{"subsystem": "bdev", "config": [{"method": "bdev_nvme_attach_controller", "params":
  {"name": "Nvme0", "trtype": "TCP", "adrfam": "IPv4", "traddr": "127.0.0.1", "trsvcid": "$port", "subnqn": "$nqn"}}]}]}
TEXT
check "so does the bdev level" says "$expected" spoken hello_kv_bdev "$work/remote.json" Nvme0n1
check "nothing stays in that drive either" test -z "$(find "$work/drive/0/1" -type f)"
check "the target ends well" stop_target

write_config '{"method": "bdev_malloc_create", "params": {"name": "plain0", "num_blocks": 8192, "block_size": 512}}' plain0
start_target "$work/config.json"
address="trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:$port subnqn:$nqn"
check "a block namespace is no drive" status_is 1 hello_kv "$address"
check "and said so" grep -q '^hello_kv: open: No such device' "$work/said"
check "nobody there is said" status_is 1 command hello_kv -r "${address/trsvcid:$port/trsvcid:$(free_port)}"
check "with the address" grep -q '^hello_kv: 127.0.0.1: there is no namespace 1' "$work/said"
