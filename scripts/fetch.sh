# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Everything that comes from outside: Debian packages by name, npm packages by version and sha256.

# PACKAGE or PACKAGE=COMMAND: the latter counts as there when the command is, wherever it came from.
declare -A packages=(
    [build]="g++=g++ cmake=cmake ninja-build=ninja ccache=ccache npm=npm ca-certificates
        libcli11-dev libfmt-dev nlohmann-json3-dev libseccomp-dev libxxhash-dev zlib1g-dev libbz2-dev libzstd-dev
        liburing-dev libboost1.81-dev libpugixml-dev libssl-dev libgtest-dev libgmock-dev librapidcheck-dev"
    [test]="clang=clang++ clang-format=clang-format clang-tidy=clang-tidy lld=ld.lld libclang-rt-14-dev llvm=llvm-symbolizer
        shellcheck=shellcheck git=git pkg-config=pkg-config"
    [install-test]="abigail-tools=abidw python3=python3 pkg-config=pkg-config"
    [bench]="libbenchmark-dev"
    [qemu]="pkg-config=pkg-config python3=python3 python3-venv python3-pip patch=patch xz-utils=xz debian-archive-keyring
        zlib1g-dev libglib2.0-dev libslirp-dev seabios qemu-system-data ipxe-qemu"
    [spdk]="make=make meson=meson pkg-config=pkg-config python3=python3 xz-utils=xz debian-archive-keyring
        uuid-dev libaio-dev libssl-dev libnuma-dev"
    [demo]=""
    [coverage]="llvm=llvm-cov python3=python3"
    [docs]="doxygen=doxygen mkdocs=mkdocs python3=python3"
    [python]="python3=/usr/bin/python3 python3-dev python3-venv python3-pip python3-setuptools python3-wheel pybind11-dev python3-pytest
        python3-mypy"
    [airmos-bench]="nginx-light"
    [airmos-test]="awscli python3-boto3 s3cmd=s3cmd rclone=rclone curl=curl nodejs=node npm=npm openssl=openssl"
    [package]="debhelper=dh dh-python=dh_python3"
    [package-test]="systemd=systemd-analyze lintian=lintian mmdebstrap=mmdebstrap e2fsprogs=mke2fs"
    [vm]="mmdebstrap=mmdebstrap cpio=cpio kmod=depmod xz-utils=xz e2fsprogs=mke2fs seabios qemu-system-data
        qemu-system-common"
)

missing_packages() { # PACKAGE...
    local want installed
    installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' 2>/dev/null) "
    for want in "$@"; do
        if [[ $want == *=* ]] && command -v "${want#*=}" >/dev/null; then continue; fi
        if [[ $installed == *" installed=${want%%=*} "* ]]; then continue; fi
        printf '%s\n' "${want%%=*}"
    done
}

need_packages() { # PACKAGE...
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    local by_hand="apt-get install --no-install-recommends ${missing[*]}"
    command -v apt-get >/dev/null ||
        die "this needs Debian 12 or a relative with apt-get; missing here: ${missing[*]}"
    [ "${CSD_NO_INSTALL:-0}" != 1 ] || die "CSD_NO_INSTALL=1 is set; first run as root: $by_hand"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "not root and no sudo here; ask someone who is root to run: $by_hand"
        as_root=(sudo)
    fi
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    # The first try uses the package lists that are there; only a machine without them, or with old ones, updates.
    apt_install "${missing[@]}" >/dev/null 2>&1 && return 0
    quietly "${as_root[@]}" apt-get update -q || die "apt-get update failed; is there a network?"
    quietly apt_install "${missing[@]}" || die "apt-get could not install them; run by hand: $by_hand"
}

apt_install() { # PACKAGE...; as_root is need_packages's
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$@" </dev/null
}

duckdb_bindings='@duckdb/node-bindings-linux-x64@1.5.6-r.1'
duckdb_bindings_sha=1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff
duckdb_library_sha=3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633
duckdb_source='duckdb@1.4.4'
duckdb_source_sha=5bb967dcbcd517670ba5f169f238fb9d6787e53752c60ebe24386169d76941ed
duckdb_header_sha=cbe6a827284375c5a646b8f27dbd3a00808ce8738b5bbb49c190cb1e08540281
vega='vega-datasets@3.2.1'
vega_sha=6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3

javascript=tests/airmos/js # package-lock.json there has the version and the sha512 of every package

