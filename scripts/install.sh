# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd install: the programs, libcsd and what finds it, built and put under a prefix.

prefix=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?"--prefix needs a directory"} && shift ;;
        --prefix=*) prefix=${1#*=} ;;
        -h | --help)
            echo "usage: ./csd install --prefix DIR        such as /usr/local; DESTDIR in the environment goes before it"
            exit 0
            ;;
        *) die "install: there is no option '$1'; it takes --prefix DIR" 2 ;;
    esac
    shift
done
[ -n "$prefix" ] || die "say where to: ./csd install --prefix DIR" 2
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac

need build
build_preset release programs
# After ./csd build spdk the build knows SPDK, and what links with it goes along; so does QEMU after ./csd build qemu.
if ninja -C build/release -t query spdk_programs >/dev/null 2>&1; then build_preset release spdk_programs; fi
quietly cmake --install build/release --prefix "$prefix"
say "installed under ${DESTDIR:-}$prefix; build/release/install_manifest.txt lists the files"
