# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# SPDK_DIR, an SPDK of the user's: what is no built SPDK is refused with a sentence, before anything is installed or built.
source tests/spdk/fixture.sh

refused() { # WORDS DIRECTORY
    status_is 1 env SPDK_DIR="$2" spdk/build && { grep -qF -- "$1" "$work/said" || { cat "$work/said" && return 1; }; }
}
own=$work/spdk
check "a directory that is not there" refused "there is no directory '$own'" "$own"
mkdir -p "$own/include/spdk" "$own/build/lib" "$own/app/nvmf_tgt"
check "a directory without SPDK" refused "'$own' has no include/spdk/version.h" "$own"
touch "$own/include/spdk/version.h"
check "one that was not configured" refused "has no include/spdk/config.h; build SPDK there first" "$own"
touch "$own/include/spdk/config.h"
check "one that was not built" refused "has no build/lib/libspdk_nvme.a; build SPDK there first" "$own"
check "nothing was made" test ! -e build
