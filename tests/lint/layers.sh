#!/bin/sh
# layers.sh - who may include whom
#
# base < kernel < data < net < { train | caption | score | page }
#      < { rate | serve | use } < cmd.
# A file includes its own folder, lower folders and public headers; programs
# include public headers and cmd/cli.h; public headers include public headers.
set -u
cd "$(dirname "$0")/../.." || exit 1

# Every #include "x" of the files, as file:line:x.
includes()
{
    find "$@" -name '*.[ch]' 2>/dev/null | sort | xargs -r grep -nH \
        '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' |
        sed -E 's/^([^:]*:[0-9]+):[^"]*"([^"]*)".*/\1:\2/'
}

findings=$(includes src include | awk -F: '
    BEGIN {
        split("base kernel data net train caption score page", name, " ")
        for (i = 1; i <= 4; i++) rank[name[i]] = i
        for (i = 5; i <= 8; i++) rank[name[i]] = 5
        rank["rate"] = rank["serve"] = rank["use"] = 6
        rank["cmd"] = 7
    }
    function found(why) { print $1 ":" $2 ": includes \"" $3 "\": " why }
    {
        split($1, at, "/")
        n = split($3, to, "/")
        if (at[1] == "include") {
            if (to[1] != "chorus")
                found("public headers include public headers only")
        } else if (at[2] == "cmd") {
            if (to[1] != "chorus" && $3 != "cmd/cli.h")
                found("programs include chorus/*.h and cmd/cli.h only")
        } else if (!(at[2] in rank)) {
            found("src/" at[2] " is no layer")
        } else if (n < 2) {
            found("write it with its folder")
        } else if (to[1] == "chorus" || to[1] == at[2]) {
            ;
        } else if (!(to[1] in rank)) {
            found(to[1] " is no layer")
        } else if (rank[to[1]] >= rank[at[2]]) {
            found("the layer " at[2] " does not know " to[1])
        }
    }')
[ -z "$findings" ] || { echo "$findings"; exit 1; }
