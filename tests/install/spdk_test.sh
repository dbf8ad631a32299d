# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What is installed of SPDK, outside of the tree: the target serves a drive, and kvcli, a C++ client and an SPDK program use it.
#
#     bash tests/install/spdk_test.sh PREFIX CPP_CLIENT SPDK_HOST...
#
# CPP_CLIENT and the SPDK_HOSTs are examples/cpp-client and examples/spdk-host, built against PREFIX.
prefix=$1 cpp_client=$2
shift 2
# shellcheck disable=SC2034 # fixture.sh uses it
rpc_script=$(spdk/build --sdk | tail -n 1)/scripts/rpc.py
source tests/spdk/fixture.sh

# The fixture's names for what is installed.
ln -s "$prefix/bin/csd-nvmf-tgt" "$work/nvmf_tgt"
PATH=$work:$PATH
rpc() { PYTHONPATH=$prefix/share/csd/spdk python3 "$rpc_script" -s "$work/rpc.sock" -t 30 --plugin csd_rpc "$@"; }

write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
check "the plug-in of rpc.py knows the drive" grep -q "$work/drive" <<<"$(rpc bdev_csd_get kv0)"
spoken() { "$@" | tail -n 1; } # whose greeting goes to standard output
for spdk_host in "$@"; do
    check "an SPDK program selects over NVMe/TCP" says Ford spoken "$spdk_host" \
        "trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:$port subnqn:$nqn"
done
check "kvcli loads the installed transports" says cars "$prefix/bin/kvcli" --device "$device" list
check "and so does a program elsewhere" says '{"make":"Ford","price":100}' "$cpp_client" "$device"
stop_target
