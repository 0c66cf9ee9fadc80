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

# defaults_in_page PROGRAM HELP: its man page tells each default of its help, at
# the option; where that is 0, words of the page may say what it means.
defaults_in_page() {
    echo "$2" | awk '
        /^  -/ { option = $1 ~ /^--/ ? $1 : $2; text = "" }
        !/^  / { option = "" }
        { text = text " " $0; gsub(/  +/, " ", text) }
        option != "" && match(text, /\(default: [^)]*\)/) {
            value = substr(text, RSTART + 10, RLENGTH - 11)
            if (value !~ /^(0|yes|no)$/)
                print option, value
            option = "" }' |
    while read -r option value; do
        sed 's/\\-/-/g' "man/$1.1" | awk -v option="$option" -v value="$value" '
            /^\.(TP|TQ|SH|SS)/ { is_tag = 1; next }
            is_tag { if (!was_tag) inside = 0
                     if ($0 ~ "[ ,]" option "([ \",]|$)") inside = 1
                     is_tag = 0; was_tag = 1; next }
            { was_tag = 0 }
            inside { text = text " " $0 }
            END { gsub(/"/, "", text)
                  exit text !~ "(^|[ (])(the default|" value ")([ ).,;:]|$)" }' ||
            echo "man/$1.1 does not tell the default of $option, $value"
    done
}

# readable_help PROGRAM HELP: lines fit a terminal, examples stand below their
# heading.
readable_help() {
    echo "$2" | awk -v program="$1" '
        length > 80 && !/^ *[^ ]+$/ {
            print program " --help: more than 80 columns: " $0 }
        /^Examples/ { is_example = 1; next }
        is_example && !/^  / { print program " --help: not indented: " $0 }'
}

version=$(sed -n 's/.*CH_VERSION "\(.*\)"/\1/p' include/chorus/version.h)
for program in chorus chorus-shard chorus-encode chorus-train chorus-caption \
    chorus-serve chorus-alt chorus-tag chorus-find chorus-score chorus-rate \
    chorus-report chorus-inspect chorus-verify chorus-average chorus-export \
    chorus-import; do
    help=$("$BIN/$program" --help 2>/dev/null) ||
        fail "$program --help does not end with 0"
    [ -n "$help" ] || fail "$program --help says nothing on stdout"
    "$BIN/$program" --version 2>/dev/null | grep -qF "$version" ||
        fail "$program --version does not say $version"
    "$BIN/$program" --no-such-option >/dev/null 2>&1
    [ $? = 2 ] || fail "$program --no-such-option does not end with 2"
    named_in_page "$program" "$help"
    wrong=$(defaults_in_page "$program" "$help"
        readable_help "$program" "$help")
    [ -z "$wrong" ] || fail "$wrong"
done
named_in_page chorus-run "$(launch/chorus-run --help)"

for verb in shard encode train caption serve alt tag find score rate report \
    inspect verify average export import; do
    [ "$("$BIN/chorus" $verb --help 2>/dev/null)" = \
        "$("$BIN/chorus-$verb" --help 2>/dev/null)" ] ||
        fail "chorus $verb --help differs from chorus-$verb --help"
    "$BIN/chorus" help 2>/dev/null | grep -qw "$verb" ||
        fail "chorus help does not name $verb"
done
exit $bad
