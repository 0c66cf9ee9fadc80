#!/bin/sh
# 65-doors.sh - every allocation, read, write, sync and rename fails in turn
#
# tests/fault/door.c fails the n-th call of a kind.  Each program then ends with
# exit code 0 and the bytes it makes otherwise, or with 1, a sentence and no
# partial output; what was there before can be read, and the same command ends
# as if nothing had been.  FAULT_POINTS: how many n of each kind are tried (2),
# spread evenly; 0: all.  FAULT_PROGRAMS: which programs.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
points=${FAULT_POINTS:-2}
door=$(realpath "$BIN")/tests/fault/door.so
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-doors-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
# No helper of MPI for a program that is alone.
export OMPI_MCA_ess_singleton_isolated=1
with=          # what a program is started by
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

do_shard() {
    $with timeout 60 "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
        --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
        --min-count 1 --out "$1/shards"
}
do_encode() {
    $with timeout 60 "$BIN/chorus-encode" "$1/shards" --encoder tests/fixture/tiny.json -q
}
do_train() {
    $with timeout 60 "$BIN/chorus-train" "$work/encoded/shards" --run "$1/run" -q --embed 8 \
        --hidden 8 --batch 32 --patience 0 --epochs "${epochs:-3}" \
        --save-every 2 ${resume:+--resume}
}
do_caption() {
    $with timeout 60 "$BIN/chorus-caption" --model "$work/one/run/best.safetensors" \
        --encoder tests/fixture/tiny.json -q --json \
        --out "$1/captions.json" "$work/scenes/images"
}
do_score() {
    $with timeout 60 "$BIN/chorus-score" --references "$work/scenes/val.tsv" \
        --csv "$1/scores.csv" --per-image "$1/images.csv" \
        "$work/captions.tsv"
}

# Bytes of an index depend on what was committed when; what it holds does not.
do_tag() {
    $with timeout 60 "$BIN/chorus-tag" "$work/scenes/images" \
        --index "$1/photos.index" --batch 8 -q \
        --model "$work/one/run/best.safetensors" \
        --encoder tests/fixture/tiny.json &&
        "$BIN/chorus-find" --index "$1/photos.index" --limit 0 --json \
            --like "$work/scenes/images/000000.jpg" >"$1/photos.jsonl"
}
do_find() {
    $with timeout 60 "$BIN/chorus-find" --duplicates --distance 2 --json -q \
        --index "$work/good-tag/photos.index" >"$1/found.jsonl"
}

# What a program finds before it starts.
before() {
    rm -rf "$2"
    case $1 in
    encode) cp -r "$work/plain" "$2" ;;
    train) cp -r "$work/one" "$2" ;;
    *) mkdir "$2" ;;
    esac
}
# Files whose bytes are compared.
same() {
    diff -r -x '*.index' -x log.jsonl -x "events.*" -x 'step-*' "$work/good-$1" "$2" >"$work/stdout" ||
        fail "$3: other bytes: $(head -n 3 "$work/stdout")"
}

# after PROGRAM EXIT WHAT: is what it left as it should be?
after() {
    case $2 in
    0) same "$1" "$work/now" "$3" ;;
    1)
        # Before a program knows its name it is called chorus.
        grep -q "^chorus\(-$1\)\?: " "$work/stderr" ||
            fail "$3: exit 1, no sentence"
        # Encoding keeps what it has for the next time.
        left=$(find "$work/now" -name '*.tmp*' ! -name encode.tmp)
        [ -z "$left" ] || [ "$kind" = rename ] || fail "$3: left $left"
        case $1 in
        shard | caption)
            # Nothing, or all of it where the failure came after; what cannot
            # be removed stays.
            left=$(ls -A "$work/now")
            # A photo that could not be read is told, and the rest captioned.
            [ -z "$left" ] || [ "$kind" = rename ] ||
                grep -q 'warning: .*cannot read' "$work/stderr" ||
                same "$1" "$work/now" "$3: left $left"
            rm -rf "$work/now" && mkdir "$work/now"
            ;;
        score)      # two files, each whole or absent
            for file in "$work/now"/*.csv; do
                [ ! -e "$file" ] ||
                    cmp "$file" "$work/good-$1/$(basename "$file")" ||
                    fail "$3: part of $file"
            done
            ;;
        esac
        "do_$1" "$work/now" >"$work/stdout" 2>"$work/stderr" ||
            fail "$3: and then exit $?"
        same "$1" "$work/now" "$3, and again"
        ;;
    *) fail "$3: exit $2" ;;
    esac
}

# try PROGRAM: every kind of failure.
try() {
    program=$1
    before "$program" "$work/good-$program"
    "do_$program" "$work/good-$program" >"$work/stdout" 2>"$work/stderr" || {
        fail "$program: exit $?"
        return
    }
    told=
    for kind in memory read write sync rename; do
        before "$program" "$work/now"
        with="env LD_PRELOAD=$door FAULT_KIND=$kind FAULT_COUNT=$work/count"
        "do_$program" "$work/now" >"$work/stdout" 2>"$work/stderr" ||
            fail "$program under the door"
        with=
        count=$(cat "$work/count")
        tries=$points
        [ "$points" != 0 ] && [ "$points" -lt "$count" ] || tries=$count
        told="$told $kind $tries/$count"
        i=0
        while [ $i -lt "$tries" ]; do
            at=$((1 + (2 * i + 1) * count / (2 * tries)))
            i=$((i + 1))
            before "$program" "$work/now"
            with="env LD_PRELOAD=$door FAULT_KIND=$kind FAULT_AT=$at"
            "do_$program" "$work/now" >"$work/stdout" 2>"$work/stderr"
            code=$?
            with=
            after "$program" $code "$program, $kind $at of $count"
        done
    done
    echo "$program:$told"
}

[ -e "$door" ] || { echo "failed: no $door; run make $BIN/tests/fault/door.so"; exit 1; }
"$BIN/scenes" --out "$work/scenes" --count 24 --seed 3 2>"$work/stderr" ||
    fail "no scenes"
mkdir "$work/plain" "$work/one"
{
    do_shard "$work/plain" &&
        cp -r "$work/plain" "$work/encoded" && do_encode "$work/encoded" &&
        epochs=1 resume='' do_train "$work/one"
} >"$work/stdout" 2>"$work/stderr" || {
    fail "no model"
    exit 1
}
awk -F '\t' '!seen[$1]++' "$work/scenes/val.tsv" >"$work/captions.tsv"
resume=yes
for program in ${FAULT_PROGRAMS:-shard encode train caption score tag find}; do
    try $program
done
exit $bad
