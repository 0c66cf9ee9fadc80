/* test_score_cases.c - the metrics agree with pycocoevalcap
 *
 * Cases lie beside the repository, in shared/cases/metrics: corpora already
 * tokenised, and what pycocoevalcap 1.2 says of them, per image and in all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "chorus/score.h"

/* The tolerance the cases are published with. */
#define LIMIT 1e-12

static const char *cases_folder(void)
{
    static char path[4096];
    const char *shared = getenv("CHORUS_SHARED");

    snprintf(path, sizeof path, "%s/cases/metrics",
             shared ? shared : "../shared");
    return path;
}

static struct ch_json *load(const char *name, const char *ending)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *j = NULL;
    char path[8192];

    snprintf(path, sizeof path, "%s/%s.%s.json", cases_folder(), name, ending);
    if (ch_json_load(&j, path, &e))
        fail_msg("%s", e.msg);
    return j;
}

/* METEOR is compared, too, where its data is. */
static struct ch_score_options with_meteor;

static void find_meteor(void)
{
    const char *path = getenv("CHORUS_METEOR");

    path = path ? path : "build/meteor/meteor-en.bin";
    if (ch_file_exists(path))
        with_meteor.meteor = path;
    else
        print_message("METEOR is not compared: no %s\n", path);
}

/* Any number of threads gives the same bits. */
static void check_threads(const struct ch_score_item *item, size_t count,
                          const struct ch_scores *expected)
{
    for (size_t n = 2; n <= 7; n += 5) {
        const struct ch_score_options o = { .threads = n };
        struct ch_err e = CH_ERR_INIT;
        struct ch_scores s;

        if (ch_score_tokens(item, count, &o, &s, &e))
            fail_msg("%s", e.msg);
        for (size_t m = 0; m < CH_METRIC_COUNT; m++) {
            if (!s.has[m])
                continue;
            assert_memory_equal(&s.corpus[m], &expected->corpus[m],
                                sizeof s.corpus[m]);
            for (size_t i = m; i < count * CH_METRIC_COUNT;
                 i += CH_METRIC_COUNT)
                assert_memory_equal(&s.item[i], &expected->item[i],
                                    sizeof s.item[i]);
        }
        ch_scores_release(&s);
    }
}

/* Scores of a corpus: captions at hyps[i], or at both[i].hyp. */
static struct ch_scores score(const struct ch_json *refs,
                              const struct ch_json *hyps)
{
    size_t count = ch_json_count(hyps);
    struct ch_score_item *item = calloc(count, sizeof *item);
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    assert_non_null(item);
    for (size_t i = 0; i < count; i++) {
        const struct ch_json *h = ch_json_at(hyps, i);
        const struct ch_json *r =
            refs ? ch_json_at(refs, i) : ch_json_get(h, "refs");
        const char **text = calloc(ch_json_count(r) + 1, sizeof *text);

        assert_non_null(text);
        for (size_t j = 0; j < ch_json_count(r); j++)
            text[j] = ch_json_text(ch_json_at(r, j), NULL);
        item[i] = (struct ch_score_item) {
            .key = "image",
            .caption = ch_json_text(refs ? h : ch_json_get(h, "hyp"), NULL),
            .reference = text,
            .reference_count = ch_json_count(r),
        };
        assert_non_null(item[i].caption);
    }
    if (ch_score_tokens(item, count, &with_meteor, &s, &e))
        fail_msg("%s", e.msg);
    check_threads(item, count, &s);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)item[i].reference);
    free(item);
    return s;
}

static void check(const char *name, const char *what, double found,
                  const struct ch_json *expected)
{
    double x = ch_json_real(expected, NAN);

    if (!(fabs(found - x) <= LIMIT))
        fail_msg("%s: %s: expected %.17g, found %.17g", name, what, x, found);
}

static void check_metric(const char *name, const struct ch_scores *s,
                         enum ch_metric m, const struct ch_json *corpus,
                         const struct ch_json *per_image)
{
    check(name, ch_metric_title[m], s->corpus[m], corpus);
    assert_int_equal(ch_json_count(per_image), s->count);
    for (size_t i = 0; i < s->count; i++)
        check(name, ch_metric_title[m], s->item[i * CH_METRIC_COUNT + m],
              ch_json_at(per_image, i));
}

