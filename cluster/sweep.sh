#!/bin/sh
# sweep.sh - trainings that differ in their options, and a table of how they end
#
#     cluster/sweep.sh [--nodes N] [--tasks N] OUT FILE [OPTION]...   submit
#     cluster/sweep.sh --table OUT                      the table, at any time
#
#   --nodes N   for each training                (2)
#   --tasks N   ranks per node, a core each      (1)
#
# Each line of FILE holds options of chorus train, as "--rate 2e-3 --dropout
# 0.3"; OPTIONs go to all.  Line N trains OUT/shards into OUT/sweep/N as task N
# of a job array; each task is stopped and goes on like cluster/train.sbatch.
# The same command goes on with what was ended; lines may be added to FILE then,
# but not changed.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)

usage() {
    echo "sweep.sh: $*; see cluster/sweep.sh --help" >&2
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

nodes=2 tasks=1
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
        exit 0 ;;
    --nodes | --tasks)
        [ $# -ge 2 ] || usage "$1: expected a value" ;;
    --table)
        [ $# = 2 ] || usage "--table: expected OUT"
        [ -e "$2/sweep/options" ] || usage "$2: holds no sweep"
        table "$2"
        exit 0 ;;
    -*) usage "unknown option '$1'" ;;
    *) break ;;
    esac
    case $1 in
    --nodes) nodes=$2 ;;
    --tasks) tasks=$2 ;;
    esac
    shift 2
done
[ $# -ge 2 ] || usage "expected OUT and a file with options"
[ -s "$2" ] || usage "$2: expected a file with a line of options for each run"
[ -e "$1/shards/manifest.json" ] ||
    usage "$1/shards: expected encoded shards, as cluster/pipeline.sh makes them"
command -v sbatch >/dev/null || {
    echo "sweep.sh: sbatch is not there: expected a machine of the cluster" >&2
    exit 1
}
CHORUS_HOME=${CHORUS_HOME:-$here}
export CHORUS_HOME
# shellcheck source=cluster/site.conf
. "${CHORUS_SITE:-$CHORUS_HOME/cluster/site.conf}"
out=$(realpath -m "$1")
mkdir -p "$out/sweep"
# What was trained with other options would stand in the table as theirs.
if [ -e "$out/sweep/options" ]; then
    head -n "$(awk 'END { print NR }' "$out/sweep/options")" "$2" |
        diff "$out/sweep/options" - >/dev/null ||
        usage "$2: lines differ from those trained in $out/sweep"
fi
cp "$2" "$out/sweep/options"
shift 2
SWEEP=$out/sweep/options
export SWEEP
count=$(awk 'END { print NR }' "$SWEEP")
# shellcheck disable=SC2086 # several options are meant
sbatch --output="$out/chorus-sweep-%A-%a.log" --nodes="$nodes" \
    --ntasks-per-node="$tasks" $SBATCH_OPTIONS --array="1-$count" \
    "$CHORUS_HOME/cluster/train.sbatch" "$out" "$@"
echo "cluster/sweep.sh --table $out"
