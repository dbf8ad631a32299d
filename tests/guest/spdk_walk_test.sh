# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The walk of docs/guide-spdk.md, command by command: on the host without a guest, and in the guest by uio. The
# walk by vfio is in spdk_vfio_test.sh.
source tests/guest/fixture.sh

cp docs/guide-spdk.md "$share/"
bin=$PWD/build/release/bin
mkdir "$work/host"
(cd "$work/host" && PATH=$bin:$PATH bash "$share/console.sh" "$share/guide-spdk.md" "host bdev")
guest --huge-pages 128 -- bash console.sh guide-spdk.md "guest uio"
