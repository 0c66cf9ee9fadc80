#!/bin/sh
# prefix.sh - what a source exports begins with ch_
#
# Reads the objects of build/CONFIG, so it wants them built.
set -u
cd "$(dirname "$0")/../.." || exit 1
objects=build/${CONFIG:-release}/src
failed=0
seen=0

for source in $(git ls-files 'src/*.c'); do
    layer=$(basename "$(dirname "$source")")
    [ "$layer" != cmd ] || [ "$source" = src/cmd/cli.c ] || continue
    object=$objects/$layer/$(basename "$source" .c).o
    # The other way to be a job is linked by tests only.
    if [ ! -f "$object" ]; then
        [ "$source" = src/train/comm_self.c ] || {
            echo "$source: not built; name it in the Makefile"
            failed=1
        }
        continue
    fi
    seen=$((seen + 1))
    # Tables of the sanitizers and of coverage are not ours.
    names=$(nm -g --defined-only "$object" | awk '{ print $NF }' |
        grep -vE '^(ch_|__asan|__odr_asan|__tsan|__ubsan|__gcov|DW\.ref)')
    for name in $names; do
        echo "$source: exports $name; expected ch_..., or static"
        failed=1
    done
done
if [ $seen = 0 ]; then
    echo "$objects: expected objects, found none; run make first"
    exit 1
fi
exit $failed
