#!/bin/sh
# run.sh - run tests one by one, each within a time limit, and count
#
#     tests/run.sh CONFIG LIMIT_SECONDS TEST...
#
# A test is a program or script; it passes with exit code 0 and is skipped with
# 77, its last line then being the reason.  The words of each are kept in
# build/CONFIG/logs; tests find the programs by BIN.  The last line is "N passed, N failed, N skipped".
set -u

if [ $# -lt 2 ]; then
    echo "usage: tests/run.sh CONFIG LIMIT_SECONDS TEST..." >&2
    exit 2
fi
config=$1
limit=$2
shift 2
logs=build/$config/logs
passed=0
failed=0
skipped=0
CONFIG=$config
BIN=${BIN:-build/$config}
export BIN CONFIG
mkdir -p "$logs"

# The sums cmocka printed.
say_sums()
{
    grep -aE '^\[ *(PASSED|FAILED|SKIPPED) *\] [0-9]+ test\(s\)' "$1" |
        sed 's/^/    /'
}

for test in "$@"; do
    # Two tests of one name in different folders keep their own logs.
    log=$logs/$(echo "$test" | sed "s,^build/$config/,,; s,/,-,g").log
    case $test in
    */*) run=$test ;;
    *) run=./$test ;;
    esac
    echo "---- $test"
    # A test that ignores TERM is killed after ten seconds more.
    timeout --kill-after=10 "$limit" "$run" >"$log" 2>&1 </dev/null
    rc=$?
    case $rc in
    0)
        passed=$((passed + 1))
        say_sums "$log"
        ;;
    77)
        skipped=$((skipped + 1))
        echo "    skipped: $(tail -n 1 "$log" | sed 's/^skipped: *//')"
        ;;
    *)
        failed=$((failed + 1))
        say_sums "$log"
        tail -n 30 "$log" | sed 's/^/    | /'
        case $rc in
        124 | 137) why="not done after $limit s" ;;
        126 | 127) why="cannot be run" ;;
        *) why="exit $rc" ;;
        esac
        echo "    FAILED: $why; see $log"
        ;;
    esac
done

# Nothing wrong is not the same as something right.
[ $((passed + failed)) != 0 ] || echo "FAILED: no test ran"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
