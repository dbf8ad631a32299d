# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd build: the programs, in build/release/bin; `qemu` is QEMU with the drive, `guest` the guest that ./csd vm starts,
# `spdk` SPDK and what links with it.

targets() { # the names a person may ask for, of all that ninja knows
    build_preset release help | sed -n 's/^\([a-z][A-Za-z0-9_-]*\): phony$/\1/p' |
        grep -vE '^(all|clean|test|install.*|edit_cache|rebuild_cache|list_install_components)$' | sort -u
}

need build
[ $# -gt 0 ] || set -- programs
for target in "$@"; do # those that have a build of their own; the others are CMake's
    shift
    case $target in qemu | guest | spdk) "$target/build" ;; *) set -- "$@" "$target" ;; esac
done
[ $# -gt 0 ] || exit 0
if [ "$*" != programs ]; then
    known=$(targets)
    for target in "$@"; do
        grep -qxF -- "$target" <<<"$known" ||
            die "there is no target '$target'; there are: qemu guest spdk $(paste -sd' ' <<<"$known")" 2
    done
fi
build_preset release "$@"
say "the programs are in build/release/bin"
