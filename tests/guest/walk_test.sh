# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The walk of docs/guide-qemu.md, command by command: the stock nvme-cli and nothing of ours in the guest, both dialects,
# both kernels. Then the page's own look at the host's side.
source tests/guest/fixture.sh

cp docs/guide-qemu.md "$share/"
for kernel in "${kernels[@]}"; do
    for dialect in kv 2023; do
        guest --bare --kernel "$kernel" --dialect $dialect -- bash console.sh guide-qemu.md "guest $dialect"
        (cd "$work" && ln -sfn share exchange && bash share/console.sh share/guide-qemu.md "host $dialect")
        rm -rf "$drive"
    done
done
