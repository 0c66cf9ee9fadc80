#!/bin/sh
# scale.sh - the time of a training step on more ranks, measured and predicted
#
#     [ROUNDS=3] [STEPS=12] [BATCH=160] [RATE=1gbit] [KEEP=TABLE] \
#         tests/bench/scale.sh [FILE.svg]
#
# NIC-LSTM, all widths 512, a vocabulary of about 10,000 words, captions as long
# as COCO's.  Strong scaling: BATCH captions a step, whatever the ranks; weak
# scaling: BATCH for each.  On 1 and 2 ranks of this machine and, where root may
# make network namespaces, on 2 and 4 ranks of two hosts that a network of RATE
# joins.  All take turns; a run's time is the median of its steps, the first two
# left out; said are the median of the rounds, lowest and highest.
#
# What the model of scale.py needs is measured apart: on one rank, for two sizes
# of the batch, and between hosts, by --preflight.  So what it says of 2 and 4
# ranks is a prediction.  It goes on to 1,024 ranks; FILE.svg is a drawing of
# both.  KEEP keeps what was measured.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/release}
rounds=${ROUNDS:-3} steps=${STEPS:-12} batch=${BATCH:-160}
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
options="--shards $work/shards --embed 512 --hidden 512 --lanes 8 --threads 1
--patience 0"

"$BIN/tests/bench/bench_shards" "$work" 320 >&2

# on HOSTS RANKS OPTION...: chorus-train there; what it says is in $work/out.
on() (
    host_count=$1 ranks=$2
    shift 2
    rm -rf "$work/run"
    # Ranks next to one another are on one host, as SLURM has it.
    printf 'cn1 slots=%d\ncn2 slots=%d\n' $((ranks / 2)) $((ranks / 2)) \
        >"$work/hosts"
    if [ "$host_count" = 2 ]; then
        hosts_mpi
        export OMPI_MCA_orte_default_hostfile="$work/hosts"
        export OMPI_MCA_rmaps_base_mapping_policy=slot
    fi
    # shellcheck disable=SC2086 # words are meant
    mpirun --oversubscribe -n "$ranks" "$PWD/$BIN/chorus-train" $options \
        --run "$work/run" "$@" >"$work/out" 2>&1 || {
        cat "$work/out" >&2
        exit 1
    }
)

# step KIND HOSTS RANKS CAPTIONS: a line of how long its steps took, in s.
step() {
    on "$2" "$3" -qq --batch "$4" --max-steps "$steps" --epochs 1000
    [ "$1" != small ] ||
        sed -n 's/.*"parameters":\([0-9]*\).*/parameters\t\1/p' \
            "$work/run/log.jsonl" | head -n 1
    sed -n '/"kind":"step"/p' "$work/run/log.jsonl" | tail -n +3 |
        sed 's/[{}"]//g' | tr ',' '\n' | sed 's/:/ /' |
        awk -v run="$1 $2 $3 $4" '
            { f[$1] = $2 }
            $1 == "update_s" {
                print run, f["words"], f["words"] / f["words_per_s"],
                    f["load_s"] + f["compute_s"], f["update_s"] }' |
        sort -g -k 6 | awk '{ line[NR] = $0 }
            END { print line[int((NR + 1) / 2)] }' | tr ' ' '\t'
}

# network HOSTS RANKS: ms of a sum of one float, MB/s of many, as preflight says.
network() {
    on "$1" "$2" --preflight --batch "$batch"
    sed -n "s,^adding up *1 float in \([0-9.]*\) ms\, many at \([0-9.]*\) MB/s,network\t$1\t$2\t\1\t\2,p" \
        "$work/out"
}

{
    printf 'processor\t%s\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    printf 'cores\t%s\n' "$(nproc)"
    printf 'load\t%s\n' "$(cut -d' ' -f1 /proc/loadavg)"
    printf 'link\t%s\n' "$rate"
} >"$work/table"
if [ -z "$why" ] && hosts_up 2; then
    # What leaves a host goes through a network of that rate.
    for host in cn1 cn2; do
        host_run $host tc qdisc add dev eth0 root tbf rate "$rate" \
            burst 256kb latency 50ms
    done
else
    why=${why:-no network namespaces here}
    echo "skipped: hosts, $why" >&2
fi
for round in $(seq "$rounds"); do
    {
        step small 1 1 $((batch / 2))
        step strong 1 1 "$batch"
        step strong 1 2 "$batch"
        step weak 1 2 $((2 * batch))
        if [ -z "$why" ]; then
            network 2 2
            step strong 2 2 "$batch"
            step weak 2 2 $((2 * batch))
            step strong 2 4 "$batch"
            step weak 2 4 $((4 * batch))
        fi
    } >>"$work/table"
    echo "round $round of $rounds" >&2
done
[ -z "${KEEP:-}" ] || cp "$work/table" "$KEEP"
python3 tests/bench/scale.py "$work/table" ${svg:+"$svg"}
