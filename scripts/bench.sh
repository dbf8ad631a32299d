# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd bench: the release build with the benchmarks, then bench/run with its directory; or bench/guest/run, in a guest.
need build bench
build_preset bench
if [ "${1:-}" = guest ]; then
    shift
    build_preset release programs
    qemu/build
    guest/build
    exec bench/guest/run "$@" build/bench
fi
exec bench/run build/bench "$@"
