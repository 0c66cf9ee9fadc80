#!/bin/sh
# train.sh - target words per second of training, beside PyTorch's
#
#     [TORCH=VENV] [EACH=12] [ROUNDS=3] [BATCHES="80 320"] [CORES="1 2"] \
#         tests/bench/train.sh [MODEL...]       nic-lstm nic-gru sat updown
#
# EACH: seconds of a run.  The same decoders on both sides: vocabulary about
# 10,000, all widths 512, features of 2,048, captions as long as COCO's; f32,
# Adam, clipping.  Ours runs the program itself, reading shards, on as many
# ranks as cores; PyTorch's side is the tuned one of
# ../shared/bench/torch_train.py, one process with as many threads.  All take
# turns, so that a machine that slows down slows both; a run's rate is the
# median of its steps; said are the median of the rounds, lowest and highest,
# and the most memory that was resident: of all ranks together, what they share
# counted once.
#
# Without PyTorch (TORCH: a virtual environment that has it) or ../shared its
# columns are left out.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/release}
seconds=${EACH:-12} rounds=${ROUNDS:-3} images=${IMAGES:-640}
batches=${BATCHES:-80 320} cores=${CORES:-1 2}
models=${*:-nic-lstm nic-gru sat updown}
peer=../shared/bench/torch_train.py
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-bench-train-XXXXXX")
trap 'rm -rf "$work"' EXIT
export OMPI_MCA_btl_vader_single_copy_mechanism=none OPENBLAS_NUM_THREADS=1
export OMPI_MCA_hwloc_base_binding_policy=none
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

python=
if [ ! -f "$peer" ]; then
    echo "skipped: no ../shared, so PyTorch's columns are left out" >&2
elif [ ! -x "${TORCH:-}/bin/python" ] ||
    ! "$TORCH/bin/python" -c 'import torch' 2>/dev/null; then
    echo "skipped: no PyTorch in TORCH='${TORCH:-}', so its columns are left" \
        "out" >&2
else
    python=$TORCH/bin/python
fi

# What a model is called, on both sides.
ours_of() {
    case $1 in
    nic-lstm) echo --decoder nic --cell lstm ;;
    nic-gru) echo --decoder nic --cell gru ;;
    sat) echo --decoder sat --together --attention-penalty 1 ;;
    updown) echo --decoder updown --together ;;
    *) echo "train.sh: no model $1" >&2 && exit 2 ;;
    esac
}
theirs_of() {
    case $1 in
    nic-lstm) echo fc ;;
    nic-gru) echo gru ;;
    sat) echo attgood ;;
    esac
}

# memory PID: MiB of a process and those it started, until it ends: the most.
# One that ended has no memory, though its number stays until we wait for it.
memory() {
    most=0
    while grep -q '^Pss:' "/proc/$1/smaps_rollup" 2>/dev/null; do
        sum=0
        for pid in "$1" $(pgrep -P "$1"); do
            pss=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup" \
                2>/dev/null || true)
            sum=$((sum + ${pss:-0}))
        done
        [ $sum -le $most ] || most=$sum
        sleep 0.5
    done
    echo $((most / 1024))
}

# Those that look have grids; the others' features lie close together.
shards_of() {
    case $1 in
    nic-*) echo "$work/pooled/shards" ;;
    *) echo "$work/grids/shards" ;;
    esac
}

# ours MODEL CORES BATCH: words/s and MiB.
ours() {
    rm -rf "$work/run"
    # shellcheck disable=SC2046 # words are meant
    mpirun --oversubscribe -n "$2" "$BIN/chorus-train" -qq \
        "$(shards_of "$1")" --run "$work/run" $(ours_of "$1") --embed 512 \
        --hidden 512 --attention 512 --batch "$3" --epochs 1000 \
        --patience 0 --time-limit "${seconds}s" >"$work/out" 2>&1 &
    mib=$(memory $!)
    [ -s "$work/run/log.jsonl" ] || { cat "$work/out" >&2 && exit 1; }
    sed -n '/"kind":"step"/p' "$work/run/log.jsonl" | tail -n +3 |
        sed 's/.*"words_per_s":\([0-9.e+]*\).*/\1/' | sort -g |
        awk -v mib="$mib" '{ v[NR] = $1 }
            END { printf "%.0f %d\n", v[int((NR + 1) / 2)], mib }'
}

# theirs MODEL CORES BATCH: the same of PyTorch.
theirs() {
    "$python" "$peer" --model "$(theirs_of "$1")" --batch "$3" --threads "$2" \
        --tuned 1 --seconds "$seconds" >"$work/out" 2>&1 ||
        { cat "$work/out" >&2 && exit 1; }
    sed -n 's/.*: *\([0-9]*\) tok\/s.*RSS \([0-9]*\) MiB.*/\1 \2/p' "$work/out"
}

# said FILE: median rate, lowest, highest and median memory, or dashes.
said() {
    [ -s "$1" ] || { printf -- '-\t-\t-' && return; }
    sort -g "$1" | awk '{ v[NR] = $1 }
        $2 > mib { mib = $2 }
        END { printf "%d\t%d-%d\t%d", v[int((NR + 1) / 2)], v[1], v[NR], mib }'
}

mkdir "$work/pooled" "$work/grids"
"$BIN/tests/bench/bench_shards" "$work/pooled" "$images" >&2
"$BIN/tests/bench/bench_shards" "$work/grids" "$images" grids >/dev/null
for round in $(seq "$rounds"); do
    for model in $models; do
        for batch in $batches; do
            for n in $cores; do
                at=$work/$model-$batch-$n
                ours "$model" "$n" "$batch" >>"$at.ours"
                if [ -n "$python" ] && [ -n "$(theirs_of "$model")" ]; then
                    theirs "$model" "$n" "$batch" >>"$at.theirs"
                fi
            done
        done
    done
    echo "round $round of $rounds" >&2
done

sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1
printf 'model\tcaptions\tcores\twords/s\tfrom-to\tMiB'
printf '\tPyTorch\tfrom-to\tMiB\tfaster\tmemory\n'
for model in $models; do
    for batch in $batches; do
        for n in $cores; do
            at=$work/$model-$batch-$n
            printf '%s\t%s\t%s\t%s\t%s\n' "$model" "$batch" "$n" \
                "$(said "$at.ours")" "$(said "$at.theirs")" |
                awk -F '\t' -v OFS='\t' '{
                    print $0, ($7 > 0 ? sprintf("%.2fx", $4 / $7) : "-"),
                        ($9 > 0 ? sprintf("%.2f", $6 / $9) : "-") }'
        done
    done
done
