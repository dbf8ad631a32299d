# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd test: the steps of CI in order. It stops at the first that fails, says how to repeat it, and ends with the totals.

declare -A about=(
    [layout]="the sources are as clang-format leaves them"
    [licence]="every source says its licence"
    [shell]="the scripts parse and shellcheck agrees with them"
    [release]="gcc, as people run it: build, then every test"
    [demo]="./csd demo, on a new drive"
    [bench]="the benchmarks build"
    [asan]="clang with AddressSanitizer and UndefinedBehaviorSanitizer: build, then every test"
    [tidy]="clang-tidy over what is not a test, remembered by content"
    [tsan]="clang with ThreadSanitizer: the tests that have threads"
    [fuzz]="each fuzzer for a while, from its corpus"
    [qemu]="QEMU with the drive, driven from outside without a guest: behaviour, hostile commands, kill -9"
    [qemu-asan]="the same under AddressSanitizer: resets, cancelled queues and ends in the middle of work"
    [consistency]="every host of the drive and the S3 node, played against at random: is there an order that explains what was seen?"
    [airmos]="the S3 node with other people's clients, on emulated drives, over NVMe/TCP and in the guest"
    [spdk]="SPDK: the drive behind its NVMe/TCP target, its libraries and transports, over loopback"
    [spdk-asan]="our parts of the same under AddressSanitizer: hosts and drives that go away in the middle of work"
    [guest]="a Linux guest: the stock nvme-cli, the contract tests, kvcli and SPDK on the drive"
)
# tidy looks at what the steps asan and spdk-asan compiled.
order=(layout licence shell release demo bench asan fuzz qemu qemu-asan spdk spdk-asan tidy tsan guest airmos consistency)
export build_quiet=1

# The sanitizers of gcc 12 and clang 14 do not start where addresses are randomised by more than 28 bits.
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 32)" -gt 28 ] && [ -z "${csd_steady:-}" ] &&
    setarch -R true 2>/dev/null; then
    csd_steady=1 exec setarch -R "$PWD/csd" test "$@"
fi
long=0 chosen=()
passed=0 failed=0 skipped=0

step_layout() {
    local complaints
    complaints=$(sources '\.(c|h|cc|hpp)$' | grep -v '^qemu/' | # that is in QEMU's
        xargs clang-format --dry-run -Werror 2>&1) && return 0
    sed -nE 's/^([^: ]+):[0-9].* code should be clang-formatted.*/\1/p' <<<"$complaints" | sort -u
    grep -E '^Error|unknown key' -m1 <<<"$complaints" || echo "these are not in layout; ./csd format puts them right"
    return 1
}

step_licence() {
    local files
    mapfile -t files < <(sources '(\.(c|h|cc|hpp|sh|py|cmake)|CMakeLists\.txt|^csd|^\.ci/run|^\.clang-.*|^guest/.*|(^|/)(run|build|options|PIN))$')
    local missing
    missing=$(for file in "${files[@]}"; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file: no SPDX-License-Identifier in its first lines"
    done)
    [ -z "$missing" ] || { echo "$missing" && return 1; }
}

step_shell() {
    local files
    mapfile -t files < <(sources '(\.sh|^csd|^\.ci/run|^guest/.*|(^|/)(run|build|options|PIN))$' | xargs grep -lE '^#!.*(ba)?sh|shellcheck shell=bash')
    local file
    for file in "${files[@]}"; do bash -n "$file" || return 1; done
    shellcheck --severity=warning -x "${files[@]}"
}

step_release() { build_preset release && tests_of release; }
step_bench() { build_preset bench; }
step_asan() { build_preset asan && tests_of asan; }
step_tidy() { scripts/tidy.sh build/asan "$CSD_JOBS"; }
step_tsan() {
    build_preset tsan csd-query-worker && # also configures
        quietly cmake -D CSD_SPDK_DIR="$(spdk/build --sdk | tail -n 1)" build/tsan &&
        build_preset tsan threaded_tests && tests_of tsan --label-regex '^threads$'
}
step_fuzz() { build_preset fuzz fuzzers && scripts/fuzz.sh build/fuzz/bin "$CSD_JOBS" $((long ? 300 : 20)); }

