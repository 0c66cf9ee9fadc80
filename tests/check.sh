#!/bin/sh
# check.sh - every kind of test after the other, and one sum at the end
#
#     tests/check.sh MAKE
#
# A stage that ends with "N passed, N failed, N skipped" is summed by it; any
# other is one test.  Logs stay in build/check.
set -u
make=${1:-make}
stages='lint unit parallel integration fault fuzz-corpus valgrind asan
clang-build mpich'
logs=build/check
# Compiled on all cores, unless somebody said on how many.
case " ${MAKEFLAGS:-}" in
*' -j'* | *jobserver*) jobs= ;;
*) jobs=-j$(nproc) ;;
esac
passed=0
failed=0
skipped=0
broken=

rm -rf $logs
mkdir -p $logs
for stage in $stages; do
    log=$logs/$stage.log
    begun=$(date +%s)
    echo "==== $stage"
    { "$make" ${jobs:+"$jobs"} WERROR=1 "$stage"; echo $? >$logs/rc; } 2>&1 | tee "$log"
    rc=$(cat $logs/rc)
    echo "==== $stage: exit $rc after $(($(date +%s) - begun)) s"
    # shellcheck disable=SC2046 # three numbers are meant
    set -- $(awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
                      p += $1; f += $3; s += $5; n++ }
                  END { print n + 0, p + 0, f + 0, s + 0 }' "$log")
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
    if [ "$rc" != 0 ]; then
        broken="$broken $stage"
        # It ended badly without saying which test failed.
        [ "$3" != 0 ] || failed=$((failed + 1))
    elif [ "$1" = 0 ]; then
        passed=$((passed + 1))
    fi
done
rm -f $logs/rc
[ -z "$broken" ] || echo "failed stages:$broken"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
