# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd clean: what was built goes, what was fetched stays.
takes_no_arguments clean "$@"
rm -rf build
say "build/ is gone; the cache is in $CSD_CACHE"
