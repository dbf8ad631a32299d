#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The one entry to everything a person or CI does with this tree. Each verb is a file of scripts/.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
source scripts/lib.sh

usage() {
    cat <<'TEXT'
usage: ./csd VERB [ARGUMENT...]

  demo              store real CSV, JSON and Parquet files on an emulated drive and ask it questions
  build [TARGET...] build the programs into build/release/bin. TARGET: qemu, guest and spdk, which come with the
                    programs, python, or any target of CMake
  install --prefix DIR
                    put the programs, libcsd and what finds it under DIR
  package [NAME...] Debian packages of all of it, in build/packages (./csd package --help)
  test [--changed] [STEP...]
                    does it work here? All of it as people use it, or only some steps (./csd test --help); --changed runs
                    only what the changes since the last commit touch
  check [STEP...]   what a maintainer needs beyond that: sanitizers, clang-tidy, fuzzing, the whole guest, consistency
                    (./csd check --help). CI runs both. --long adds the large scales to either
  vm [OPTION...] [-- COMMAND]
                    a Linux guest with the drive: a shell, or one command in it (./csd vm --help)
  bench [ARG...]    build the benchmarks and run them; arguments go to bench/run
  bench guest [ARG...]
                    the same in a guest, beside a block namespace; arguments go to bench/guest/run
  bench spdk [ARG...]
                    through SPDK, beside its block namespaces; arguments go to bench/spdk/run
  bench airmos [ARG...]
                    the S3 node beside nginx; arguments go to bench/airmos/run
  coverage          how much of the sources the tests run, as a table, and by line in build/coverage/html
  docs              the pages and the API reference as a site in build/docs/site; a dead link is a failure
  format            rewrite the sources in the project's layout (clang-format)
  deps [KIND...]    only install and fetch what is needed (KIND: build, test, bench, demo, python, docs, coverage)
  clean             remove build/; the cache stays
  help              this text

Each verb installs what it needs (Debian packages with apt-get, DuckDB with npm) and is quick when nothing is to do.
CSD_CACHE        where fetched and compiled things are kept (~/.cache/csd)
CSD_JOBS         how many compilers and tests run at once (the number of processors)
CSD_NO_INSTALL=1 never call apt-get; say what is missing instead
TEXT
}

verb=${1:-help}
[ $# -eq 0 ] || shift
# shellcheck source=/dev/null
case $verb in
    test | check) source scripts/rings.sh ;;
    demo | build | install | package | vm | bench | coverage | docs | format | deps | clean) source "scripts/$verb.sh" ;;
    help | -h | --help) usage ;;
    -*)
        usage >&2
        die "there is no option '$verb' before the verb" 2
        ;;
    *)
        usage >&2
        die "there is no verb '$verb'" 2
        ;;
esac
