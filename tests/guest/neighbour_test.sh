# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Block reads on another namespace of the controller end while the drive is busy with selects, or streams values. What they
# cost then is a row of bench/guest/run.
source tests/guest/fixture.sh

truncate -s 64M "$work/block"
guest --block "$work/block" -- bash neighbour.sh $((CSD_LONG ? 100000 : 1000))
