# shellcheck shell=sh
# photos.sh - photos to caption, and models that see them; read by tests, not run
#
#     photos_draw [OPTION]...   scenes in $work/scenes, their shards in
#                               $work/drawn, encoded with the options
#     photos_train RUN          a model of them, $work/RUN/best.safetensors

photos_draw() {
    "$BIN/scenes" --out "$work/scenes" --count 60 --seed 4 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --min-count 1 --out "$work/drawn" &&
        "$BIN/chorus-encode" "$work/drawn" --encoder tests/fixture/tiny.json \
            --dtype f32 "$@"
}

photos_train() {
    "$BIN/chorus-train" "$work/drawn" --run "$work/$1" --embed 16 \
        --hidden 16 --epochs 2
}
