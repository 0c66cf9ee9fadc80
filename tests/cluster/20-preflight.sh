#!/bin/sh
# 20-preflight.sh - what is wrong with a job is found before it runs
#
# On two pretended hosts: one that lacks a shard, has another version, is slow,
# computes otherwise; a disk that is full.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
why=$(hosts_why_not mount)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
hosts_alone "$PWD/tests/cluster/20-preflight.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-preflight-XXXXXX") || exit 1
trap 'hosts_down; rm -rf "$work"' EXIT
hosts_up 2 || { echo "skipped: no network namespaces here"; exit 77; }
hosts_mpi
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stdout" "$work/stderr" | tail -n 30
    bad=1
}

# What runs on all hosts: the program itself, or what a case puts here.
cat >"$work/program" <<END
#!/bin/sh
exec "$PWD/$BIN/chorus-train" "\$@"
END
chmod +x "$work/program"
cp "$work/program" "$work/usual"

# preflight OPTION...: exit code in $code
preflight() {
    mpirun -n 2 "$work/program" --preflight --shards "$work/shards" \
        --run "$work/run" --embed 16 --hidden 16 --batch 16 "$@" \
        >"$work/stdout" 2>"$work/stderr"
    code=$?
}

# expect CODE SENTENCE
expect() {
    [ $code = "$1" ] || fail "exit $code, expected $1"
    grep -qF -e "$2" "$work/stderr" || fail "not told: $2"
}

# on_second COMMANDS: run by /bin/sh on the second host in place of the program
on_second() {
    {
        echo '#!/bin/sh'
        # shellcheck disable=SC2016 # read there
        echo '[ "$(hostname)" = cn2 ] || exec '"'$work/usual'"' "$@"'
        echo "$1"
    } >"$work/program"
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stdout" \
    2>"$work/stderr" || { fail "no shards"; exit 1; }

echo "a job that is fit"
begun=$(date +%s)
preflight
[ $code = 0 ] || fail "exit $code"
took=$(($(date +%s) - begun))
[ $took -lt 20 ] || fail "took $took s, expected less than 20"
for line in 'ranks        2 on 2 hosts' '  cn1 ' '  cn2 ' 'adding up ' 'step '; do
    grep -q "^$line" "$work/stdout" || fail "no line '$line'"
done
grep -q '^set ' "$work/stdout" && fail "one processor differs from itself"
[ ! -e "$work/run" ] || fail "something was written"
cat "$work/stdout"

echo "a shard that one host has not"
shard=$(basename "$(find "$work/shards" -name 'train-*.lmdb' | sort | tail -n 1)")
# shellcheck disable=SC2016 # read there
host_run cn2 sh -c 'mount --bind /dev/null "$0"' "$work/shards/$shard" ||
    fail "no mount"
preflight
expect 1 'host cn2 sees other shards than host cn1'
host_run cn2 umount "$work/shards/$shard"
mkdir "$work/part"
cp -r "$work/shards/." "$work/part"
rm "$work/part/$shard"
host_run cn2 mount --bind "$work/part" "$work/shards"
preflight
expect 1 "host cn2 cannot read $shard"
grep -q 'not fit to train: 1 thing is wrong' "$work/stderr" || fail "no sum"
host_run cn2 umount "$work/shards"

echo "another version"
version=$(sed -n 's/.*CH_VERSION "\(.*\)"/\1/p' include/chorus/version.h)
other=$(echo "$version" | sed 's/^./9/')
LC_ALL=C sed "s/$version/$other/g" "$BIN/chorus-train" >"$work/other"
chmod +x "$work/other"
on_second "exec '$work/other' \"\$@\""
preflight
expect 1 "version of Chorus: rank 1 (cn2) has $other, rank 0 (cn1) $version"

echo "another arithmetic"
on_second "CHORUS_KERNEL=ref OPENBLAS_CORETYPE=Prescott exec '$work/usual' \"\$@\""
preflight
expect 0 'the processors differ: rank 0 (cn1) computes with'
grep -q 'version of OpenBLAS' "$work/stderr" && fail "one library is two"
grep -q '^set          CHORUS_KERNEL=ref OPENBLAS_CORETYPE=Prescott$' \
    "$work/stdout" || fail "no setting for all"

echo "a slow host"
# It sleeps for nine tenths of the time.
# shellcheck disable=SC2016 # read there
on_second "'$work/usual' \"\$@\" &"'
rank=$!
while kill -STOP $rank 2>/dev/null; do
    sleep 0.045
    kill -CONT $rank
    sleep 0.005
done
wait $rank'
preflight
expect 0 'host cn2 is slow'
grep -q 'host cn1 is slow' "$work/stderr" && fail "the other host is slow, too"
cp "$work/usual" "$work/program"

echo "a full disk"
mkdir "$work/full"
host_run cn1 mount -t tmpfs -o size=16k none "$work/full"
mpirun -n 2 "$work/program" --preflight --shards "$work/shards" \
    --run "$work/full/run" >"$work/stdout" 2>"$work/stderr"
code=$?
expect 1 'has room for 0.0 MB, a run takes'

echo "how long a job's preflight may take is the site's to say"
mkdir "$work/bin"
printf '#!/bin/sh\nsleep 5\necho well\n' >"$work/bin/chorus-train"
chmod +x "$work/bin/chorus-train"
for limit in 2 60; do
    cat >"$work/site.conf" <<END
BIN=$work/bin MODULES='' SRUN_MPI='' MPI_OPTIONS=--oversubscribe
PREFLIGHT_LIMIT=$limit
END
    CHORUS_HOME=$PWD CHORUS_SITE=$work/site.conf cluster/preflight "$work" \
        >"$work/stdout" 2>"$work/stderr"
    eval "code$limit=$?"
    cp "$work/stderr" "$work/stderr$limit"
done
[ "$code2" != 0 ] || fail "after 2 s: exit 0"
grep -q 'no answer for 2 s' "$work/stderr2" || fail "after 2 s: not told"
[ "$code60" = 0 ] || fail "within 60 s: exit $code60"
grep -qx well "$work/stdout" || fail "within 60 s: no result"
exit $bad
