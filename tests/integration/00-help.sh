#!/bin/sh
# 00-help.sh - --help, --version and the man pages say the same
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# named_in_page PROGRAM HELP: its man page names each option of its help.
named_in_page() {
    page=man/$1.1
    [ -e "$page" ] || { fail "$page is missing"; return; }
    # roff writes a dash as \-.
    sed 's/\\-/-/g' "$page" >"${TMPDIR:-/tmp}/page.$$"
    for option in $(echo "$2" | grep -oE '^ +(-[a-z], )?--[a-z0-9-]+' |
        grep -oE -e '--[a-z0-9-]+' | sort -u); do
        grep -qE -e "$option([^a-z0-9-]|\$)" "${TMPDIR:-/tmp}/page.$$" ||
            fail "$page does not name $option of $1 --help"
    done
    rm -f "${TMPDIR:-/tmp}/page.$$"
}

version=$(sed -n 's/.*CH_VERSION "\(.*\)"/\1/p' include/chorus/version.h)
for program in chorus chorus-shard chorus-encode chorus-train chorus-caption \
    chorus-serve chorus-alt chorus-tag chorus-find chorus-score chorus-rate \
    chorus-report chorus-inspect \
    chorus-verify chorus-average chorus-export chorus-import; do
    help=$("$BIN/$program" --help 2>/dev/null) ||
        fail "$program --help does not end with 0"
    [ -n "$help" ] || fail "$program --help says nothing on stdout"
    "$BIN/$program" --version 2>/dev/null | grep -qF "$version" ||
        fail "$program --version does not say $version"
    "$BIN/$program" --no-such-option >/dev/null 2>&1
    [ $? = 2 ] || fail "$program --no-such-option does not end with 2"
    named_in_page "$program" "$help"
done
named_in_page chorus-run "$(launch/chorus-run --help)"

for verb in shard encode train caption serve score rate report inspect verify average \
    export import; do
    [ "$("$BIN/chorus" $verb --help 2>/dev/null)" = \
        "$("$BIN/chorus-$verb" --help 2>/dev/null)" ] ||
        fail "chorus $verb --help differs from chorus-$verb --help"
    "$BIN/chorus" help 2>/dev/null | grep -qw "$verb" ||
        fail "chorus help does not name $verb"
done
exit $bad