/* Whatever of the metrics the expectation holds. */
static void check_all(const char *name, struct ch_scores s,
                      const struct ch_json *expected)
{
    const struct ch_json *bleu = ch_json_get(expected, "bleu");
    const struct ch_json *rouge = ch_json_get(expected, "rouge_l");
    const struct ch_json *cider = ch_json_get(expected, "cider");
    const struct ch_json *meteor = ch_json_get(expected, "meteor");
    const struct ch_json *plain = ch_json_get(expected, "vrama91_cider");

    for (size_t k = 0; bleu && k < 4; k++)
        check_metric(name, &s, (enum ch_metric)(CH_METRIC_bleu_1 + k),
                     ch_json_at(ch_json_get(bleu, "corpus"), k),
                     ch_json_at(ch_json_get(bleu, "per_image"), k));
    if (rouge)
        check_metric(name, &s, CH_METRIC_rouge_l, ch_json_get(rouge, "corpus"),
                     ch_json_get(rouge, "per_image"));
    if (meteor && s.has[CH_METRIC_meteor])
        check_metric(name, &s, CH_METRIC_meteor, ch_json_get(meteor, "corpus"),
                     ch_json_get(meteor, "per_image"));
    assert_non_null(cider);
    check_metric(name, &s, CH_METRIC_cider_d, ch_json_get(cider, "corpus"),
                 ch_json_get(cider, "per_image"));
    assert_non_null(plain);
    check_metric(name, &s, CH_METRIC_cider, ch_json_get(plain, "corpus"),
                 ch_json_get(plain, "per_image"));
    ch_scores_release(&s);
}

/* Calls check(name) for every case whose file matches; there must be some. */
static void for_each(const char *pattern, void (*check_case)(const char *))
{
    DIR *folder = opendir(cases_folder());
    struct dirent *entry;
    size_t count = 0;

    if (!folder) {
        print_message("skipped: no ../shared\n");
        skip();
        return;
    }
    while ((entry = readdir(folder))) {
        char name[256];

        if (fnmatch(pattern, entry->d_name, 0))
            continue;
        snprintf(name, sizeof name, "%.*s",
                 (int)strcspn(entry->d_name, "."), entry->d_name);
        check_case(name);
        count++;
    }
    closedir(folder);
    assert_true(count > 0);
}

static void check_cider(const char *name)
{
    struct ch_json *in = load(name, "in"), *out = load(name, "out");

    check_all(name, score(NULL, in), out);
    ch_json_close(in);
    ch_json_close(out);
}

static void check_whole(const char *name)
{
    struct ch_json *out = load(name, "out");

    check_all(name, score(ch_json_get(out, "tok_refs"),
                          ch_json_get(out, "tok_hyps")), out);
    ch_json_close(out);
}

static void check_edges(const char *name)
{
    struct ch_json *in = load(name, "in"), *out = load(name, "out");

    assert_int_equal(ch_json_count(in), ch_json_count(out));
    for (size_t i = 0; i < ch_json_count(in); i++) {
        const struct ch_json *one = ch_json_at(in, i);

        check_all(ch_json_text(ch_json_get(one, "name"), name),
                  score(ch_json_get(one, "refs"), ch_json_get(one, "hyps")),
                  ch_json_at(out, i));
    }
    ch_json_close(in);
    ch_json_close(out);
}

static void cider_of_published_corpora_agrees(void **state)
{
    (void)state;
    for_each("cider_*.in.json", check_cider);
}

static void all_metrics_of_tokenised_corpora_agree(void **state)
{
    (void)state;
    for_each("e2e_*.out.json", check_whole);
}

static void edge_cases_agree(void **state)
{
    (void)state;
    for_each("pretok_edge.in.json", check_edges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cider_of_published_corpora_agrees),
        cmocka_unit_test(all_metrics_of_tokenised_corpora_agree),
        cmocka_unit_test(edge_cases_agree),
    };

    find_meteor();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
