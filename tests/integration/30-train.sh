#!/bin/sh
# 30-train.sh - chorus train: what it says, and the files it leaves
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-train-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stdout" "$work/stderr"
    bad=1
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stdout" \
    2>"$work/stderr" || {
    fail "no shards"
    exit 1
}

echo "on one rank, without mpirun"
"$BIN/chorus" train "$work/shards" --run "$work/one" --embed 8 --hidden 12 \
    --epochs 3 --seed 5 >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
sed -E 's/[0-9]+\.[0-9]+ nats/N nats/; s/^(speed|time) +.*/\1/;
    s/epoch [0-9]+$/epoch E/' "$work/stdout" >"$work/found"
cat >"$work/expected" <<END
parameters   1664
epochs       3
steps        6
train loss   N nats per word
best         N nats per word on validation, epoch E
speed
time
model        $work/one/best.safetensors
END
diff "$work/expected" "$work/found" || fail "other words on stdout"
for file in best latest step-0000000004; do
    [ -s "$work/one/$file.safetensors" ] || fail "no $file"
done
[ -s "$work/one/log.jsonl" ] || fail "no log"
[ -s "$work/one/events.out.tfevents.chorus" ] || fail "no curves"
[ "$(find "$work/one" -type f | wc -l)" = 5 ] || fail "files beside the five"

