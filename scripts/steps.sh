# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # what rings.sh shares with it
# The steps of `csd test` and `csd check`: what each does, what it is for, and the seconds it may take on two cores with warm
# caches. scripts/rings.sh runs them.

declare -A about=(
    [layout]="the sources are as clang-format leaves them, and include nothing by ../"
    [licence]="every source says its licence"
    [shell]="the scripts parse and shellcheck agrees with them"
    [pages]="blocks, links and named files of the pages and comments are what they say"
    [release]="gcc, as people run it: build, then every test"
    [demo]="./csd demo, on a new drive"
    [install]="what is installed works without the tree, and so do programs built against it"
    [qemu]="QEMU with the drive, driven from outside without a guest: behaviour, hostile commands, kill -9"
    [spdk]="SPDK: the drive behind its NVMe/TCP target, its libraries and transports, over loopback"
    [airmos]="the S3 node with other people's clients, on emulated drives, over NVMe/TCP and in the guest"
    [python]="the Python module: pytest, types, its wheel in a new environment, and its page"
    [walk]="a Linux guest with the stock nvme-cli: the guide, command by command"
    [docs]="every command of README and the guides, typed as it stands there, in an empty home directory"
    [bench]="the benchmarks build"
    [site]="the pages and the API reference as a site without dead links"
    [asan]="clang with AddressSanitizer and UndefinedBehaviorSanitizer: build, then every test"
    [fuzz]="each fuzzer for a while, from its corpus"
    [qemu-asan]="QEMU under AddressSanitizer: resets, cancelled queues and ends in the middle of work"
    [spdk-asan]="our parts of SPDK under AddressSanitizer: hosts and drives that go away in the middle of work"
    [tidy]="clang-tidy over what is not a test, remembered by content"
    [tsan]="clang with ThreadSanitizer: the tests that have threads"
    [guest]="the rest of the guest: the contract tests, kvcli, crashes and SPDK on the drive"
    [package]="the Debian packages: lintian, installed into a fresh Debian 12, used, started at boot in the guest, purged"
    [consistency]="every host of the drive and the S3 node, played against at random: is there an order that explains what was seen?"
)
declare -A budget=(
    [layout]=10 [licence]=5 [shell]=20 [pages]=5 [release]=180 [demo]=15 [install]=60 [qemu]=90 [spdk]=120 [airmos]=100 [python]=50 [walk]=40 [docs]=60
    [bench]=30 [site]=20 [asan]=180 [fuzz]=180 [qemu-asan]=120 [spdk-asan]=120 [tidy]=30 [tsan]=180 [guest]=600 [package]=180 [consistency]=300
)
test_order=(layout licence shell pages release demo qemu spdk install airmos python walk docs)
# tidy looks at what the steps asan and spdk-asan compiled.
check_order=(bench site asan fuzz qemu-asan spdk-asan tidy tsan guest package consistency)

# These have work for every processor. Of the others two run at a time, as they also wait: for guests, networks, time-outs.
alone=(release bench asan fuzz tidy tsan consistency)

# What each step of csd test looks at, for --changed: a change of one of these files calls for it. The engine and the command
# set are inside every host. The tests that ctest knows are chosen by what was compiled from the change (changed_tests).
engine='src/(base|nvme|device)/|include/csd/|cmake/|CMakeLists\.txt'
declare -A touched_by=(
    [layout]='\.(c|h|cc|hpp)$|^\.clang-format$'
    [licence]='.'
    [shell]='\.sh$|^csd$|^\.ci/|^scripts/hooks/|(^|/)(run|build|options|PIN)$|^guest/'
    [pages]='.'
    [docs]='\.md$|^tests/(docs|guest/inside)/'
    [demo]="^(scripts/(demo|fetch)\.sh|src/(kv|cli)/|$engine)"
    [install]="^(examples/|tests/install/|scripts/install\.sh|dist/|docs/man/|src/(cli|airmos)/CMakeLists\.txt|src/kv/|spdk/|qemu/|$engine)"
    [qemu]="^(qemu/|tests/qemu/|$engine)"
    [spdk]="^(spdk/|tests/(spdk|integration|contract|guest/inside)/|src/(kv|cli)/|$engine)"
    [airmos]="^(src/(airmos|kv)/|tests/airmos/|$engine)"
    [python]="^(python/|tests/python/|docs/python\.md|README\.md|src/kv/|$engine)"
    [walk]="^(guest/|qemu/|tests/guest/|docs/guide-qemu\.md|scripts/vm\.sh|$engine)"
)

