#!/bin/sh
# 30-stage.sh - each host copies the shards of its ranks to a disk of its own
#
# On two pretended hosts, each with a disk that the other does not see.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
why=$(hosts_why_not mount)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
hosts_alone "$PWD/tests/cluster/30-stage.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-stage-XXXXXX") || exit 1
trap 'hosts_down; rm -rf "$work"' EXIT
hosts_up 2 || { echo "skipped: no network namespaces here"; exit 77; }
hosts_mpi
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stderr" | tail -n 20
    bad=1
}

{
    "$BIN/scenes" --out "$work/scenes" --count 60 --seed 3 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --min-count 1 --shards 4 --out "$work/shards" &&
        "$BIN/chorus-encode" "$work/shards" --encoder tests/fixture/tiny.json
} >"$work/stdout" 2>"$work/stderr" || { fail "no shards"; exit 1; }

# train RUN OPTION...: exit code in $code
train() {
    run=$work/$1
    shift
    mpirun -n 2 "$PWD/$BIN/chorus-train" -q "$work/shards" --run "$run" \
        --embed 8 --hidden 12 --batch 16 --lanes 4 --epochs 2 --patience 0 \
        "$@" >"$work/stdout" 2>"$work/stderr"
    code=$?
}
same() {
    cmp "$work/plain/latest.safetensors" "$work/$1/latest.safetensors" ||
        fail "another model from staged shards"
}
# kind HOST SHARD: "regular file" or "symbolic link"
kind() {
    host_run "$1" stat -c %F "$work/disk/train-0000$2-of-00004.lmdb"
}

mkdir "$work/disk"
for each in cn1 cn2; do
    host_run $each mount -t tmpfs -o size=64m none "$work/disk" ||
        fail "no disk on $each"
done
train plain
[ $code = 0 ] || fail "exit $code without --stage"
echo "the half that its rank reads is copied, the rest are links"
train near --stage "$work/disk"
[ $code = 0 ] || fail "exit $code"
same near
for shard in 0 1; do
    [ "$(kind cn1 $shard)" = 'regular file' ] || fail "cn1 has not $shard"
    [ "$(kind cn2 $shard)" = 'symbolic link' ] || fail "cn2 copied $shard"
done
for shard in 2 3; do
    [ "$(kind cn2 $shard)" = 'regular file' ] || fail "cn2 has not $shard"
    [ "$(kind cn1 $shard)" = 'symbolic link' ] || fail "cn1 copied $shard"
done

echo "what is there and whole is left, what is damaged is copied again"
age() {
    host_run cn2 stat -c '%n %Y.%i' "$work/disk/train-00002-of-00004.lmdb"
}
before=$(age)
host_run cn2 sh -c 'printf x | dd of="$0" bs=1 seek=5000 conv=notrunc' \
    "$work/disk/train-00003-of-00004.lmdb" 2>/dev/null
train again --stage "$work/disk"
[ $code = 0 ] || fail "exit $code on a damaged copy"
same again
[ "$(age)" = "$before" ] || fail "a whole copy was made again"
host_run cn2 cmp "$work/disk/train-00003-of-00004.lmdb" \
    "$work/shards/train-00003-of-00004.lmdb" || fail "the damage is left"

echo "a disk that is too small"
mkdir "$work/small"
host_run cn2 mount -t tmpfs -o size=16k none "$work/small"
train none --stage "$work/small"
[ $code = 1 ] || fail "exit $code, expected 1"
grep -q 'rank 1 (cn2): .*/small: has room for 0.0 MB, the shards of this host' \
    "$work/stderr" || fail "the full disk is not told"
exit $bad