step_qemu() { build_preset release && qemu/build --tests && suite tests/qemu/run; }
step_qemu-asan() { build_preset asan && qemu/build --tests && qemu/build --sanitize && suite tests/qemu/run --sanitize; }
step_airmos() { build_preset release && qemu/build && spdk/build && guest/build && suite tests/airmos/run; }
step_consistency() { build_preset release && spdk/build && qemu/build && guest/build && suite tests/consistency/run; }
step_spdk() { build_preset release && spdk/build && suite tests/spdk/run --rest && suite tests/integration/run; }
step_spdk-asan() { build_preset asan && suite tests/spdk/run --sanitize; }
step_guest() { build_preset release && qemu/build && spdk/build && guest/build && suite tests/guest/run; }

step_demo() {
    local drive status=0
    drive=$(mktemp -d)
    CSD_DEMO_DRIVE=$drive quietly ./csd demo || status=$?
    rm -rf "$drive"
    return $status
}

# Runs the tests of a built preset; what ctest counted is added to the totals.
tests_of() { # PRESET [CTEST OPTION...]
    local dir=build/$1 status=0 scale=(--label-exclude '^long$')
    if [ $long = 1 ]; then scale=() && export CSD_LONG=1; fi
    rm -f "$dir/tests.xml"
    ctest --preset "$1" --parallel "$CSD_JOBS" --no-tests=error --output-junit "$PWD/$dir/tests.xml" "${scale[@]}" "${@:2}" \
        >"$dir/tests.log" 2>&1 || status=$?
    local ran bad left_out
    ran=$(count tests "$dir/tests.xml") bad=$(count failures "$dir/tests.xml")
    left_out=$(($(count skipped "$dir/tests.xml") + $(count disabled "$dir/tests.xml")))
    passed=$((passed + ran - bad - left_out)) failed=$((failed + bad)) skipped=$((skipped + left_out))
    echo "$ran tests: $((ran - bad - left_out)) passed, $bad failed, $left_out skipped"
    [ $status = 0 ] || { grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed )' "$dir/tests.log" | tail -n 200; }
    return $status
}

# Runs a suite that counts for itself: its last line is `N passed, M failed`.
suite() { # PROGRAM [OPTION...]
    local log status=0 totals
    log=build/$(basename "$(dirname "$1")").log
    [ $long = 0 ] || set -- "$@" --long
    "$@" >"$log" 2>&1 || status=$?
    totals=$(grep -oE '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
    [ -n "$totals" ] || { tail -n 200 "$log" && return 1; }
    echo "$totals"
    read -r ran _ bad _ <<<"$totals"
    passed=$((passed + ran)) failed=$((failed + bad))
    [ "$ran" -gt 0 ] && [ "$bad" = 0 ] && [ $status = 0 ] || { tail -n 200 "$log" && return 1; }
}

count() { # ATTRIBUTE FILE: a number of the first element that ctest writes
    local number
    number=$(grep -oE -m1 "^[[:space:]]*$1=\"[0-9]+\"" "$2" 2>/dev/null | grep -oE '[0-9]+')
    echo "${number:-0}"
}

finish() {
    local rest=
    [ $skipped = 0 ] || rest=", $skipped skipped"
    echo "$passed passed, $failed failed$rest"
}

while [ $# -gt 0 ]; do
    case $1 in
        --long) long=1 ;;
        -h | --help)
            echo "usage: ./csd test [--long] [STEP...]; the steps, in order:"
            for step in "${order[@]}"; do printf '  %-9s %s\n' "$step" "${about[$step]}"; done
            exit 0
            ;;
        *)
            [ -n "${about[$1]:-}" ] || die "there is no step '$1'; there are: ${order[*]}" 2
            chosen+=("$1")
            ;;
    esac
    shift
done

need build test bench demo
[ ${#chosen[@]} -gt 0 ] || chosen=("${order[@]}")
for step in "${chosen[@]}"; do
    printf '\n== %s: %s\n' "$step" "${about[$step]}"
    began=$SECONDS before=$failed
    if "step_$step"; then
        # ctest and the suites count their own; a step without them is one test.
        case $step in release | asan | tsan | qemu* | spdk* | guest | airmos | consistency) ;; *) passed=$((passed + 1)) ;; esac
        echo "== $step: passed in $((SECONDS - began)) s"
    else
        [ $failed -gt "$before" ] || failed=$((failed + 1))
        echo "== $step: FAILED after $((SECONDS - began)) s; to repeat it: ./csd test$([ $long = 0 ] || echo ' --long') $step"
        finish
        exit 1
    fi
done
echo
finish
