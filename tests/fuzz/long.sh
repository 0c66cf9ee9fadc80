#!/bin/sh
# long.sh - libFuzzer on the readers of files, one process at a time
#
#     tests/fuzz/long.sh [TARGET...]
#
# SECONDS_EACH  processor time of each target, over all runs   (600)
# ROUND         seconds of one run                             (300)
# NICE          how far it stands back for other work          (19)
# KEEP          folder for logs, inputs and what is found      (build/fuzz/found)
#
# Runs of all targets take turns until each had its time, or one has a finding;
# what an earlier call did counts.  Then a line for each target: processor time,
# executions, edges covered, findings.
set -u
cd "$(dirname "$0")/../.." || exit 1
each=${SECONDS_EACH:-600}
round=${ROUND:-300}
keep=${KEEP:-build/fuzz/found}
if [ $# = 0 ]; then
    for source in tests/fuzz/fuzz_*.c; do
        set -- "$@" "$(basename "$source" .c)"
    done
fi

# sum TARGET: seconds, executions, edges, findings of its log.
sum() {
    mkdir -p "$keep/$1"
    touch "$keep/$1.log"
    awk '
        /cov: / { for (i = 1; i < NF; i++)
                      if ($i == "cov:" && $(i + 1) > edges) edges = $(i + 1) }
        /^stat::number_of_executed_units/ { runs += $2 }
        /^SUMMARY/ { found++ }
        # What the shell says of its children: 1m2.5s 0m0.1s.
        /^[0-9]+m[0-9.]+s [0-9]+m[0-9.]+s$/ && second++ % 2 {
            split($1 " " $2, t, "[ms ]+")
            seconds += 60 * t[1] + t[2] + 60 * t[3] + t[4] }
        END { print int(seconds), runs + 0, edges + 0, found + 0 }
    ' "$keep/$1.log"
}

# once TARGET: one run of it.
once() {
    # shellcheck disable=SC2016 # the inner shell has them
    KEEP=$keep nice -n "${NICE:-19}" sh -c '
        "build/fuzz/tests/fuzz/$1" -max_total_time="$2" -timeout=25 \
            -rss_limit_mb=2048 -print_final_stats=1 \
            -artifact_prefix="$KEEP/$1-" "$KEEP/$1" "tests/fuzz/corpus/$1"
        times' fuzz "$1" "$round" >>"$keep/$1.log" 2>&1
}

mkdir -p "$keep" || exit 1
trap 'rm -f "$keep/now.$$"' EXIT
is_over=
while [ -z "$is_over" ]; do
    is_over=yes
    for target; do
        sum "$target" >"$keep/now.$$"
        read -r seconds _ _ found <"$keep/now.$$"
        if [ "$found" -gt 0 ] || [ "$seconds" -ge "$each" ]; then
            continue
        fi
        once "$target"
        is_over=
    done
done
bad=0
for target; do
    sum "$target" | {
        read -r seconds runs edges found
        printf '%-18s %6d s %12d executions %6d edges %3d findings\n' \
            "$target" "$seconds" "$runs" "$edges" "$found"
        [ "$found" = 0 ]
    } || bad=1
done
exit $bad
