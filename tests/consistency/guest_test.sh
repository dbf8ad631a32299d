# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd-consistency in a guest, on the drive of a QEMU whose file system is slow:
#
#     guest_test.sh OPERATIONS [OPTION...]
#
# All programs of a guest are one controller, so only a run with one client stores in pieces. Commands that QEMU does not
# finish while the guest rings the doorbell are dear where KVM is missing, and so are rarer.
operations=$1
shift
(source scripts/lib.sh && { quietly qemu/build && quietly guest/build || die "QEMU or the guest cannot be built"; })
if [ -d /dev/shm ]; then export TMPDIR=/dev/shm; fi
source tests/guest/fixture.sh

cat >"$work/qemu" <<TEXT
#!/bin/sh
export CSD_DELAY_FILE_SYSTEM=1 LD_PRELOAD=$PWD/build/release/lib/libcsd-delay-file-system.so
exec "$PWD/build/release/bin/qemu-system-x86_64" "\$@"
TEXT
chmod +x "$work/qemu"
export CSD_QEMU=$work/qemu
play="csd-consistency /dev/ng0n1 --mix select=0,store=1000,append=150,guarded=150,lengthen=20,delete=300,compose=250,describe=2200"
play+=",range=2000,exist=1500,list=800"
guest --timeout 3600 -- sh -ec "
    $play --operations $((operations / 2)) --threads 1 --depth 5 --groups 6 $*
    $play --operations $((operations / 2)) --threads 2 --depth 2 --groups 4 --no-pieces $*"
