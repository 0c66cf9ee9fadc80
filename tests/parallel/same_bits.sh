#!/bin/sh
# same_bits.sh - the weights are the same, byte for byte, for 1 to 4 ranks
#
# 50 steps with dropout on an odd number of images, one with a single caption
# and one with 20; then a run of 3 ranks that goes on with 2.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-bits-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# train RANKS RUN OPTION...
train() {
    ranks=$1 run=$work/$2
    shift 2
    "${MPIRUN:-mpirun}" -n "$ranks" "$BIN/chorus-train" "$work/shards" --run "$run" \
        --embed 24 --hidden 32 --batch 18 --lanes 5 --rate 0.01 --dropout 0.5 \
        --patience 0 --epochs 100 "$@" >"$work/stdout" 2>"$work/stderr" || {
        fail "$ranks ranks, $*"
        cat "$work/stderr"
    }
}

same() {
    for file in latest best; do
        cmp "$work/$1/$file.safetensors" "$work/$2/$file.safetensors" ||
            fail "$3"
    done
}

"$BIN/tests/parallel/np_train" shards "$work" || exit 1
"$BIN/tests/parallel/np_train" grids "$work" || exit 1

for ranks in 1 2 3 4; do
    train $ranks "p$ranks" --max-steps 50
    same p1 "p$ranks" "$ranks ranks train other weights than 1"
done

CHORUS_REDUCE=exchange train 4 sent --max-steps 50
same p1 sent "ranks that send their gradients train other weights"

# Every decoder.
for decoder in "--cell gru --layers 2" "--image every --layers 2 --variational" \
    "--image state --cell gru --sampling 0.3 --word-dropout 0.1" \
    "--image merge --tied --forget-bias 1 --label-smoothing 0.1" \
    "--decoder sat --attention 20 --attention-penalty 1" \
    "--decoder att2in --attention 20" "--decoder updown --attention 20"; do
    for ranks in 1 2 3 4; do
        # Unquoted: its words are options.
        train $ranks "d$ranks" --max-steps 8 $decoder
        same d1 "d$ranks" "$ranks ranks train other weights than 1: $decoder"
    done
    cmp -s "$work/p1/latest.safetensors" "$work/d1/latest.safetensors" &&
        fail "$decoder trains the default decoder"
    for ranks in 1 3; do
        train $ranks "b$ranks" --max-steps 8 --precision bf16 $decoder
        same b1 "b$ranks" "$ranks ranks train other weights in bf16: $decoder"
    done
    cmp -s "$work/d1/latest.safetensors" "$work/b1/latest.safetensors" &&
        fail "$decoder: bf16 is f32"
    rm -r "$work"/[bd][1-4]
done

# Products by oneDNN, where it is there.
if CHORUS_GEMM=onednn "$BIN/chorus-train" "$work/shards" --run "$work/dry" \
    --embed 8 --hidden 8 --dry-run >"$work/stdout" 2>"$work/stderr"; then
    for ranks in 1 2 3 4; do
        CHORUS_GEMM=onednn train $ranks "g$ranks" --max-steps 20
        same g1 "g$ranks" "$ranks ranks with oneDNN train other weights than 1"
    done
    CHORUS_GEMM=onednn train 2 gt --max-steps 20 --threads 2
    same g1 gt "2 threads with oneDNN train other weights than 1"
    train 1 g0 --max-steps 20
    cmp -s "$work/g0/latest.safetensors" "$work/g1/latest.safetensors" &&
        fail "oneDNN is not used"
    [ $bad = 0 ] && rm -r "$work"/g[0-9t]*
else
    grep -qF 'chorus-train: CHORUS_GEMM=onednn, but ' "$work/stderr" ||
        fail "no oneDNN, and no reason"
    echo "skipped: oneDNN: $(cat "$work/stderr")"
fi

# A part of an epoch, then the rest with fewer ranks.
train 3 stopped --max-steps 17
train 2 stopped --max-steps 50 --resume
same p1 stopped "3 ranks and then 2 train other weights than 1"

# The test must be able to fail.
train 1 other --max-steps 50 --seed 2
cmp -s "$work/p1/latest.safetensors" "$work/other/latest.safetensors" &&
    fail "another seed trains the same weights"

exit $bad
