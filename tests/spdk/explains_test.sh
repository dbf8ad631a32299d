# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What is wrong with a configuration of bdev: is said in one sentence, with what to do about it where that is known.
source tests/spdk/fixture.sh

attach() { # PARAMETERS
    echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [{\"method\": \"bdev_nvme_attach_controller\",
      \"params\": {\"name\": \"Nvme0\", $1}}]}]}" >"$work/bad.json"
}
explained() { # WORDS DEVICE
    status_is 5 kvcli --device "$2" list && grep -qF -- "$1" "$work/said" && [ "$(wc -l <"$work/said")" = 1 ] ||
        { cat "$work/said" && return 1; }
}
reached=bdev:Nvme0n1@$work/bad.json
attach '"trtype": "PCIe", "traddr": "0000:fe:1d.7"'
check "a PCI device that is not there" explained "there is no PCI device 0000:fe:1d.7; NVMe controllers here:" "$reached"
attach "\"trtype\": \"TCP\", \"adrfam\": \"IPv4\", \"traddr\": \"127.0.0.1\", \"trsvcid\": \"$(free_port)\", \"subnqn\": \"$nqn\""
refused='Connection refused' # in SPDK's words
if spdk_is_at_least 26 5; then refused='connect() failed, err = 111'; fi
check "a target that is not there" explained "$refused" "$reached"
attach '"trtype": "TCP"'
check "a parameter that is missing" explained "SPDK does not carry out the configuration" "$reached"
check "without SPDK's JSON" not grep -q '[{}]' "$work/said"
echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [$(create_call kv0 /proc/nowhere)]}]}" >"$work/bad.json"
check "a drive that cannot be made, in its own words" explained "/proc/nowhere" "$reached"
check "and nothing else" not grep -q '[{}]' "$work/said"
check "a configuration that is a directory" explained "is a directory" "bdev:Nvme0n1@$work"
check "one that is not there" explained "cannot be read: No such file or directory" "bdev:Nvme0n1@$work/none.json"