step_layout() {
    local files complaints
    mapfile -t files < <(sources '\.(c|h|cc|hpp)$' | grep -v '^qemu/') # that is in QEMU's
    [ ${#files[@]} -gt 0 ] || return 0
    if grep -nE '^ *# *include *"\.\.?/' "${files[@]}"; then # would get around the layers of src/airmos/layer.cmake
        echo "an include names a file from src/ on, not from where it stands"
        return 1
    fi
    complaints=$(clang-format --dry-run -Werror "${files[@]}" 2>&1) && return 0
    sed -nE 's/^([^: ]+):[0-9].* code should be clang-formatted.*/\1/p' <<<"$complaints" | sort -u
    grep -E '^Error|unknown key' -m1 <<<"$complaints" || echo "these are not in layout; ./csd format puts them right"
    return 1
}

step_licence() {
    local files
    mapfile -t files < <(sources '(\.(c|h|cc|hpp|sh|py|cmake)|CMakeLists\.txt|^csd|^\.ci/run|^\.clang-.*|^guest/.*|^scripts/hooks/.*|^\.github/.*|^\.devcontainer/.*|(^|/)(run|build|options|PIN))$')
    local missing
    missing=$(for file in "${files[@]}"; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file: no SPDX-License-Identifier in its first lines"
    done)
    [ -z "$missing" ] || { echo "$missing" && return 1; }
}

step_shell() {
    local files
    mapfile -t files < <(sources '(\.sh|^csd|^\.ci/run|^guest/.*|^scripts/hooks/.*|(^|/)(run|build|options|PIN))$' | xargs grep -lE '^#!.*(ba)?sh|shellcheck shell=bash')
    local file
    for file in "${files[@]}"; do bash -n "$file" || return 1; done
    shellcheck --severity=warning -x "${files[@]}"
}

step_pages() { scripts/pages.sh; }

step_demo() {
    local drive status=0
    drive=$(mktemp -d)
    CSD_DEMO_DRIVE=$drive quietly ./csd demo || status=$?
    rm -rf "$drive"
    return $status
}

step_release() {
    build_preset release || return 1
    if [ "$changed" = 1 ] && ! choose_changed_tests; then return 0; fi # it was built, and no test is made of the change
    tests_of release "${only_changed[@]}"
}
step_install() { build_preset release && suite tests/install/run; }
step_qemu() { build_preset release && quietly qemu/build --tests && suite tests/qemu/run; }
step_spdk() { build_preset release && quietly spdk/build && suite tests/spdk/run --rest && suite tests/integration/run; }
step_airmos() { build_preset release && hosts && suite tests/airmos/run; }
step_python() { suite tests/python/run; }
step_walk() { build_preset release && hosts && suite tests/guest/run walk; }

step_docs() { build_preset release && hosts && suite tests/docs/run; }

step_bench() { build_preset bench; }
step_site() { quietly scripts/site/site_test.py && quietly ./csd docs; }
step_asan() { build_preset asan && tests_of asan; }
step_fuzz() { build_preset asan fuzzers && scripts/fuzz.sh build/asan/bin "$CSD_JOBS" $((long ? 300 : 20)); }
step_qemu-asan() { build_preset asan && quietly qemu/build --tests && quietly qemu/build --sanitize && suite tests/qemu/run --sanitize; }
step_spdk-asan() { build_preset asan && suite tests/spdk/run --sanitize; }
step_tidy() { scripts/tidy.sh build/asan "$CSD_JOBS"; }
step_tsan() {
    spdk_dir=$(spdk/build --sdk | tail -n 1) build_preset tsan threaded_tests && tests_of tsan --label-regex '^threads$'
}
step_guest() { build_preset release && hosts && suite tests/guest/run --rest; }
step_package() { build_preset release && hosts && suite tests/package/run; }
step_consistency() { build_preset release && hosts && suite tests/consistency/run; }

hosts() { quietly qemu/build && quietly spdk/build && quietly guest/build; }
