# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A namespace that two controllers share, through the one node that Linux' native multipath makes of them.
source tests/guest/fixture.sh

mkdir "$drive"
./csd vm --no-drive --share "$share" --console "$work/console" --timeout 300 --qemu "-device nvme-subsys,id=subsystem,nqn=csd
    -device nvme,id=first,serial=two,subsys=subsystem -device nvme,id=second,serial=two,subsys=subsystem
    -device nvme-kv-ns,bus=first,nsid=1,root=$drive,shared=on" -- bash multipath.sh
check "the value is a file on the host" test -s "$drive/0/1/6C61726765"
