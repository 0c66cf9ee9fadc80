#!/bin/sh
# tests.sh - every source has the unit test of its name, or a reason
set -u
cd "$(dirname "$0")/../.." || exit 1

# SOURCE  the unit test that covers it, - for none; why
exceptions=$(cat <<'EOL'
kernel/vector_ref    kernel    the oracle that the others are held to
kernel/vector_avx2   kernel    held to _ref at every length
kernel/vector_avx512 kernel    held to _ref at every length
kernel/gate_ref      gate      one test for all versions
kernel/gate_avx2     gate      held to _ref at every length
kernel/gate_avx512   gate      held to _ref at every length
kernel/gru_ref       golden    held to PyTorch, and to differences
kernel/gru_avx2      kernel    held to _ref at every length
kernel/gru_avx512    kernel    held to _ref at every length
kernel/attend_avx2   kernel    held to _ref at every length
kernel/attend_avx512 kernel    held to _ref at every length
kernel/maxout_ref    golden    held to PyTorch, and to differences
kernel/attend_ref    golden    held to PyTorch, and to differences
kernel/smooth_ref    golden    held to PyTorch, and to differences
kernel/softmax_ref   softmax   one test for all versions
kernel/softmax_avx2  softmax   held to _ref at every length
kernel/softmax_avx512 softmax  held to _ref at every length
kernel/adam_ref      adam      one test for all versions
kernel/adam_avx2     adam      held to _ref at every length
kernel/adam_avx512   adam      held to _ref at every length
kernel/half_ref      half      one test for all versions
kernel/half_avx2     half      one test for all versions
kernel/half_avx512   half      one test for all versions
kernel/gemm_ref      gemm      the oracle of gemm_openblas
kernel/gemm_openblas gemm      held to _ref
kernel/kernel_check  kernel    with the table, and test_gemm
kernel/version       -         tests/integration/01-verbs.sh
kernel/coarse_ref    coarse    the oracle of the other
kernel/coarse_avx2   coarse    held to _ref
kernel/panel_ref     kernel    products of packed panels
kernel/panel_avx2    kernel    held to _ref
kernel/panel_avx512  kernel    held to _ref
net/att2in           golden    held to PyTorch, and to differences
net/attention        decoder   its gradient is checked by differences
net/dropout          decoder   masks are checked through the plain decoder
net/image_input      decoder   its gradient is checked by differences
net/feed             decoder   its gradient is checked by differences
net/gradient         decoder   what is added has the bits of what is apart
net/grid             decoder   its gradient is checked by differences
net/gru              decoder   its gradient is checked by differences
net/linear           decoder   its gradient is checked by differences
net/lstm             decoder   its gradient is checked by differences
net/kind             decoder   every decoder is in it
net/maxout           decoder   its gradient is checked by differences
net/model_write      model     what is written is read
net/norm             decoder   its gradient is checked by differences
net/nic              decoder   its gradient is checked by differences
net/output           decoder   its gradient is checked by differences
net/rnn              decoder   its gradient is checked by differences
net/sat              golden    held to PyTorch, and to differences
net/step_att2in      step      steps are held to the whole pass
net/step_cell        step      steps are held to the whole pass
net/step_nic         step      steps are held to the whole pass
net/step_sat         step      steps are held to the whole pass
net/step_updown      step      steps are held to the whole pass
net/updown           golden    held to PyTorch, and to differences
net/words            decoder   its gradient is checked by differences
train/learn          guard     what a lane learns, seen by the guard
train/train_step     train     a run is made of steps
train/train_epoch    train     a run is made of epochs
train/utter          judge     what a judge hears
train/replica_data   replica   what a replica opens first
train/replica_check -         np_check flips bits for it
train/checkpoint_text    checkpoint  what is written is read, or refused
train/checkpoint_compare checkpoint  every setting is compared
train/comm_mpi       -         tests/parallel runs on it; alone.sh without MPI
cmd/cli_preflight    -         tests/integration/30-train.sh
train/census         preflight what is taken is what is judged
train/probe          preflight what is measured is what is judged
train/comm_mpi_count -         np_comm counts with it
train/comm_mpi_share -         np_comm shares with it
train/reduce_take    reduce    what is taken is what is added up
train/reduce_near    -         np_reduce adds with it, on hosts it pretends
train/reduce_slice   -         np_reduce collects and deals with it
train/watchdog_member watchdog  what a watchdog says of a rank
base/option_help     options   help and parsing are one promise
base/csv_row         csv       rows are seen in the captions they hold
data/png             picture   one list of pictures for all formats
data/webp            picture   one list of pictures for all formats
data/openvino        encoder   networks that are read, and refused
data/beside          prepare   whole or absent: the folder of shards
data/move            reshard   moving is what it does
data/check_page      check     the page and JSON of a check
data/encode_folder   encode_shard the lock, and what is swept out
data/encode_end      encode    the list and the sum are the end of encoding
caption/greedy       beam      a beam of one equals it
caption/tell         -         tests/integration/40-caption.sh
caption/captioner    -         tests/integration/40-caption.sh
caption/sight        -         the same, and its refusals
caption/supply       -         the same, and tests/parallel/caption_ranks.sh
caption/run          -         the same
rate/gather          new       captions, photos and references of a new study
rate/assign          new       raters and tasks of a new study
rate/rate_style      rate_page how the pages look
rate/ratings         result    read for the results
rate/result_rater    result    one list of known ratings
rate/result_agree    result    the same
rate/result_score    result    the same
rate/rate_csv        result    ratings there and back
rate/import          result    the same
rate/rate_text       result    what reports tell
rate/rate_json       result    the same
rate/rate_html       result    the same
rate/report          result    the same
base/http            -         tests/integration/55-rate.sh
rate/serve           -         the same, and 56-rate-browser.sh
serve/asset          -         tests/integration/57-serve.sh asks for each
serve/service        -         the same, against chorus caption
serve/server         -         the same, and 58-serve-browser.sh
page/page_curves     page      seen on the page
page/page_tables     page      seen on the page
page/page_said       page      seen on the page
page/page_look       looks     what looks become
page/page_live       -         tests/integration/60-report-browser.sh
page/chart           page      seen on the page
use/alt              -         tests/integration/59-alt.sh
use/alt_photo        -         tests/integration/59-alt-photos.sh
use/alt_say          -         the same, against chorus caption
use/near             index     distances of photos that are put in
use/tag              -         tests/integration/61-tag.sh
use/roll             -         the same: what is there, and what is gone
use/link             -         the same, twice
use/find             -         the same
use/find_form        -         the same, names with any bytes
score/bleu           score     one list of cases for all metrics
score/cider          score     one list of cases for all metrics
score/rouge          score     one list of cases for all metrics
score/ngram_word     ngram     words are numbered to make n-grams
score/ngram_index    ngram     finds what was counted
score/ptb_set        ptb_nfa   sets are read as part of patterns
score/ptb_border     ptb_nfa   borders of patterns
score/ptb_rules      ptb       the rules are what lines become
score/ptb_spell      ptb       how tokens are spelt
score/token          score     cases of raw captions
score/meteor_tree    meteor_make  nodes are seen in the file it makes
score/caption_shards -         tests/integration/50-score.sh
score/caption_json   caption_file  one list of forms
score/report_json    score_report  the same, as JSON
score/reference      score_input   found when brought together
EOL
)
findings=$({
    git ls-files 'src/*.c' | grep -v '^src/cmd/chorus' |
        sed 's,^src/,,; s,\.c$,,' | while read -r source; do
        name=${source##*/}
        [ -f "tests/unit/test_$name.c" ] && continue
        other=$(echo "$exceptions" | awk -v s="$source" '$1 == s { print $2 }')
        if [ "$other" = - ]; then
            :
        elif [ -z "$other" ]; then
            echo "src/$source.c: expected tests/unit/test_$name.c"
        elif [ ! -f "tests/unit/test_$other.c" ]; then
            echo "src/$source.c: tests/unit/test_$other.c is not there"
        fi
    done
    # The list must not outlive its sources.
    echo "$exceptions" | while read -r source _; do
        [ -f "src/$source.c" ] || echo "tests/lint/tests.sh: src/$source.c is" \
            "not there; drop its exception"
        [ ! -f "tests/unit/test_${source##*/}.c" ] ||
            echo "tests/lint/tests.sh: src/$source.c has a test; drop its" \
                "exception"
    done
})
[ -z "$findings" ] || { echo "$findings"; exit 1; }
