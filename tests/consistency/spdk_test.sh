# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd-consistency on the drive as a bdev, in its own process or behind SPDK's target, with a slow file system:
#
#     spdk_test.sh bdev|tcp OPERATIONS [OPTION...]
#
# All clients of a bdev are one controller, so only a run with one of them stores in pieces.
host=$1 operations=$2
shift 2
build_quiet=1
source scripts/lib.sh
quietly spdk/build || die "SPDK cannot be built"
# shellcheck disable=SC2034 # fixture.sh uses it
rpc_script=$(sed -n 's/^CSD_SPDK_DIR:PATH=//p' build/release/CMakeCache.txt)/scripts/rpc.py
if [ -d /dev/shm ]; then export TMPDIR=/dev/shm; fi
export PATH=$PWD/build/release/bin:$PATH
source tests/spdk/fixture.sh

delays=$PWD/build/release/lib/libcsd-delay-file-system.so
if [ "$host" = bdev ]; then
    mkdir "$work/drive"
    echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [$(create_call Csd0 "$work/drive")]}]}" >"$work/bdev.json"
    device=bdev:Csd0@$work/bdev.json
    slow=(--delays 1)
else
    write_config "$(create_call kv0 "$work/drive")"
    # For the target alone. rpc.py and the client read no drive.
    CSD_DELAY_FILE_SYSTEM=1 LD_PRELOAD=$delays start_target "$work/config.json"
    slow=()
fi
# Each command waits for the target's turn on the processor, so those come more often that need no file.
usual=(--mix "store=1200,append=200,guarded=200,lengthen=20,delete=400,compose=300,describe=2000,range=2000,exist=1200,list=600")
csd-consistency "$device" --operations $((operations / 2)) --threads 1 --depth 6 --groups 8 "${usual[@]}" "${slow[@]}" "$@"
csd-consistency "$device" --operations $((operations / 2)) --threads 2 --depth 3 --groups 8 --no-pieces "${usual[@]}" "${slow[@]}" "$@"
[ "$host" = bdev ] || stop_target
