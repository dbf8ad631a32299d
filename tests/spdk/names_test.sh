# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the library for SPDK programs defines begins with csd, so that it collides with no name of SPDK, today's or a later
# one's: spdk_nvme_kv_ is SPDK's from 26.05 on.
source tests/spdk/fixture.sh

# Templates and inline functions of the C++ library come weak, from wherever they are used.
nm --defined-only --extern-only "$tools/lib/libcsd_spdk.a" | awk 'NF == 3 && $2 ~ /^[TDBRGSC]$/ {print $3}' | sort -u >"$work/names"
check "the library defines its verbs" grep -qx csd_nvme_kv_store "$work/names"
check "of both levels" grep -qx csd_bdev_kv_store "$work/names"
grep -vE '^(csd_|_ZT?[A-Z]*N?K?3csd)' "$work/names" >"$work/others" || true
check "and nothing of another name" not grep . "$work/others"
