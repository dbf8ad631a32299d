# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034 # read by the source.sh of qemu and of spdk
# How the builds of qemu/ and spdk/ fetch sources of Debian and keep trees in the cache. Read by their source.sh after
# scripts/lib.sh.

# Leaves the options for apt in the array `apt`, and fresh lists in DIRECTORY.
private_apt() { # DIRECTORY "LINE OF sources.list"...
    local dir=$1
    shift
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    printf '%s\n' "$@" >"$dir/sources.list"
    apt=(-q -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$dir/lists"
        -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User= -o Debug::NoLocking=1)
    quietly apt-get "${apt[@]}" update || die "apt-get could not read the lists of deb.debian.org; is there a network?"
}

signed_by='signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'
debian='http://deb.debian.org/debian'

# Like `cached` of scripts/fetch.sh for a tree: the name appears when all of it is there.
cached_tree() { # DIRECTORY FILLER
    [ ! -d "$1" ] || return 0
    mkdir -p "$CSD_CACHE"
    (
        flock 9
        [ ! -d "$1" ] || exit 0
        fresh=$(mktemp -d "$1.XXXXXX")
        trap 'rm -rf "$fresh" "$fresh.work"' EXIT
        "$2" "$fresh"
        chmod 755 "$fresh"
        mv "$fresh" "$1"
    ) 9>"$CSD_CACHE/.lock"
}
