#!/bin/sh
# reduce.sh - what exact sums of gradients cost, against MPI_Allreduce
#
#     tests/bench/reduce.sh SHARDS [RANKS]
#
# Both ways take turns, so that a machine that slows down slows both.  Batches
# hold about 1,000 words per rank; a round's step is the median of its steps,
# the first left out; what is said is the median of the rounds, in milliseconds,
# and what exact takes more, in percent of a step.
set -eu
cd "$(dirname "$0")/../.."
shards=${1:?a folder of encoded shards}
ranks=${2:-2}
BIN=${BIN:-build/release}
rounds=5 steps=31
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-reduce-XXXXXX")
trap 'rm -rf "$work"' EXIT
export OMPI_MCA_btl_vader_single_copy_mechanism=none OPENBLAS_NUM_THREADS=1
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# Captions of about 1,000 words per rank.
batch=$(sed 's/.*"train":{"images":[0-9]*,"captions":\([0-9]*\),"words":\([0-9]*\).*/\1 \2/' \
    "$shards/manifest.json" | awk -v r="$ranks" '
    { printf "%d", 1000 * r * $1 / $2 + 0.5 }')

median() {
    sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# steps FILE: milliseconds of each step, and of them those not computing.
steps_of() {
    sed -n '/"kind":"step"/p' "$1" | tail -n +2 | sed 's/[{}"]//g' | awk -F, '
    {
        for (i = 1; i <= NF; i++) {
            split($i, p, ":")
            f[p[1]] = p[2]
        }
        all = f["words"] / f["words_per_s"]
        print 1e3 * all, 1e3 * (all - f["load_s"] - f["compute_s"]), f["words"]
    }'
}

for round in $(seq $rounds); do
    for way in exact allreduce; do
        rm -rf "$work/run"
        mpirun --oversubscribe -n "$ranks" "$BIN/chorus-train" -qq "$shards" \
            --run "$work/run" --embed 512 --hidden 512 --batch "$batch" \
            --lanes $((2 * ranks)) --reduce $way --max-steps $steps >/dev/null
        steps_of "$work/run/log.jsonl" >"$work/steps"
        awk '{ print $1 }' "$work/steps" | median >>"$work/$way.step"
        awk '{ print $2 }' "$work/steps" | median >>"$work/$way.rest"
        awk '{ n += $3 } END { print n / NR }' "$work/steps" >"$work/words"
    done
    echo "round $round of $rounds" >&2
done

printf 'way\tstep_ms\tsum_wait_update_ms\n'
for way in exact allreduce; do
    printf '%s\t%.1f\t%.1f\n' $way "$(median <"$work/$way.step")" \
        "$(median <"$work/$way.rest")"
done
awk -v r="$ranks" -v w="$(cat "$work/words")" \
    -v a="$(median <"$work/exact.step")" \
    -v b="$(median <"$work/allreduce.step")" 'BEGIN {
    printf "%d ranks, %.0f words a step, %d words each; exact takes %.1f %% more\n",
        r, w, w / r, 100 * (a - b) / b
}'
