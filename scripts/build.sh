# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd build: the programs, in build/release/bin; `qemu` is QEMU with the drive, `guest` the guest that ./csd vm starts,
# `spdk` SPDK and what links with it. These three are of use with the programs, so they build them as well, unless
# targets of CMake are named beside them. `python` is the Python module and its wheel.

targets() { # the names a person may ask for, of all that ninja knows
    build_preset release help | sed -n 's/^\([a-z][A-Za-z0-9_-]*\): phony$/\1/p' |
        grep -vE '^(all|clean|test|install.*|edit_cache|rebuild_cache|list_install_components)$' | sort -u
}

own=() chosen=() # builds of their own; targets of CMake
for target in "$@"; do
    case $target in
        -h | --help) usage && exit 0 ;;
        -*) die "build: there is no option '$target'; ./csd help" 2 ;;
        qemu | guest | spdk) own+=("$target") ;;
        *) chosen+=("$target") ;;
    esac
done
[ ${#chosen[@]} -gt 0 ] || chosen=(programs)

need build
if [[ " ${chosen[*]} " == *" python "* ]]; then need python; fi
if [ "${chosen[*]}" != programs ]; then # before minutes go into what was spelled right
    known=$(targets)
    for target in "${chosen[@]}"; do
        grep -qxF -- "$target" <<<"$known" ||
            die "there is no target '$target'; there are: qemu guest spdk $(paste -sd' ' <<<"$known")" 2
    done
fi
build_preset release "${chosen[@]}"
for target in "${own[@]}"; do "$target/build"; done
if [[ " ${chosen[*]} " == *" python "* ]]; then say "the Python module and its wheel are in build/release/python"; fi
[ "${chosen[*]}" = python ] || say "the programs are in build/release/bin"
