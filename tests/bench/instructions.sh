#!/bin/sh
# instructions.sh - instructions that kernels take for an element, and no more
#
#     tests/bench/instructions.sh
#
# Counted by callgrind, so no other work on the machine can move them: a kernel
# that takes a tenth more than when it was written down here fails.  The counts
# are of the AVX2 versions, by gcc 12; another compiler may need a few more.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/release}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-instructions-XXXXXX")
trap 'rm -rf "$work"' EXIT

if ! command -v callgrind_annotate >/dev/null; then
    echo "skipped: no valgrind"
    exit 0
fi
if ! grep -qw avx2 /proc/cpuinfo; then
    echo "skipped: no AVX2"
    exit 0
fi
[ -x "$BIN/tests/bench/bench_kernels" ] || {
    echo "instructions.sh: no $BIN/tests/bench/bench_kernels; make tests" >&2
    exit 2
}

# KERNEL  its functions  elements  instructions for an element
# softmax: the loss and the cost; the loss scales its row, too.
cat >"$work/known" <<'END'
add              ch_vector_add_avx2                  4096     0.75
axpy             ch_vector_axpy_avx2                 4096     0.75
scale            ch_vector_scale_avx2                14096    0.63
drop             ch_vector_drop_avx2                 4096     2.75
sum_squares      ch_vector_sum_squares_avx2          4096     1.63
dots             ch_vector_dots_avx2,dot             100352   0.39
widen_f16        ch_half_widen_f16_avx2              4096     2.26
coarse_near      ch_coarse_near_avx2                 327680   0.118
gate_forward     ch_gate_forward_avx2                512      26.31
gate_backward    ch_gate_backward_avx2               512      5.92
gru_forward      ch_gru_forward_avx2                 512      17.06
gru_backward     ch_gru_backward_avx2                512      5.42
attend_forward   ch_attend_forward_avx2              25088    7.10
attend_backward  ch_attend_backward_avx2             25088    9.18
softmax ch_softmax_loss_avx2,ch_softmax_cost_avx2,largest,exp_sum 20000 5.88
adam_step        ch_adam_step_avx2                   4096     4.00
panel_product    ch_panel_product_avx2,product       4718592  0.275
END

CHORUS_KERNEL=avx2 valgrind -q --tool=callgrind \
    --callgrind-out-file="$work/out" "$BIN/tests/bench/bench_kernels" once \
    2>"$work/stderr" || { cat "$work/stderr" >&2 && exit 1; }
# A function has a line for each file whose code is in it.
callgrind_annotate --threshold=100 "$work/out" | sed 's/([^)]*)//; s/ \[.*//' |
    awk '$1 ~ /^[0-9,]+$/ && $2 ~ /:/ {
        gsub(",", "", $1)
        name = $2
        sub(/.*:/, "", name)
        sum[name] += $1
    }
    END { for (name in sum) print name, sum[name] }' >"$work/found"
awk 'NR == FNR { found[$1] = $2; next }
    {
        sum = 0
        n = split($2, part, ",")
        for (i = 1; i <= n; i++)
            sum += found[part[i]]
        each = sum / $3
        bad = sum == 0 || each > 1.1 * $4
        failed += bad
        printf "%s\t%.3f\t%.3f%s\n", $1, each, $4, bad ? "\tfailed" : ""
    }
    BEGIN { print "kernel\tan element\tas known" }
    END { exit failed > 0 }' "$work/found" "$work/known"
