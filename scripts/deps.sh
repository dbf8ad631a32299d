# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd deps: installs and fetches, builds nothing.
case ${1:-} in
    -h | --help) usage && exit 0 ;;
    -*) die "deps: there is no option '$1'; ./csd help" 2 ;;
esac
[ $# -gt 0 ] || set -- build test bench demo
need "$@"
say "all that $* needs is here; DuckDB is in $(duckdb_dir)"
