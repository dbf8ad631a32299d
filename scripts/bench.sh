# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd bench: the release build with the benchmarks, then bench/run with its directory; or bench/guest/run, in a guest; or
# bench/spdk/run, polled, over TCP and in a guest; or bench/airmos/run, the S3 node beside nginx.
need build bench
build_preset bench
if [ "${1:-}" = guest ]; then
    shift
    build_preset release programs
    qemu/build
    guest/build
    exec bench/guest/run "$@" build/bench
fi
if [ "${1:-}" = spdk ]; then
    shift
    build_preset release programs
    spdk/build
    qemu/build
    guest/build
    quietly cmake -D CSD_SPDK_DIR="$(spdk/build --sdk | tail -n 1)" build/bench
    build_preset bench csd-bench-spdk
    exec bench/spdk/run "$@" build/bench
fi
if [ "${1:-}" = airmos ]; then
    shift
    need airmos-bench
    exec bench/airmos/run "$@" build/bench
fi
exec bench/run build/bench "$@"
