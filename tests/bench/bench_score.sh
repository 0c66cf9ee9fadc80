#!/bin/sh
# bench_score.sh - chorus score beside pycocoevalcap; see bench_score.py
#
#     tests/bench/bench_score.sh [CAPTIONS_JSON [RUNS]]
set -eu
cd "$(dirname "$0")/../.."
captions=${1:-../shared/data/coco/captions_val2017.json}
[ $# -eq 0 ] || shift
if [ ! -e "$captions" ]; then
    echo "bench_score.sh: $captions is missing: expected COCO's captions" >&2
    exit 1
fi
exec python3 tests/bench/bench_score.py "$captions" "$@"
