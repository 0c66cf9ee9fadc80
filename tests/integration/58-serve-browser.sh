#!/bin/sh
# 58-serve-browser.sh - photos become spoken captions in a real browser
#
# By keyboard, by a drop, by a pretended camera; labels, contrast, focus and
# width of the page are looked at in light and dark, on a desktop and a phone.
# SHOTS names a folder for pictures of it.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
chromium=$(command -v chromium || command -v chromium-browser ||
    command -v google-chrome) || {
    echo "skipped: no Chromium"
    exit 77
}
command -v python3 >/dev/null || {
    echo "skipped: no python3"
    exit 77
}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-browser-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

model=$work/run/best.safetensors
{
    "$BIN/scenes" --out "$work/scenes" --count 60 --seed 4 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --min-count 1 --out "$work/drawn" &&
        "$BIN/chorus-encode" "$work/drawn" --encoder tests/fixture/tiny.json \
            --dtype f32 &&
        "$BIN/chorus-train" "$work/drawn" --run "$work/run" --embed 16 \
            --hidden 16 --epochs 2
} >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    echo "failed: no model of photos"
    exit 1
}

# shellcheck disable=SC2046 # names without blanks
set -- $(find "$work/scenes/images" -name '*.jpg' | sort | head -n 2)
one=$1 two=$2
head -c 2000 "$one" >"$work/damaged.jpg"
"$BIN/chorus-caption" --model "$model" --sentence "$one" "$two" \
    >"$work/text" 2>"$work/stderr" || {
    cat "$work/stderr"
    echo "failed: no captions"
    exit 1
}
said=$(sed -n 1p "$work/text" | cut -f2) more=$(sed -n 2p "$work/text" | cut -f2)
[ -z "${SHOTS:-}" ] || mkdir -p "$SHOTS"
PYTHONDONTWRITEBYTECODE=1 python3 tests/integration/serve_browser.py \
    "$BIN/chorus-serve" "$model" "$chromium" "$one" "$said" "$two" "$more" \
    "$work/damaged.jpg" ${SHOTS:+"$SHOTS"}
