#!/bin/sh
# debug_bits.sh - a debug run tells hashes; one lane alone has the same again
#
# For every decoder: what 3 ranks log of lanes and weights is what 1 and 2 ranks
# log, and what --replay says of several lanes and steps.
# shellcheck disable=SC2086 # options in one variable
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-debug-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# words RANKS RUN OPTION...: a debug run, and the lines that must not depend on
# the ranks, without who said them.
words() {
    ranks=$1 run=$work/$2
    shift 2
    rm -rf "$run"
    "${MPIRUN:-mpirun}" -n "$ranks" "$BIN/chorus-train" "$work/shards" --run "$run" \
        --embed 24 --hidden 32 --batch 18 --lanes 5 --debug "$@" \
        >"$work/stdout" 2>"$work/stderr" || fail "$ranks ranks, $*"
    sed -e 's/^chorus-train: //' -e 's/^\[rank [^]]*\] //' "$work/stderr" |
        grep -E '^step [0-9]+( is done: |, lane |, gradient of )' | sort -u
}

# replay STEP LANE RUN OPTION...: the line of one lane, alone.
replay() {
    place=$1:$2 run=$work/$3
    step=$1 lane=$2
    shift 3
    "$BIN/chorus-train" "$work/shards" --run "$run" --embed 24 --hidden 32 \
        --batch 18 --lanes 5 --debug "$@" --replay "$place" \
        >"$work/alone" 2>"$work/stderr" || fail "--replay $place $*"
    sed -n "s/^chorus-train: \(step $step, lane $lane:\)/\1/p" "$work/stderr"
}

"$BIN/tests/parallel/np_train" shards "$work" || exit 1
"$BIN/tests/parallel/np_train" grids "$work" || exit 1

for decoder in "--dropout 0.5" "--cell gru --layers 2 --sampling 0.3" \
    "--image every --layers 2 --variational --dropout 0.2" \
    "--image state --word-dropout 0.2" "--image merge --tied --ema 0.9" \
    "--decoder sat --attention 20 --attention-penalty 1 --dropout 0.3" \
    "--decoder att2in --attention 20 --word-relu" \
    "--decoder updown --attention 20 --label-smoothing 0.1"; do
    # Unquoted, here and below: its words are options.
    words 3 many $decoder >"$work/lines3"
    [ "$(grep -c ', lane ' "$work/lines3")" = 50 ] ||
        fail "expected 10 steps of 5 lanes: $decoder"
    [ "$(grep -c ' is done: weights' "$work/lines3")" = 10 ] ||
        fail "the ranks told of other weights: $decoder"
    for place in "1 0" "4 2" "7 4" "9 1"; do
        line=$(replay ${place% *} ${place#* } many $decoder)
        grep -qxF -- "$line" "$work/lines3" ||
            fail "alone: \"$line\", which no rank said: $decoder"
    done
    [ "$(awk '/^gradient/ { print $2 }' "$work/alone")" = "${line##* }" ] ||
        fail "stdout tells another hash: $decoder"
    grep -qF 'the checkpoint of step 8' "$work/alone" ||
        fail "it does not go from the checkpoint before: $decoder"
done

for ranks in 1 2; do
    words $ranks few $decoder >"$work/lines"
    diff "$work/lines3" "$work/lines" || fail "$ranks ranks tell other hashes"
done
CHORUS_REDUCE=exchange words 3 sent $decoder >"$work/lines"
diff "$work/lines3" "$work/lines" || fail "sent gradients have other hashes"

"${MPIRUN:-mpirun}" -n 2 "$BIN/chorus-train" "$work/shards" --run "$work/plain" --embed 24 \
    --hidden 32 --batch 18 --lanes 5 --max-steps 10 $decoder \
    >"$work/stdout" 2>"$work/stderr" || fail "without --debug"
cmp "$work/plain/latest.safetensors" "$work/many/latest.safetensors" ||
    fail "what is looked at becomes another model"

# The test must be able to fail.
words 1 other $decoder --seed 2 >"$work/lines"
grep ', lane ' "$work/lines3" | grep -v ' of 0 words' | grep -qxFf "$work/lines" &&
    fail "another seed has the same gradients"

echo "only so many images, and no check without --debug"
"$BIN/chorus-train" "$work/shards" --run "$work/slice" --embed 8 --hidden 8 \
    --batch 4 --images 5 --epochs 1 -v >"$work/stdout" 2>"$work/stderr" ||
    fail "--images 5"
grep -q 'captions of 5 images' "$work/stderr" || fail "not 5 images"
grep -q ', lane ' "$work/stderr" && fail "hashes that nobody asked for"

# refuse WORDS OPTION...
refuse() {
    sentence=$1
    shift
    "$BIN/chorus-train" "$work/shards" --run "$work/many" --embed 24 \
        --hidden 32 --batch 18 --lanes 5 "$@" >"$work/stdout" \
        2>"$work/stderr"
    [ $? = 2 ] || fail "$*: expected 2"
    grep -qF -- "$sentence" "$work/stderr" || fail "$*: expected \"$sentence\""
}
for place in 5 5: :5 x:1 5:1:2 -1:3 5:1x; do
    refuse "--replay: expected STEP:LANE as 12:3, found '$place'" \
        "--replay=$place"
done
refuse "steps are counted from 1" --replay 0:0
"${MPIRUN:-mpirun}" -n 2 "$BIN/chorus-train" "$work/shards" --run "$work/many" \
    --replay 1:0 >"$work/stdout" 2>"$work/stderr"
[ $? = 2 ] || fail "replay on two ranks: expected 2"
grep -qF 'by one process alone' "$work/stderr" || fail "replay on two ranks"

echo "what overflows is found where it does"
"${MPIRUN:-mpirun}" -n 2 "$BIN/chorus-train" "$work/shards" --run "$work/nan" --embed 24 \
    --hidden 32 --batch 18 --lanes 5 --debug --optimiser adamw --rate 100 \
    --weight-decay 1e6 >"$work/stdout" 2>"$work/stderr"
[ $? = 1 ] || fail "weights that grow: expected 1"
grep -qE 'lane [0-9]+, step 4: the first value that is not finite is in the '\
'gates of cells 0, at word [0-9]+ of caption [0-9]+ of image 0[0-9]*.jpg$' \
    "$work/stderr" || fail "weights that grow: no layer is named"
exit $bad
