# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd bench: the release build with the benchmarks, then bench/run with its directory.
need build bench
build_preset bench
exec bench/run build/bench "$@"
