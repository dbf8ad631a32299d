# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd format: clang-format over the project's own sources.
need_packages clang-format=clang-format
mapfile -t files < <(sources '\.(c|h|cc|hpp)$')
clang-format -i "${files[@]}"
say "${#files[@]} files are in layout"
