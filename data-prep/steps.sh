# shellcheck shell=sh
# steps.sh - what the recipes of this folder share; read by them, not run
#
# A recipe shows every command before it runs it, does not do again what is
# done, and stops at the first failure.

# shellcheck source=launch/ranks.sh
. "${CHORUS_HOME:-.}/launch/ranks.sh"

BIN=${BIN:-build/release}
cores=${cores:-$(nproc)}
# The JSON of another frozen network may take the place of the default.
encoder=${ENCODER:-build/encoders/efficientnet-lite2.json}

step() {
    printf '\n== %s\n' "$*" >&2
}

# Show a command, as it would be typed, and run it.
run() {
    echo "\$ $*" >&2
    "$@"
}

# once FILE COMMAND...: run it unless FILE, the last thing it makes, is there.
once() {
    made=$1
    shift
    if [ -e "$made" ]; then
        echo "$made is there already" >&2
    else
        run "$@"
    fi
}

# need FILE WHAT: stop with a sentence when an input is missing.
need() {
    if [ ! -e "$1" ]; then
        echo "$(basename "$0"): $1 is missing: expected $2" >&2
        exit 1
    fi
}

# The default encoder is made once, from the weights in build/venv.
build_encoder() {
    if [ -n "${ENCODER:-}" ]; then
        need "$encoder" "the JSON of an encoder, as ENCODER says"
    else
        once "$encoder" build/venv/bin/python \
            data-prep/encoders/efficientnet_lite.py \
            --out "$(dirname "$encoder")"
    fi
}

# On all cores, with one thread each.
ranks() {
    allow_here
    export OPENBLAS_NUM_THREADS=1
    # shellcheck disable=SC2046 # several options are meant
    run mpirun $(binding_of "$cores") "$@"
}

# train SHARDS RUN OPTION...: go on when it was stopped.
train() {
    shards=$1 run_folder=$2
    shift 2
    if [ -e "$run_folder/done" ]; then
        echo "$run_folder is trained already" >&2
        return
    fi
    choose_lanes "$run_folder" "$@"
    if [ -n "$lanes" ]; then
        set -- "$@" --lanes "$lanes"
    fi
    if is_begun "$run_folder"; then
        set -- "$@" --resume
    fi
    ranks "$BIN/chorus-train" --shards "$shards" --run "$run_folder" "$@"
    : >"$run_folder/done"
}

# sum_of FILE SUM: its checksum, of the kind that SUM is.
sum_of() {
    if [ ${#2} = 32 ]; then md5sum "$1"; else sha256sum "$1"; fi |
        cut -d ' ' -f 1
}

is_sum() {
    [ "$2" != - ] && [ -e "$1" ] && [ "$(sum_of "$1" "$2")" = "$2" ]
}

# spoilt FILE WHAT FOUND EXPECTED: it is removed, so that the next try begins
# anew.
spoilt() {
    rm -f "$1"
    echo "$(basename "$0"): ${1%.part}: $2 is $3, expected $4; it is removed, \
try again or fetch it by other means" >&2
    exit 1
}

# fetch URL FILE [BYTES [SUM]]: whole, as it was published, or not there; a
# download that was stopped or cut goes on.  -: not published.
fetch() {
    if [ -e "$2" ]; then
        return
    fi
    mkdir -p "$(dirname "$2")"
    have=$(stat -c %s "$2.part" 2>/dev/null || echo 0)
    # All of it may be there: then there is nothing to go on with.
    if [ "$have" != "${3:--}" ] && ! is_sum "$2.part" "${4:--}"; then
        while :; do
            code=0
            run curl -fL --retry 5 -C - -o "$2.part" "$1" || code=$?
            now=$(stat -c %s "$2.part" 2>/dev/null || echo 0)
            # A connection that is cut, time and again: as long as each brings
            # something.
            case $code in 18 | 56 | 92) ;; *) break ;; esac
            [ "$now" -gt "$have" ] || break
            have=$now
        done
        # A server that cannot begin in the middle: from the beginning.
        if [ $code = 33 ]; then
            rm -f "$2.part"
            code=0
            run curl -fL --retry 5 -o "$2.part" "$1" || code=$?
        fi
        if [ $code != 0 ]; then
            echo "$(basename "$0"): $1 cannot be fetched (curl says $code); \
start the recipe again to go on, or put the file at $2" >&2
            exit 1
        fi
    fi
    if [ "${3:--}" != - ] && [ "$(stat -c %s "$2.part")" != "$3" ]; then
        spoilt "$2.part" "its size" "$(stat -c %s "$2.part")" "$3"
    fi
    if [ "${4:--}" != - ] && ! is_sum "$2.part" "$4"; then
        spoilt "$2.part" "its checksum" "$(sum_of "$2.part" "$4")" "$4"
    fi
    mv "$2.part" "$2"
}

