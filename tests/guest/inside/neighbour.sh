#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# neighbour.sh READS: so many block reads, beside selects and beside streams.
source /share/busy_drive.sh

reads() { # of as many as were asked for; field 6 of fio's line is the KiB that it read
    read_blocks --number_ios="$1" --io_size=1G && [ "$(cut -d ';' -f 6 /tmp/fio)" = $(($1 * 4)) ] || { cat /tmp/fio && return 1; }
}
check "eight selects run" begin_selects
check "blocks are read" reads "$1"
check "and the selects still run" selects_run
end_selects
for what in blocks values; do
    begin_stream $what
    check "blocks are read beside a stream of $what" reads "$1"
    check "and the stream goes on" stream_runs
    end_stream
done
