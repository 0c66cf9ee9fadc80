#!/bin/sh
# scale.sh - how training speeds up with ranks: measured, and predicted
#
#     [ROUNDS=3] [STEPS=12] [BATCH=320] tests/bench/scale.sh [FILE.svg]
#
# NIC-LSTM, all widths 512, a vocabulary of about 10,000 words, captions as long
# as COCO's.  Strong scaling: BATCH captions a step, on 1 and 2 ranks of this
# machine, and, where root may make network namespaces, on 2 and 4 ranks of two
# hosts that a network of RATE (default 1gbit) joins.  Weak scaling: BATCH / 2
# captions for each rank.  All take turns; said is the median
# of the steps, the first two left out.
#
# What the model of scale.py needs is measured on one rank (the time of a step
# for two sizes of the batch) and between hosts (latency and bandwidth, as
# --preflight finds them), so what it says of 2 and 4 ranks is a prediction.  It
# goes on to 1,024 ranks; FILE.svg is a drawing of it.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/release}
rounds=${ROUNDS:-3} steps=${STEPS:-12} batch=${BATCH:-320}
rate=${RATE:-1gbit}
svg=${1:-}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
why=$(hosts_why_not tc)
[ -n "$why" ] || hosts_alone "$PWD/tests/bench/scale.sh" "$@"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-scale-XXXXXX")
trap 'hosts_down; rm -rf "$work"' EXIT
export OMPI_MCA_btl_vader_single_copy_mechanism=none OPENBLAS_NUM_THREADS=1
export OMPI_MCA_hwloc_base_binding_policy=none
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
options="--shards $work/shards --embed 512 --hidden 512 --lanes 8 --patience 0"

"$BIN/tests/bench/bench_shards" "$work" 320 >&2

# two_hosts PROGRAM...: in a shell of its own, since its settings are for hosts.
two_hosts() (
    hosts_mpi
    "$@"
)

# slow_down HOST: what leaves it goes through a network of that rate.
slow_down() {
    nsenter -t "$(cat "$hosts/$1")" --net \
        tc qdisc add dev eth0 root tbf rate "$rate" burst 256kb latency 50ms
}

# step KIND HOSTS RANKS CAPTIONS: a line of what its steps took, by their parts.
step() {
    rm -rf "$work/run"
    # shellcheck disable=SC2086 # words are meant
    set -- "$1" "$2" "$3" "$4" mpirun --oversubscribe -n "$3" \
        "$PWD/$BIN/chorus-train" -qq $options --run "$work/run" --batch "$4" \
        --max-steps "$steps" --epochs 1000 --threads 1
    kind=$1 host_count=$2 ranks=$3 captions=$4
    shift 4
    if [ "$host_count" = 2 ]; then
        two_hosts "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2 && exit 1; }
    else
        "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2 && exit 1; }
    fi
    [ "$kind" != base ] || sed -n '/"kind":"settings"/s/.*"parameters":\([0-9]*\).*/parameters\t\1/p' \
        "$work/run/log.jsonl"
    sed -n '/"kind":"step"/p' "$work/run/log.jsonl" | tail -n +3 |
        sed 's/[{}"]//g' | tr ',' '\n' >"$work/fields"
    printf '%s\t%s\t%s\t%s' "$kind" "$host_count" "$ranks" "$captions"
    for field in words compute_s wait_s update_s; do
        printf '\t%s' "$(sed -n "s/^$field://p" "$work/fields" | sort -g |
            awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')"
    done
    echo
}

# network HOSTS RANKS: latency in ms and bandwidth in MB/s, as preflight says.
network() {
    # shellcheck disable=SC2086 # words are meant
    set -- "$1" "$2" mpirun --oversubscribe -n "$2" "$PWD/$BIN/chorus-train" \
        --preflight $options --run "$work/run" --batch "$batch"
    host_count=$1 ranks=$2
    shift 2
    rm -rf "$work/run"
    if [ "$host_count" = 2 ]; then
        two_hosts "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2 && exit 1; }
    else
        "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2 && exit 1; }
    fi
    sed -n "s,^adding up *1 float in \([0-9.]*\) ms\, many at \([0-9.]*\) MB/s,network\t$host_count\t$ranks\t\1\t\2,p" \
        "$work/out"
}

{
    printf 'processor\t%s\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    printf 'cores\t%s\n' "$(nproc)"
    printf 'link\t%s\n' "$rate"
} >"$work/table"
if [ -z "$why" ] && hosts_up 2; then
    slow_down cn1
    slow_down cn2
else
    echo "skipped: hosts, ${why:-no network namespaces here}" >&2
    why=${why:-no}
fi
network 1 2 >>"$work/table"
[ -n "$why" ] || network 2 2 >>"$work/table"
for round in $(seq "$rounds"); do
    {
        step base 1 1 $((batch / 2))
        step strong 1 1 "$batch"
        step strong 1 2 "$batch"
        step weak 1 2 "$batch"
        if [ -z "$why" ]; then
            step strong 2 2 "$batch"
            step strong 2 4 "$batch"
        fi
    } >>"$work/table"
    echo "round $round of $rounds" >&2
done
python3 tests/bench/scale.py "$work/table" ${svg:+"$svg"}
