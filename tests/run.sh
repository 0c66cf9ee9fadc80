#!/bin/sh
# run.sh - run tests, each within a time limit, and count
#
#     [JOBS=1] tests/run.sh CONFIG LIMIT_SECONDS TEST...
#
# A test is a program or script; it passes with exit code 0 and is skipped with
# 77, its last line then being the reason.  JOBS of them run at a time; what is
# said of each is said in one piece, when it ends.  The words of each are kept in
# build/CONFIG/logs; tests find the programs by BIN.  The last line is
# "N passed, N failed, N skipped".
set -u

# The sums cmocka printed.
say_sums() {
    grep -aE '^\[ *(PASSED|FAILED|SKIPPED) *\] [0-9]+ test\(s\)' "$1" |
        sed 's/^/    /'
}

# one RESULTS LIMIT TEST: run it, say how it went, add a word to RESULTS.
one() {
    # Two tests of one name in different folders keep their own logs.
    log=build/$CONFIG/logs/$(echo "$3" | sed "s,^build/$CONFIG/,,; s,/,-,g").log
    case $3 in
    */*) run=$3 ;;
    *) run=./$3 ;;
    esac
    # A test that ignores TERM is killed after ten seconds more.
    timeout --kill-after=10 "$2" "$run" >"$log" 2>&1 </dev/null
    rc=$?
    echo "---- $3"
    case $rc in
    0)
        echo passed >>"$1"
        say_sums "$log"
        ;;
    77)
        echo skipped >>"$1"
        echo "    skipped: $(tail -n 1 "$log" | sed 's/^skipped: *//')"
        ;;
    *)
        echo failed >>"$1"
        say_sums "$log"
        tail -n 30 "$log" | sed 's/^/    | /'
        case $rc in
        124 | 137) why="not done after $2 s" ;;
        126 | 127) why="cannot be run" ;;
        *) why="exit $rc" ;;
        esac
        echo "    FAILED: $why; see $log"
        ;;
    esac
}

if [ "${1:-}" = --one ]; then
    said=$(one "$2" "$3" "$4")
    # One writer at a time, or the pieces mix.
    exec 9>>"$2" && flock 9
    printf '%s\n' "$said"
    exit 0
fi
if [ $# -lt 2 ]; then
    echo "usage: tests/run.sh CONFIG LIMIT_SECONDS TEST..." >&2
    exit 2
fi
CONFIG=$1
limit=$2
shift 2
BIN=${BIN:-build/$CONFIG}
export BIN CONFIG
mkdir -p "build/$CONFIG/logs"
results=$(mktemp "build/$CONFIG/logs/results-XXXXXX") || exit 1
trap 'rm -f "$results"' EXIT

printf '%s\0' "$@" |
    xargs -0 -r -n 1 -P "${JOBS:-1}" "$0" --one "$results" "$limit"
passed=$(grep -c passed "$results")
failed=$(grep -c failed "$results")
skipped=$(grep -c skipped "$results")

# Nothing wrong is not the same as something right.
[ $((passed + failed)) != 0 ] || echo "FAILED: no test ran"
if [ $((passed + failed + skipped)) != $# ]; then
    echo "FAILED: $# tests were to run, $((passed + failed + skipped)) did"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
