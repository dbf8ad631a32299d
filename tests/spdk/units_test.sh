# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The unit tests of what is built with SPDK: ctest of a tree that was configured without it does not have them.
source tests/spdk/fixture.sh

for program in csd_spdk_test csd_spdk_scattered_test bdev_csd_test bdev_io_test csd_spdk_env_test; do
    "$program" --gtest_brief=1 >"$work/said" 2>&1 || { cat "$work/said" && exit 1; }
    check "$program ran its tests" grep -qE '[1-9][0-9]* tests? from .* ran' "$work/said"
    echo "measured: $program, $(grep -oE '[0-9]+ tests? from' "$work/said" | head -n 1 | cut -d' ' -f1) tests"
done
