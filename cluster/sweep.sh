#!/bin/sh
# sweep.sh - trainings that differ in their options, and a table of how they end
#
#     cluster/sweep.sh OUT FILE [OPTION]...     submit
#     cluster/sweep.sh --table OUT              the table, at any time
#
# Each line of FILE holds options of chorus train, as "--rate 2e-3 --dropout
# 0.3"; OPTIONs go to all.  Line N trains OUT/shards into OUT/sweep/N as task N
# of a job array; each task is stopped and goes on like cluster/train.sbatch.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)

usage() {
    echo "sweep.sh: $*; see the head of cluster/sweep.sh" >&2
    exit 2
}

# The best validation loss of each run, best first; what has none comes last.
table() {
    printf '%-6s %-7s %-10s %s\n' task epochs best options
    number=0
    while IFS= read -r options || [ -n "$options" ]; do
        number=$((number + 1))
        sed -n 's/.*"kind":"epoch".*"val_loss":\([0-9.e+-]*\).*/\1/p' \
            "$1/sweep/$number/log.jsonl" 2>/dev/null |
            awk -v task=$number -v options="$options" '
                { if (!n++ || $1 + 0 < best) best = $1 + 0 }
                END { printf "%s %-6s %-7d %-10s %s\n", n ? best : 1e99,
                      task, n, n ? sprintf("%.4f", best) : "-", options }'
    done <"$1/sweep/options" | sort -g | cut -d' ' -f2-
}

if [ "${1:-}" = --table ]; then
    [ $# = 2 ] || usage "--table: expected OUT"
    [ -e "$2/sweep/options" ] || usage "$2: holds no sweep"
    table "$2"
    exit 0
fi
[ $# -ge 2 ] || usage "expected OUT and a file with options"
[ -s "$2" ] || usage "$2: expected a file with a line of options for each run"
CHORUS_HOME=${CHORUS_HOME:-$here}
export CHORUS_HOME
# shellcheck source=cluster/site.conf
. "${CHORUS_SITE:-$CHORUS_HOME/cluster/site.conf}"
out=$(realpath -m "$1")
mkdir -p "$out/sweep"
cp "$2" "$out/sweep/options"
shift 2
SWEEP=$out/sweep/options
export SWEEP
count=$(awk 'END { print NR }' "$SWEEP")
# shellcheck disable=SC2086 # several options are meant
sbatch --output="$out/chorus-sweep-%A-%a.log" $SBATCH_OPTIONS \
    --array="1-$count" "$CHORUS_HOME/cluster/train.sbatch" "$out" "$@"
echo "cluster/sweep.sh --table $out"
