# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # `verb` is csd's
# Runs the steps of one ring: `csd test`, whether it works here, or `csd check`, what a maintainer needs beyond that. It stops
# when a step fails, says how to repeat it, and ends with the totals.
source scripts/steps.sh
export build_quiet=1

# The sanitizers of gcc 12 and clang 14 do not start where addresses are randomised by more than 28 bits.
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 32)" -gt 28 ] && [ -z "${csd_steady:-}" ] &&
    setarch -R true 2>/dev/null; then
    csd_steady=1 exec setarch -R "$PWD/csd" "$verb" "$@"
fi
case $verb in
    test) order=("${test_order[@]}") other=check others=("${check_order[@]}") ;;
    check) order=("${check_order[@]}") other=test others=("${test_order[@]}") ;;
esac
long=0 changed=0 chosen=() only_changed=()
passed=0 failed=0 skipped=0
declare -A running=() started=() expected=() # process -> step; step -> seconds

rings_usage() {
    local step
    echo "usage: ./csd $verb [--long]$([ "$verb" = check ] || echo ' [--changed]') [STEP...]; the steps, in order:"
    for step in "${order[@]}"; do printf '  %-12s %s\n' "$step" "${about[$step]}"; done
    echo "--long adds the large scales."
    [ "$verb" = check ] || echo "--changed runs only what the changes since the last commit touch."
    echo "./csd $other has: ${others[*]}"
}

# Runs the tests of a built preset; what ctest counted is added to the totals.
tests_of() { # PRESET [CTEST OPTION...]
    local dir=build/$1 status=0 scale=(--label-exclude '^long$')
    if [ $long = 1 ]; then scale=() && export CSD_LONG=1; fi
    rm -f "$dir/tests.xml"
    watched "$dir/tests.log" ctest --preset "$1" --parallel "$CSD_JOBS" --no-tests=error --output-junit "$PWD/$dir/tests.xml" \
        "${scale[@]}" "${@:2}" || status=$?
    local ran bad left_out
    ran=$(count tests "$dir/tests.xml") bad=$(count failures "$dir/tests.xml")
    left_out=$(($(count skipped "$dir/tests.xml") + $(count disabled "$dir/tests.xml")))
    passed=$((passed + ran - bad - left_out)) failed=$((failed + bad)) skipped=$((skipped + left_out))
    [ $status = 0 ] || { grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed )' "$dir/tests.log" | tail -n 200; }
    return $status
}

# Runs a suite that counts for itself: its last line is `N passed, M failed`.
suite() { # PROGRAM [OPTION...]
    local log status=0 totals ran bad
    log=build/$(basename "$(dirname "$1")").log
    [ $long = 0 ] || set -- "$@" --long
    watched "$log" "$@" || status=$?
    totals=$(grep -oE '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
    [ -n "$totals" ] || { tail -n 200 "$log" && return 1; }
    read -r ran _ bad _ <<<"$totals"
    passed=$((passed + ran)) failed=$((failed + bad))
    [ "$ran" -gt 0 ] && [ "$bad" = 0 ] && [ $status = 0 ] || { tail -n 200 "$log" && return 1; }
}

tests() { echo "$1 test$([ "$1" = 1 ] || echo s)"; } # NUMBER

count() { # ATTRIBUTE FILE: a number of the first element that ctest writes
    local number
    number=$(grep -oE -m1 "^[[:space:]]*$1=\"[0-9]+\"" "$2" 2>/dev/null | grep -oE '[0-9]+')
    echo "${number:-0}"
}

# --- progress: on a terminal, one line that moves while a step runs ---

# Runs a command with its output in LOG, and has the moving line count the tests that LOG tells of.
watched() { # LOG COMMAND...
    local log=$1
    shift
    : >"$log"
    echo "$log" >"$said/$step.log"
    "$@" >"$log" 2>&1
}

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); } # SECONDS

# ctest counts for itself (`12/1400 Test #7: ...`), the suites print a line a test.
tests_so_far() { # STEP
    local log
    log=$(cat "$said/$1.log" 2>/dev/null)
    [ ! -f "$log" ] || awk '/^ *[0-9]+\/[0-9]+ Test / { done = $1 } /^(ok|passed|not ok|FAILED)  / { n++ }
        END { if (done) print "  " done " tests"; else if (n) print "  " n " tests" }' "$log"
}

show_progress() { # STEP...: until it is killed
    local step line
    while sleep 0.5; do
        line="[$ended/${#chosen[@]}]"
        for step; do line+="  $step  $(clock $((SECONDS - ${started[$step]}))) of about $(clock "${expected[$step]}")$(tests_so_far "$step")"; done
        printf '\r\033[K%s' "$line" >&2
    done
}

