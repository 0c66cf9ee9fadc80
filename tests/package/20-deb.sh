#!/bin/sh
# 20-deb.sh - the Debian package installs and runs in a Debian that has nothing
#
# The tree is made by debootstrap, and what packaging/chorus.def says of an image
# is done there, step by step: so that file is tried, too, but for Apptainer
# itself.  What the tree is made of is kept in build/debian.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
for tool in debootstrap unshare dpkg-deb chrpath apt-get; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
suite=$(sed -n 's/^From: debian:12$/bookworm/p' packaging/chorus.def)
# Where this machine has its packages from.
# shellcheck disable=SC2016 # read by apt-get
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' |
    sed -n "s/^$suite main //p" | head -n 1)
[ -n "$mirror" ] || { echo "skipped: no packages of $suite here"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-deb-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 20 "$work/log" | sed 's/^/    | /'
    bad=1
}

# Built with other flags, all would be compiled again.
! grep -q -e -Werror "$BIN/flags" || export WERROR=1
make deb >"$work/log" 2>&1 || { fail "make deb: exit $?"; exit 1; }
tail -n 1 "$work/log"
kept=$PWD/build/debian
mkdir -p "$kept"
root=$work/root
debootstrap --variant=minbase --cache-dir="$kept" "$suite" "$root" \
    "$mirror" >"$work/log" 2>&1 || {
    tail -n 3 "$work/log"
    echo "skipped: debootstrap cannot make a tree"
    exit 77
}
echo "deb $mirror $suite main" >"$root/etc/apt/sources.list"
# Programs of the tree ask for proc and shared memory.
inside() {
    unshare --mount --pid --fork sh -c 'mount -t proc proc "$0/proc" &&
        mount -t tmpfs none "$0/dev/shm" && exec chroot "$0" "$@"' \
        "$root" env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        "$@" >"$work/log" 2>&1
}
# section NAME of packaging/chorus.def
section() {
    sed -n "/^%$1\$/,/^%/{/^%/!p}" packaging/chorus.def
}
mkdir -p "$root/dev/shm"

echo "files, and what an image does with them"
section files | while read -r from to; do
    # shellcheck disable=SC2086 # a pattern is meant
    [ -z "$from" ] || cp $from "$root$to"
done
section post >"$root/post"
inside sh -eu /post || { fail "%post: exit $?"; exit 1; }
{ section environment; section test; } >"$root/test"
inside sh -eu /test || fail "%test: exit $?"

echo "from photos to scores, as a user of its own"
"$BIN/scenes" --out "$root/scenes" --count 12 --seed 5 >"$work/log" 2>&1
cp -r tests/fixture "$root/fixture"
{
    section environment
    cat <<'END'
set -eux
cd ~user
chorus shard --format tsv --train /scenes/train.tsv --val /scenes/val.tsv \
    --images /scenes/images --min-count 1 --out shards
chorus encode shards --encoder /fixture/tiny.json
export OMPI_MCA_btl_vader_single_copy_mechanism=none
chorus-run -n 2 -- chorus-train shards --run run --embed 8 --hidden 8 \
    --epochs 1
chorus caption --model run/best.safetensors --shards shards --split val --json \
    >captions.jsonl
chorus score --captions captions.jsonl --references /scenes/val.tsv
END
} >"$root/user"
inside useradd -m user || fail "no user"
inside su user -s /bin/sh -c 'sh /user' || fail "no scores"
grep -q CIDEr-D "$work/log" || fail "no scores"

echo "it goes again"
inside dpkg --purge chorus || fail "dpkg --purge: exit $?"
left=$(find "$root/usr" "$root/etc" -name '*chorus*' ! -path '*/home/*')
[ -z "$left" ] || fail "left: $left"
exit $bad
