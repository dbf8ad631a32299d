#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# SPDK's NVMe-oF target with this guest's drive, on 10.99.0.1, until the host says /share/enough: spdk_target.sh SUBNQN. What
# is typed for it is in docs/guide-spdk.md, which has another name for the subsystem.
source /share/spdk_lib.sh
pci_address='"traddr": "0000:00:01.0"' more=''
if spdk_is_at_least 24 9; then more=', "allow_unrecognized_csi": true'; fi
sed -e "s#nqn\.2026-11\.io\.csd:drive#$1#g" -e "s#$pci_address#&$more#" /share/guide-spdk.md >/tmp/page.md

cd /share || exit
source console.sh /tmp/page.md "first guest"
target=$! # its last command
until [ -e /share/enough ]; do
    kill -0 $target || exit 1
    sleep 0.2
done
kill $target
wait $target
