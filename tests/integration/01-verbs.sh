#!/bin/sh
# 01-verbs.sh - chorus runs chorus-VERB, and says what it cannot
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
bad=0
there=$(mktemp -d "${TMPDIR:-/tmp}/chorus-verbs-XXXXXX") || exit 1
trap 'rm -rf "$there"' EXIT

mkdir "$there/bin" "$there/path"
cp "$BIN/chorus" "$there/bin/chorus" || exit 1
for name in bin/chorus-train path/chorus-train path/chorus-shout; do
    printf '#!/bin/sh\necho "%s:" "$@"\nexit 7\n' "$name" >"$there/$name"
    chmod +x "$there/$name"
done
: >"$there/bin/chorus-score"
chmod -x "$there/bin/chorus-score"

# same STREAM FOUND EXPECTED ARGUMENT...
same()
{
    [ "$2" = "$3" ] && return
    stream=$1
    found=$2
    want=$3
    shift 3
    echo "chorus $*: $stream '$found', expected '$want'"
    bad=1
}

# expect EXIT STDOUT STDERR ARGUMENT...
expect()
{
    code=$1
    want_out=$2
    want_err=$3
    shift 3
    PATH=$there/path:/usr/bin:/bin "$there/bin/chorus" "$@" \
        >"$there/out" 2>"$there/err"
    rc=$?
    [ $rc = "$code" ] || { echo "chorus $*: exit $rc, expected $code"; bad=1; }
    same stdout "$(cat "$there/out")" "$want_out" "$@"
    same stderr "$(cat "$there/err")" "$want_err" "$@"
}

version=$(sed -n 's/.*CH_VERSION "\(.*\)"/\1/p' include/chorus/version.h)
help=$("$BIN/chorus" help)

expect 7 'bin/chorus-train: --rate 3 a b' '' train --rate 3 'a b'
expect 7 'path/chorus-shout: --help' '' shout --help
expect 7 'bin/chorus-train: --help' '' help train
expect 0 "chorus $version
$(PATH=$there/bin "$BIN/chorus" --version | sed 1d)" '' --version
"$BIN/chorus" --version | sed -n 2p |
    grep -qE '^(oneDNN [0-9.]+ \(.*\): f32, (and|no) bf16|no oneDNN: .+)$' || {
    echo "chorus --version does not say whether oneDNN is there"
    bad=1
}
expect 0 "$help" '' help
expect 0 "$help" '' --help
expect 2 '' "$help"
expect 2 '' "chorus: unknown verb 'trian'; did you mean train?" trian
expect 2 '' "chorus: unknown verb 'trian'; did you mean train?" help trian
expect 2 '' "chorus: unknown verb 'xyzzy'; see chorus help" xyzzy
expect 2 '' "chorus: unknown verb '../bin/train'; see chorus help" ../bin/train
expect 2 '' 'chorus: unknown option -x; see chorus help' -x
expect 2 '' "chorus: expected one verb, found 'b' too; see chorus help" \
    help train b
expect 1 '' 'chorus: cannot run chorus-shard: No such file or directory; '\
'expected it beside chorus or in PATH' shard
expect 1 '' "chorus: $there/bin/chorus-score: cannot run: Permission denied" \
    score

for verb in shard encode train caption serve alt tag find score rate report \
    inspect verify average export import; do
    echo "$help" | grep -q "^  $verb  *[a-z]" || {
        echo "chorus help has no line for $verb"
        bad=1
    }
done
"$there/bin/chorus" help >/dev/full 2>"$there/err"
rc=$?
if [ $rc != 1 ] || ! grep -q 'cannot write on stdout' "$there/err"; then
    echo "chorus help on a full stdout: expected exit 1 and a sentence"
    bad=1
fi
exit $bad