echo "the log has settings, steps and epochs"
for kind in settings:1 step:6 caption:12 epoch:3; do
    [ "$(grep -c "^{\"kind\":\"${kind%:*}\"" "$work/one/log.jsonl")" = \
        "${kind#*:}" ] || fail "not ${kind#*:} lines of ${kind%:*}"
done
head -n 1 "$work/one/log.jsonl" | grep -q '"seed":5,"embed":8,"hidden":12,' ||
    fail "the settings are not in the log"

echo "stderr tells every epoch"
[ "$(grep -c '^chorus-train: epoch [1-3]: train .* validation .* words/s' \
    "$work/stderr")" = 3 ] || fail "not three epochs on stderr"

echo "-q says less, but not nothing on errors"
"$BIN/chorus-train" -q --shards "$work/shards" --run "$work/quiet" --embed 8 \
    --hidden 12 --epochs 1 >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
[ ! -s "$work/stderr" ] || fail "-q is not quiet"

echo "on three ranks the same model"
mpirun -n 3 "$BIN/chorus-train" "$work/shards" --run "$work/three" --embed 8 \
    --hidden 12 --epochs 3 --seed 5 >"$work/stdout" 2>"$work/stderr" ||
    fail "exit $?"
cmp "$work/one/best.safetensors" "$work/three/best.safetensors" ||
    fail "another model"
[ "$(wc -l <"$work/stdout")" = 8 ] || fail "more than one rank speaks"

echo "what is shown after each epoch is the same, and changes no model"
# shown RUN: the lines of captions, and the model, are those of the first run.
shown() {
    for run in one "$1"; do
        grep '^{"kind":"caption"' "$work/$run/log.jsonl" >"$work/$run.shown"
    done
    cmp "$work/one.shown" "$work/$1.shown" || fail "$1: other captions"
}
shown three
cmp "$work/one/latest.safetensors" "$work/three/latest.safetensors" ||
    fail "another model"
for options in "scored --select cider" "none --show 0" "all --show 64"; do
    # Unquoted: its words are options.
    mpirun -n 2 "$BIN/chorus-train" "$work/shards" --embed 8 --hidden 12 \
        --epochs 3 --seed 5 --run "$work/"$options >"$work/stdout" \
        2>"$work/stderr" || fail "exit $?: $options"
done
shown scored
cmp "$work/one/latest.safetensors" "$work/none/latest.safetensors" ||
    fail "what is shown changes the model"
! grep -q '^{"kind":"caption"' "$work/none/log.jsonl" || fail "--show 0 shows"
[ "$(grep -c '^{"kind":"caption"' "$work/all/log.jsonl")" = 15 ] ||
    fail "not all of 5 images are shown"

echo "options from a file, overridden by the command line"
cat >"$work/config" <<END
# the first run, but for the epochs
run = $work/config-run
embed = 8
hidden=12
  epochs = 9
seed =5
nesterov = no
END
"$BIN/chorus-train" "$work/shards" --config "$work/config" --epochs 3 \
    >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
cmp "$work/one/best.safetensors" "$work/config-run/best.safetensors" ||
    fail "another model from a file of options"
echo 'hiden = 3' >>"$work/config"
mpirun -n 2 "$BIN/chorus-train" "$work/shards" --config "$work/config" \
    >"$work/stdout" 2>"$work/stderr"
[ $? = 2 ] || fail "an unknown name is taken"
grep -qF "$work/config: line 8: unknown option --hiden; did you mean --hidden?" \
    "$work/stderr" || fail "the unknown name is not told"
echo "a dry run writes nothing"
mpirun -n 2 "$BIN/chorus-train" "$work/shards" --run "$work/dry" --embed 8 \
    --hidden 12 --epochs 3 --dry-run >"$work/stdout" 2>"$work/stderr" ||
    fail "exit $?"
[ ! -e "$work/dry" ] || fail "a dry run leaves a folder"
sed -E 's/[0-9]+\.[0-9]+/N/; s/^(speed) .*/\1/' "$work/stdout" >"$work/found"
cat >"$work/expected" <<END
parameters   1664
memory       N MB per rank, 2 ranks
captions     52 of 13 images
epoch        475 words, 2 steps, N s
speed
time         N s for 3 epochs
END
diff "$work/expected" "$work/found" || fail "another plan"
"$BIN/chorus-train" "$work/shards" --run "$work/dry" --embed 8 --hidden 12 \
    --image-norm layer --dry-run >"$work/stdout" 2>"$work/stderr" ||
    fail "exit $?"
# Gain and bias of 8.
grep -qx 'parameters   1680' "$work/stdout" || fail "no parameters of a norm"

echo "a preflight measures, and writes nothing"
mpirun -n 2 "$BIN/chorus-train" "$work/shards" --run "$work/fit" --embed 8 \
    --hidden 12 --preflight >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
[ ! -e "$work/fit" ] || fail "a preflight leaves a folder"
for line in 'ranks        2 on 1 host' 'program ' 'processor ' 'shards ' \
    'adding up ' 'room ' 'step ' 'speed '; do
    grep -q "^$line" "$work/stdout" || fail "no line '$line'"
done
"$BIN/chorus-train" "$work/shards" --run "$work/fit" --preflight --dry-run \
    >"$work/stdout" 2>"$work/stderr"
[ $? = 2 ] || fail "a preflight that is a dry run is taken"
grep -q 'give one of them' "$work/stderr" || fail "the two are not told"

echo "where the time goes"
mpirun -n 2 "$BIN/chorus-train" "$work/shards" --run "$work/timed" --embed 8 \
    --hidden 12 --epochs 2 --profile --trace "$work/trace.json" \
    >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
for epoch in 1 2; do
    for row in "epoch $epoch/2" phase load forward output backward wait sum \
        update all; do
        echo "$row"
    done
done >"$work/expected"
sed -nE 's/^chorus-train: (epoch [0-9]+\/[0-9]+|phase|all|[a-z]+)( .*\([01]\).*\([01]\)| +mean s .*|)$/\1/p' \
    "$work/stderr" >"$work/found"
diff "$work/expected" "$work/found" || fail "another table"
python3 - "$work/trace.json" <<'END' || fail "another timeline"
import json, sys
trace = json.load(open(sys.argv[1]))["traceEvents"]
spans = [x for x in trace if x["ph"] == "X"]
assert {x["pid"] for x in spans} == {0, 1}
# 4 steps; each lane has 4 phases, each rank 4.
lanes = sum(x["name"] == "load" for x in spans) // 4
assert lanes >= 2 and len(spans) == 4 * (4 * lanes + 2 * 4), len(spans)
assert all(x["ts"] >= 0 and x["dur"] >= 0 for x in spans)
END
"$BIN/chorus-train" "$work/shards" --run "$work/untimed" --trace \
    "$work/nowhere/trace.json" >"$work/stdout" 2>"$work/stderr"
[ $? = 1 ] || fail "a timeline that cannot be written is accepted"
grep -qF "nowhere/trace.json" "$work/stderr" || fail "its path is not told"

echo "refused, nothing is left behind"
mkdir "$work/no-shards"
for shards in nowhere no-shards; do
    "$BIN/chorus-train" "$work/$shards" --run "$work/refused/run" \
        >"$work/stdout" 2>"$work/stderr" && fail "there are no shards"
    [ ! -e "$work/refused" ] || fail "$shards: a run's folder is left behind"
done

echo "wrong use"
for wrong in "--run $work/x" "$work/shards" "$work/shards --run $work/x \
--dropout 1" "$work/shards $work/shards --run $work/x" \
    "$work/shards --run $work/x --image twice"; do
    # shellcheck disable=SC2086 # words are meant
    "$BIN/chorus-train" $wrong >"$work/stdout" 2>"$work/stderr"
    got=$?
    [ $got = 2 ] || fail "$wrong: exit $got, expected 2"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "$wrong: not one sentence"
done
for wrong in CHORUS_KERNEL=sse9 CHORUS_GEMM=mkl; do
    env "$wrong" mpirun -n 2 "$BIN/chorus-train" "$work/shards" \
        --run "$work/x" >"$work/stdout" 2>"$work/stderr"
    [ $? = 2 ] || fail "$wrong: expected 2"
    grep -q "^chorus-train: .*${wrong%=*} is \"${wrong#*=}\", expected " \
        "$work/stderr" || fail "$wrong: not told"
    env "$wrong" "$BIN/chorus-caption" --model "$work/one/best.safetensors" \
        --shards "$work/shards" --split val >"$work/stdout" 2>"$work/stderr"
    [ $? = 2 ] || fail "$wrong: expected 2 of chorus caption"
done

exit $bad
