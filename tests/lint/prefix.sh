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
    [ -f "$object" ] || continue
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
