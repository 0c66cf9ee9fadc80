#!/bin/sh
# text.sh - what is in the repository reads well anywhere
#
# No file over 1 MB; no path of somebody's machine and no host of a package
# registry; in C no tabs, no blanks at the end of a line, and at most 80
# columns (characters, not bytes).
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

report()
{
    [ -z "$1" ] && return
    echo "$1" | sed "s|\$|$2|"
    failed=1
}

large=$(git ls-files -z | xargs -0 -r -I{} find {} -maxdepth 0 -type f \
    -size +1024k 2>/dev/null)
report "$large" ': larger than 1 MB'

# Written so that this file does not find itself.
machine='/(work|root|home)/|/tmp/(venv)s'
hosts='pypi[.]org|pythonhosted[.]org|registry[.]npmjs|crates[.]io'
hosts="$hosts|deb[.]debian[.]org|proxy[.]golang|conda[.]anaconda"
report "$(git grep -InE "(^|[^A-Za-z0-9_.~\$}*-])($machine)" -- . \
    ':!tests/lint/text.sh' | cut -c1-150)" ' <- a path of one machine'
report "$(git grep -InE "$hosts" -- . ':!tests/lint/text.sh' |
    cut -c1-150)" ' <- the host of a registry'

report "$(git grep -InP '\t' -- '*.c' '*.h' | cut -c1-150)" ' <- a tab'
report "$(git grep -InE '[[:blank:]]+$' -- . ':!*.patch' ':!tests/golden' |
    cut -c1-150)" ' <- blanks at the end'
# Bytes that go on a character are not counted.
long=$(git ls-files '*.c' '*.h' | while read -r file; do
    [ -f "$file" ] || continue
    LC_ALL=C sed 's/[\x80-\xbf]//g' "$file" |
        LC_ALL=C awk -v file="$file" 'length > 80 {
            print file ":" NR ": " length " columns, more than 80" }'
done)
report "$long" ''
exit $failed
