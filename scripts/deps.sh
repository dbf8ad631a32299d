# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd deps: installs and fetches, builds nothing.
[ $# -gt 0 ] || set -- build test bench demo
need "$@"
say "all that $* needs is here; DuckDB is in $(duckdb_dir)"
