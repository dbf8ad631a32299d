# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What every verb of csd shares: how it speaks, where it caches, how it builds a preset.

export CSD_CACHE=${CSD_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/csd}
case $CSD_CACHE in /*) ;; *) CSD_CACHE=$PWD/$CSD_CACHE ;; esac
export CSD_JOBS=${CSD_JOBS:-$(nproc)}

say() { printf 'csd: %s\n' "$*"; }

die() { # SENTENCE [EXIT STATUS]
    printf 'csd: %s\n' "$1" >&2
    exit "${2:-1}"
}

# For a verb without arguments: an argument that is ignored is a mistake that nobody notices.
takes_no_arguments() { # VERB [ARGUMENT...]
    case ${2:-} in
        '') ;;
        -h | --help) usage && exit 0 ;;
        -*) die "$1: there is no option '$2'; ./csd help" 2 ;;
        *) die "$1 takes no argument, and '$2' is one; ./csd help" 2 ;;
    esac
}

# The project's own files, one a line; a copy without git (an unpacked archive) works as well.
sources() { # [GREP EXTENDED PATTERN]
    { git ls-files --cached --others --exclude-standard 2>/dev/null ||
        find . -type f -not -path './.git/*' -not -path './build/*' -printf '%P\n'; } |
        sort -u | grep -E "${1:-.}" | while read -r file; do
        if [ -f "$file" ]; then printf '%s\n' "$file"; fi
    done
}

# Runs something long and quiet; its output is shown only when it fails.
quietly() { # COMMAND...
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# Configures a preset (again, when its inputs changed) and builds it; ninja decides what is to do.
# `build_quiet=1` shows only what goes wrong; `spdk_dir` is the SPDK to build with, if the preset is to have one.
build_preset() { # PRESET [TARGET...]
    local preset=$1
    shift
    local flags=(-D "CSD_DUCKDB_DIR=$(duckdb_dir)" ${spdk_dir:+-D "CSD_SPDK_DIR=$spdk_dir"})
    if command -v ccache >/dev/null; then
        # Where the tree lies makes no difference to what is compiled, not even with line tables for sanitizers.
        export CCACHE_DIR=$CSD_CACHE/ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=5G
        flags+=(-D CMAKE_C_COMPILER_LAUNCHER=ccache -D CMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    mkdir -p build
    { # two builds of one directory wait for each other
        flock 9
        quietly cmake --preset "$preset" "${flags[@]}" && ninja -C "build/$preset" -j "$CSD_JOBS" ${build_quiet:+--quiet} "$@"
    } 9>"build/.$preset.lock"
}

source scripts/fetch.sh
