#!/bin/sh
# 58-serve-browser.sh - photos become spoken captions in a real browser
#
# By keyboard, by a drop, by a pretended camera; labels, contrast, focus and
# width of the page are looked at in light and dark, on a desktop and a phone.
# SHOTS names a folder for pictures of it.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/integration/photos.sh
. tests/integration/photos.sh
# shellcheck source=tests/integration/browser.sh
. tests/integration/browser.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-browser-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

model=$work/run/best.safetensors
{
    photos_draw && photos_train run
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
