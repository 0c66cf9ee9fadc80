#!/bin/sh
# sizes.sh - files and functions that can be taken in
#
# A source over 500 lines, a header over 200, a function over 80 fail; over 400,
# 150 and 60 they are warned of.  A function goes from a brace in the first
# column to the next one closing there.
set -u
cd "$(dirname "$0")/../.." || exit 1

findings=$(git ls-files '*.c' '*.h' | while read -r file; do
    [ -f "$file" ] || continue
    awk -v file="$file" '
        function judge(what, n, warn, limit) {
            if (n > limit)
                print file ": " what " has " n " lines, more than " limit
            else if (n > warn)
                print file ": warning: " what " has " n " lines, more than " \
                      warn
        }
        /^[a-zA-Z_].*\(/ { name = $0; sub(/\(.*/, "", name)
                           sub(/.*[ *]/, "", name) }
        /^\{/ { start = NR }
        /^\}/ { if (start) judge(name "()", NR - start - 1, 60, 80)
                start = 0 }
        END { if (file ~ /\.h$/) judge("header", NR, 150, 200)
              else judge("source", NR, 400, 500) }' "$file"
done)
[ -z "$findings" ] || echo "$findings"
! echo "$findings" | grep -v ': warning: ' | grep -q .
