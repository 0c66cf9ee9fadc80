#!/bin/sh
# 60-report-browser.sh - the report of a run in a real browser
#
# A page of two runs with captions as a file; one of a run that looks, whose
# words are chosen by keyboard; then --live while a log grows.  Contrast, names,
# focus and width are looked at in light and dark, on a desktop and a phone.
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

# log RATE HOST: a run of two epochs.
log() {
    printf '{"kind":"settings","epochs":3,"rate":%s,"note":"<b>&"}\n' "$1"
    for epoch in 1 2; do
        for step in 1 2 3 4 5; do
            step=$((5 * epoch - 5 + step))
            printf '{"kind":"step","step":%d,"epoch":%d,"loss":%d.5,' \
                "$step" "$epoch" $((12 - step))
            printf '"rate":%s,"norm":1.5,"words_per_s":900,"load_s":1,' "$1"
            printf '"compute_s":4,"wait_s":2,"update_s":1}\n'
        done
        printf '{"kind":"ranks","epoch":%d,"step":%d,"load_s":[1,2,3],' \
            "$epoch" "$step"
        printf '"compute_s":[4,5,6],"wait_s":[1,2,2],"slowest_rank":1,'
        printf '"slowest_host":"%s"}\n' "$2"
        printf '{"kind":"epoch","epoch":%d,"step":%d,"train_loss":%d.5,' \
            "$epoch" "$step" $((8 - epoch))
        printf '"val_loss":%d,"cider_d":0.%d,"bleu_4":0.1,"seconds":60,' \
            $((8 - epoch)) "$epoch"
        printf '"words_per_s":900,"best":true}\n'
    done
}
mkdir "$work/one" "$work/two"
log 0.001 '<script>document.title=1</script>' >"$work/one/log.jsonl"
log 0.002 n7 >"$work/two/log.jsonl"
{
    "$BIN/scenes" --out "$work/scenes" --count 20 --seed 3 &&
        "$BIN/chorus-report" "$work/one" "$work/two" --best 1 --count 2 \
            --captions "$work/scenes/train.tsv" --images "$work/scenes/images" \
            --references "$work/scenes/train.tsv" --out "$work/page.html"
} >"$work/log" 2>&1 || {
    echo "failed: no report: $(cat "$work/log")"
    exit 1
}

# A run that looks at photos, with what it said after each epoch.
{
    photos_draw --grid &&
        "$BIN/chorus-train" "$work/drawn" --run "$work/sat" --decoder sat \
            --embed 16 --hidden 16 --attention 8 --epochs 3 &&
        "$BIN/chorus-caption" --model "$work/sat/best.safetensors" \
            "$work/scenes/images" --json --attention --maps "$work/maps" \
            --out "$work/captions.jsonl" &&
        "$BIN/chorus-report" "$work/sat" --best 2 --count 2 \
            --captions "$work/captions.jsonl" --images "$work/scenes/images" \
            --references "$work/scenes/val.tsv" --out "$work/looks.html"
} >"$work/log" 2>&1 || {
    echo "failed: no report: $(cat "$work/log")"
    exit 1
}
[ -z "${SHOTS:-}" ] || mkdir -p "$SHOTS"
PYTHONDONTWRITEBYTECODE=1 python3 tests/integration/report_browser.py \
    "$BIN/chorus-report" "$work/page.html" "$work/looks.html" \
    "$work/maps/000000-000000.html" "$work/one" \
    "$work/sat" "$chromium" ${SHOTS:+"$SHOTS"}