key_of() { printf '%s\n' "$@" | sha256sum | cut -c1-12; }
duckdb_dir() { printf '%s/duckdb-%s' "$CSD_CACHE" "$(key_of $duckdb_bindings_sha $duckdb_source_sha)"; }
vega_dir() { printf '%s/vega-%s' "$CSD_CACHE" "$(key_of $vega_sha)"; }
javascript_dir() { printf '%s/javascript-%s' "$CSD_CACHE" "$(key_of "$(cat $javascript/package-lock.json)")"; }

same_sha() { [ "$(sha256sum "$2" 2>/dev/null | cut -d' ' -f1)" = "$1" ]; } # SHA256 FILE

# Fetches one npm package without running anything of it, checks it, and unpacks some of its files.
npm_unpack() { # NAME@VERSION SHA256 DIRECTORY FILE...
    local package=$1 sha=$2 into=$3 tgz
    shift 3
    command -v npm >/dev/null || die "npm is missing; run ./csd deps build"
    say "fetching $package"
    npm_config_update_notifier=false quietly npm pack --silent --pack-destination "$into" "$package" ||
        die "npm could not fetch $package; by hand: npm pack $package"
    tgz=$(echo "$into"/*.tgz)
    same_sha "$sha" "$tgz" || die "$package is not the file this project pins (sha256 $sha); nothing was kept"
    tar -xzf "$tgz" -C "$into" --no-same-owner "$@"
    rm "$tgz"
}

# Fills a directory of the cache all at once: FILLER writes into a temporary one, which then takes the name.
cached() { # DIRECTORY FILLER
    local dir=$1 filler=$2
    if [ -f "$dir/SHA256SUMS" ] && (cd "$dir" && sha256sum --check --status SHA256SUMS); then return 0; fi
    mkdir -p "$CSD_CACHE"
    (
        flock 9 # another csd may be at the same
        [ ! -f "$dir/SHA256SUMS" ] || (cd "$dir" && ! sha256sum --check --status SHA256SUMS) || exit 0
        fresh=$(mktemp -d "$dir.XXXXXX")
        trap 'rm -rf "$fresh"' EXIT
        "$filler" "$fresh"
        (cd "$fresh" && sha256sum -- * >SHA256SUMS)
        chmod 755 "$fresh"
        rm -rf "$dir"
        mv "$fresh" "$dir"
    ) 9>"$CSD_CACHE/.lock"
}

fill_duckdb() { # DIRECTORY
    npm_unpack "$duckdb_bindings" $duckdb_bindings_sha "$1" package/libduckdb.so package/LICENSE
    npm_unpack "$duckdb_source" $duckdb_source_sha "$1" package/src/duckdb/src/include/duckdb.h
    mv "$1/package/libduckdb.so" "$1/package/LICENSE" "$1/package/src/duckdb/src/include/duckdb.h" "$1"
    rm -r "$1/package"
    same_sha $duckdb_library_sha "$1/libduckdb.so" || die "libduckdb.so is not the file this project pins"
    same_sha $duckdb_header_sha "$1/duckdb.h" || die "duckdb.h is not the file this project pins"
}

fill_vega() { # DIRECTORY
    npm_unpack "$vega" $vega_sha "$1" \
        package/data/airports.csv package/data/movies.json package/data/flights-3m.parquet
    mv "$1"/package/data/* "$1"
    rm -r "$1/package"
}

# The clients of JavaScript, as one archive: there are thousands of files.
fill_javascript() { # DIRECTORY
    say "fetching the packages of $javascript/package-lock.json"
    cp $javascript/package.json $javascript/package-lock.json "$1"
    (cd "$1" && npm_config_update_notifier=false quietly npm ci --silent --ignore-scripts --no-audit --no-fund) ||
        die "npm could not fetch the packages; by hand: cd $javascript && npm ci"
    tar -cf "$1/node_modules.tar" -C "$1" node_modules
    rm -r "$1/node_modules" "$1/package.json" "$1/package-lock.json"
}

need() { # KIND...
    local kind
    for kind in "$@"; do
        [ -n "${packages[$kind]+known}" ] || die "there is no kind '$kind'; there are: ${!packages[*]}" 2
    done
    # shellcheck disable=SC2046,SC2086 # the lists are words
    need_packages $(for kind in "$@"; do echo ${packages[$kind]}; done)
    for kind in "$@"; do
        case $kind in
            build) cached "$(duckdb_dir)" fill_duckdb ;;
            demo) cached "$(vega_dir)" fill_vega ;;
            airmos-test) cached "$(javascript_dir)" fill_javascript ;;
        esac
    done
}