# The line tells of the steps that run now.
start_progress() {
    local step
    stop_progress
    [ -t 2 ] && [ ${#running[@]} -gt 0 ] || return 0
    for step in "${running[@]}"; do
        : "${started[$step]:=$SECONDS}" "${expected[$step]:=$(expected_seconds "$step")}"
    done
    show_progress "${running[@]}" &
    progress=$!
}

stop_progress() {
    [ -n "$progress" ] || return 0
    kill "$progress" 2>/dev/null
    wait "$progress" 2>/dev/null
    printf '\r\033[K' >&2
    progress=
}

# --- how long a step took here the last time ---

times=$CSD_CACHE/step-times
expected_seconds() { # STEP
    local last
    last=$(sed -n "s/^$verb $1 //p" "$times" 2>/dev/null | tail -n 1)
    echo "${last:-${budget[$1]}}"
}

remember_seconds() { # STEP SECONDS
    mkdir -p "$CSD_CACHE"
    { grep -v "^$verb $1 " "$times" 2>/dev/null && true; echo "$verb $1 $2"; } >"$times.$$" && mv "$times.$$" "$times"
}

# --- what to run ---

while [ $# -gt 0 ]; do
    case $1 in
        --long) long=1 ;;
        --changed) changed=1 && [ "$verb" = test ] || die "only ./csd test knows --changed" 2 ;;
        -h | --help) rings_usage && exit 0 ;;
        -*) die "$verb: there is no option '$1'; ./csd $verb --help" 2 ;;
        *)
            [[ " ${others[*]} " != *" $1 "* ]] || die "'$1' is a step of ./csd $other" 2
            [[ " ${order[*]} " == *" $1 "* ]] || die "there is no step '$1'; there are: ${order[*]}" 2
            chosen+=("$1")
            ;;
    esac
    shift
done
need build test bench demo
[ ${#chosen[@]} -gt 0 ] || chosen=("${order[@]}")
if [ $changed = 1 ]; then source scripts/changed.sh && choose_by_changes; fi

# A step runs in a shell of its own: several may run at a time. What it says goes to $said/STEP, the name of a log that it
# writes to $said/STEP.log, and at its end `PASSED FAILED SKIPPED STATUS SECONDS` to $said/STEP.totals.
run_step() { # STEP
    local began=$SECONDS status=0
    step=$1 passed=0 failed=0 skipped=0
    "step_$step" >"$said/$step" 2>&1 || status=1
    # ctest and the suites count their own; a step without them is one test.
    if [ $((passed + failed + skipped)) = 0 ]; then
        if [ $status = 0 ]; then passed=1; else failed=1; fi
    fi
    [ $status = 0 ] || [ $failed -gt 0 ] || failed=1
    echo "$passed $failed $skipped $status $((SECONDS - began))" >"$said/$step.totals"
}

finish_one() {
    local pid step ran bad left_out status took
    wait -n -p pid "${!running[@]}" || true
    step=${running[$pid]}
    unset "running[$pid]"
    stop_progress
    read -r ran bad left_out status took <"$said/$step.totals"
    passed=$((passed + ran)) failed=$((failed + bad)) skipped=$((skipped + left_out)) ended=$((ended + 1))
    if [ "$status" = 0 ]; then
        remember_seconds "$step" "$took"
        printf '[%d/%d] %-12s passed, %s: %d s of %d s\n' $ended ${#chosen[@]} "$step" "$(tests $((ran + left_out)))" "$took" "${budget[$step]}"
    else
        cat "$said/$step"
        echo "[$ended/${#chosen[@]}] $step FAILED after $took s (${about[$step]}); to repeat it: ./csd $verb$([ $long = 0 ] || echo ' --long') $step"
    fi
    start_progress
}

said=$(mktemp -d) progress='' ended=0
end_of_ring() {
    stop_progress
    # Steps still run if the ring was interrupted. `|| true`, because under `set -e` the status of a trap replaces the ring's.
    [ ${#running[@]} = 0 ] || kill "${!running[@]}" 2>/dev/null || true
    rm -rf "$said"
}
trap end_of_ring EXIT
began_all=$SECONDS
for step in "${chosen[@]}"; do
    lanes=2
    if [[ " ${alone[*]} " == *" $step "* ]]; then lanes=1; fi
    while [ ${#running[@]} -ge $lanes ]; do finish_one; done
    [ $failed = 0 ] || break
    (trap - INT QUIT && run_step "$step") </dev/null & # a shell's background ignores both
    running[$!]=$step
    start_progress
    while [ $lanes = 1 ] && [ ${#running[@]} -gt 0 ]; do finish_one; done
    [ $failed = 0 ] || break
done
while [ ${#running[@]} -gt 0 ]; do finish_one; done
echo
if [ "$verb" = test ] && [ $failed = 0 ]; then
    echo "took $(clock $((SECONDS - began_all))); ./csd check goes on with sanitizers, clang-tidy, fuzzing, the rest of the guest and consistency"
fi
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
