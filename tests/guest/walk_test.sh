# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The walk of docs/guide-qemu.md, command by command: the stock nvme-cli and nothing of ours in the guest, both dialects,
# both kernels. Then the page's own look at the host's side. Before the walk, the admin commands of docs/command-set.md, which
# leave an empty drive.
source tests/guest/fixture.sh

cp docs/guide-qemu.md docs/command-set.md "$share/"
for kernel in "${kernels[@]}"; do
    for dialect in kv 2023; do
        admin=true
        [ $dialect != kv ] || admin='bash console.sh command-set.md "guest admin"'
        guest --bare --kernel "$kernel" --dialect $dialect -- \
            bash -c "$admin && bash console.sh guide-qemu.md 'guest $dialect'"
        (cd "$work" && ln -sfn share exchange && bash share/console.sh share/guide-qemu.md "host $dialect")
        rm -rf "$drive"
    done
done
