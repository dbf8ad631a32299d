# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Fetches what spdk/PIN names, by a configuration of apt that leaves the machine's own alone, compiles it unmodified and
# keeps what programs are made of. Read by spdk/build after scripts/lib.sh.

source spdk/PIN
source scripts/debian.sh

# corei7: the emulated processors of guests have no AVX-512, and DPDK refuses to start where its build wants more than
# the processor has. The rest is left out because nothing here uses it.
spdk_configure=(--target-arch=corei7 --disable-tests --disable-unit-tests --disable-examples --without-vhost
    --without-virtio --without-isal)
# SPDK's iSCSI server brings an arc4random of its own unless told that libc has one, as Debian 12's has.
spdk_cflags='-DHAVE_ARC4RANDOM'

spdk_tree() { # where the compiled tree lies
    printf '%s/spdk-%s' "$CSD_CACHE" \
        "$(key_of $spdk_orig_sha "${spdk_configure[@]}" "$spdk_cflags" "$(gcc -dumpfullversion)" "$(declare -f fill_spdk build_steps collect_spdk)")"
}

fill_spdk() { # DIRECTORY
    local apt work=$1.work
    mkdir "$work" "$work/spdk"
    say "fetching SPDK's source, 148 MB"
    private_apt "$work" "deb-src [$signed_by] $debian trixie main" "deb-src [$signed_by] $debian-security trixie-security main"
    # A mirror without the small .dsc makes apt-get fail although the tarball came: the sum is what counts.
    (cd "$work" && apt-get "${apt[@]}" source --download-only --tar-only "$spdk_package") >"$work/log" 2>&1 || true
    if ! same_sha "$spdk_orig_sha" "$work/$spdk_orig"; then
        tail -n 5 "$work/log" >&2
        die "Debian trixie's source package $spdk_package did not bring the $spdk_orig that spdk/PIN names; is there a network? \
SPDK_DIR=DIR ./csd build spdk takes an SPDK that you built"
    fi
    tar -xJf "$work/$spdk_orig" -C "$work/spdk" --strip-components=3 --no-same-owner --wildcards "*/$spdk_inside/*"
    rm "$work/$spdk_orig"
    compile_spdk "$work/spdk"
    collect_spdk "$work/spdk" "$1"
    rm -r "$work"
}

compile_spdk() { # DIRECTORY
    local launcher=
    if command -v ccache >/dev/null; then
        export CCACHE_DIR=$CSD_CACHE/ccache CCACHE_BASEDIR=$1 CCACHE_MAXSIZE=5G
        launcher='ccache '
    fi
    say "building SPDK and its DPDK"
    (cd "$1" && build_steps "$launcher") || die "SPDK could not be built"
}

build_steps() { # COMPILER LAUNCHER
    export CC="${1}gcc" CXX="${1}g++" CFLAGS=$spdk_cflags
    unset LDFLAGS MAKEFLAGS
    quietly ./configure "${spdk_configure[@]}" &&
        quietly make include/spdk/config.h &&
        quietly make -C dpdkbuild MAKE_NUMJOBS="-j$CSD_JOBS" &&
        quietly make -C lib -j "$CSD_JOBS" && # before module: one make of both fails
        quietly make -C module -j "$CSD_JOBS"
}

# A tree that looks like a built SPDK, without what only its own build needs.
collect_spdk() { # BUILT KEPT
    mkdir -p "$2/build/lib" "$2/dpdk/build/lib" "$2/scripts" "$2/app/nvmf_tgt"
    cp -r "$1/include" "$2"
    cp "$1"/build/lib/*.a "$2/build/lib"
    cp -rL "$1/dpdk/build/include" "$2/dpdk/build"
    cp "$1"/dpdk/build/lib/*.a "$2/dpdk/build/lib"
    cp -r "$1/scripts/rpc.py" "$1/scripts/rpc" "$2/scripts"
    cp "$1/app/nvmf_tgt/nvmf_main.c" "$2/app/nvmf_tgt"
    cp "$1/LICENSE" "$2"
    cp -r "$1/dpdk/license" "$2/dpdk"
    strip --strip-debug "$2"/build/lib/*.a "$2"/dpdk/build/lib/*.a
}
