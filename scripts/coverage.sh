# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd coverage: what the tests of the step release run, counted by clang. Prints a table, and leaves each source
# with its counts in build/coverage/html.
takes_no_arguments coverage "$@"
need build test coverage

build_quiet=1 build_preset coverage
dir=build/coverage
rm -rf $dir/profiles $dir/html # the build ran the test programs to list their tests
say "running the tests; this takes minutes"
quietly ctest --preset coverage --parallel "$CSD_JOBS" --no-tests=error --label-exclude '^long$' ||
    die "a test failed, so there is no figure; to repeat it: ctest --preset coverage --rerun-failed"
llvm-profdata merge --sparse -o $dir/tests.profdata $dir/profiles/*.profraw

# What people run; the test programs count for the code that they share with these.
objects=("$dir/bin/kvcli" --object "$dir/bin/airmos" --object "$dir/bin/csd-query-worker" --object "$dir/lib/libcsd.so")
ours=(--instr-profile "$dir/tests.profdata" --ignore-filename-regex '(_test\.cc|^/usr/.*|/tests/.*)$')
llvm-cov show "${objects[@]}" "${ours[@]}" --format html --output-dir $dir/html
llvm-cov export "${objects[@]}" "${ours[@]}" --summary-only | scripts/coverage_table.py
say "each source with its counts: $dir/html/index.html"