# get ZIP FOLDER MADE [-j] [MEMBER...]: with DOWNLOAD=1, fetch and unpack what
# data-prep/downloads.txt lists, unless MADE is there and was not by half.
get() {
    zip=$1 folder=$2 made=$3 junk=
    shift 3
    if [ "${1:-}" = -j ]; then
        junk=-j
        shift
    fi
    if [ "${DOWNLOAD:-0}" != 1 ] || [ -e "$folder/$zip.unpacked" ] ||
        { [ -e "$made" ] && [ ! -e "$folder/$zip" ]; }; then
        return
    fi
    row=$(grep "^$zip " "${DOWNLOADS:-data-prep/downloads.txt}") || {
        echo "$(basename "$0"): no source of $zip is known" >&2
        exit 1
    }
    # shellcheck disable=SC2046 # file, folder, bytes, checksum
    set -- $(echo "$row" | cut -d ' ' -f 2-4) "$@"
    where=$1 bytes=$2 sum=$3
    shift 3
    fetch "$where/$zip" "$folder/$zip" "$bytes" "$sum"
    run unzip -q -o $junk "$folder/$zip" "$@" -d "$folder"
    : >"$folder/$zip.unpacked"
}

# references SHARDS SPLIT: what people wrote, as lines of image, tab, caption.
references() {
    "$BIN/chorus" inspect "$1" --split "$2" | awk -F '\t' '
        /^  / { print key "\t" substr($0, 3); next }
        NF > 1 { key = $2 }'
}

# learn OUT SPLIT IMAGES REFERENCES OPTION...: from the shards in OUT to scores,
# and to a page where the photos lie in IMAGES, under the names of the captions.
# IMAGES '': no page.  REFERENCES '': the captions in the shards.  OPTION: of
# training, before those in TRAIN.
learn() {
    to=$1 split=$2 images=$3 references=$4 partial=
    shift 4
    step "features"
    build_encoder
    run "$BIN/chorus" encode --shards "$to/shards" --encoder "$encoder" \
        --threads "$cores" --skip-bad

    step "training on $cores ranks"
    # shellcheck disable=SC2086 # TRAIN holds several words
    train "$to/shards" "$to/run" --embed 512 --hidden 512 "$@" ${TRAIN:-}

    step "captions of the $split photos, and their score"
    run "$BIN/chorus" caption --model "$to/run/best.safetensors" \
        --shards "$to/shards" --split "$split" --beam 3 --json \
        >"$to/captions.jsonl"
    if [ -z "$references" ]; then
        references=$to/references.tsv
        references "$to/shards" "$split" >"$references"
    else
        # Photos that were skipped, or are of other splits, have no caption.
        partial=1
    fi
    run "$BIN/chorus" score --captions "$to/captions.jsonl" ${partial:+--partial} \
        --references "$references" >"$to/scores.txt"
    if [ -n "$images" ]; then
        run "$BIN/chorus" report "$to/run" --images "$images" \
            --captions "$to/captions.jsonl" --references "$references" \
            --out "$to/report.html"
    fi
}

# Scores, three captions, the page, and how long it took.
finish() {
    printf '\nScores:\n'
    cat "$1/scores.txt"
    printf '\nThree captions:\n'
    head -n 3 "$1/captions.jsonl"
    if [ -e "$1/report.html" ]; then
        printf '\nThe page: %s\n' "$1/report.html"
    fi
    printf 'It took %d seconds.\n' $(($(date +%s) - $2))
}
