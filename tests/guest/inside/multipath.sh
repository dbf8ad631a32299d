#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two controllers with one shared namespace, behind Linux' native multipath: multipath.sh. With the policy numa, which is
# Linux' default, one controller gets every command, and all is as with one. With round-robin a command of one transfer works; a
# select and a store of many end with exit status 5, and the value stays what it was.
source /share/lib.sh
check "this kernel has multipath" says Y cat /sys/module/nvme_core/parameters/multipath
nodes=(/dev/ng*)
check "two controllers have one node" [ ${#nodes[@]} = 1 ]
export KVCLI_DEVICE=${nodes[0]}
cd /tmp || exit

policy() { echo "$1" >/sys/class/nvme-subsystem/nvme-subsys0/iopolicy; }

seq 1 5000 | sed '1i n' >numbers
head -c 20000000 /dev/urandom >large
policy numa
check "a large store" kvcli store large large
check "is whole" cmp large <(kvcli retrieve large)
check "a small one" kvcli store numbers numbers
check "a select" says 12502500 kvcli select numbers --no-output-header 'SELECT sum(n) FROM s3object'

policy round-robin
head -c 20000000 /dev/zero >zeros
check "by turns, a store of one transfer" kvcli store small numbers
check "is whole" cmp numbers <(kvcli retrieve small)
check "a retrieve of many" cmp large <(kvcli retrieve large)
check "a store of many is status 5" status_is 5 kvcli store large zeros
check "and says that nothing was stored" grep -q 'nothing was stored' said
check "the value is what it was" cmp large <(kvcli retrieve large)
check "a select is status 5" status_is 5 kvcli select numbers 'SELECT sum(n) FROM s3object'
check "and says that the result is gone" grep -q 'no longer has the result' said

policy numa
check "one controller again: a large store" kvcli store large zeros
check "is whole" cmp zeros <(kvcli retrieve large)
check "and a select" says 12502500 kvcli select numbers --no-output-header 'SELECT sum(n) FROM s3object'
