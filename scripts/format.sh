# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd format: clang-format over the project's own sources.
takes_no_arguments format "$@"
need_packages clang-format=clang-format
mapfile -t files < <(sources '\.(c|h|cc|hpp)$' | grep -v '^qemu/') # that is in QEMU's
for _ in {1..30}; do # a list inside a macro settles by one line in each pass
    clang-format -i "${files[@]}"
    clang-format --dry-run -Werror "${files[@]}" 2>/dev/null && break
done
say "${#files[@]} files are in layout"
