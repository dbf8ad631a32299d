# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What spdk/README.md tells a newcomer, command by command.
source tests/spdk/fixture.sh

port=$(free_port)
unset CSD_SPDK_NO_HUGE
sed "s/4420/$port/" spdk/README.md >"$work/README.md"
cd "$work"
# Its background processes end with it; the shell that types the page knows `rpc` as the page does.
more=$(share_processors)
export tools work more
cat >rpc_function <<'TEXT'
rpc() { PYTHONPATH=$tools/spdk/python:$tools/python python3 "$tools/scripts/rpc.py" -s "$PWD/rpc.sock" --plugin csd_rpc "$@"; }
nvmf_tgt() { exec setpriv --pdeathsig KILL "$tools/bin/nvmf_tgt" ${more:+"$more"} "$@"; }
TEXT
check "the page is right" env BASH_ENV="$work/rpc_function" bash "$tools/tests/console.sh" README.md target
