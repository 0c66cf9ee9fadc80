/* test_meteor_cases.c - METEOR agrees with METEOR 1.5
 *
 * Cases lie beside the repository, in shared/cases/metrics: what the program of
 * coco-caption says of captions.  They need the data of METEOR, too.
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
#include "score/meteor_align.h"
#include "score/meteor_norm.h"
#include "score/meteor_stats.h"
#include "score/meteor_stem.h"

/* The tolerance the cases are published with. */
#define LIMIT 1e-12

static struct ch_meteor_data *data;

static const char *cases_folder(void)
{
    static char path[4096];
    const char *shared = getenv("CHORUS_SHARED");

    snprintf(path, sizeof path, "%s/cases/metrics",
             shared ? shared : "../shared");
    return path;
}

static const char *data_path(void)
{
    const char *path = getenv("CHORUS_METEOR");

    return path ? path : "build/meteor/meteor-en.bin";
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

static const char *text_at(const struct ch_json *array, size_t i)
{
    const char *text = ch_json_text(ch_json_at(array, i), NULL);

    assert_non_null(text);
    return text;
}

static void check_real(double found, const struct ch_json *wanted,
                       const char *what, size_t i)
{
    double want = ch_json_real(wanted, NAN);

    if (!(fabs(found - want) <= LIMIT))
        fail_msg("%s of %zu: expected %.17g, found %.17g", what, i, want,
                 found);
}

/* The numbers as METEOR prints them. */
static void check_stats(const struct ch_meteor_stats *s,
                        const struct ch_json *wanted, size_t i, size_t r)
{
    struct ch_buffer b = { 0 };

    for (size_t k = 0; k < CH_METEOR_NUMBERS; k++)
        ch_buffer_format(&b, "%s%llu.0", k ? " " : "",
                         (unsigned long long)s->n[k]);
    if (strcmp(b.at, ch_json_text(wanted, "")) != 0)
        fail_msg("numbers of %zu, reference %zu: expected %s, found %s", i, r,
                 ch_json_text(wanted, ""), b.at);
    ch_buffer_release(&b);
}

static void stems_are_those_of_the_cases(void **state)
{
    struct ch_json *in = load("stem", "in"), *out = load("stem", "out");
    struct ch_err e = CH_ERR_INIT;
    struct ch_meteor_stem *s;

    (void)state;
    assert_int_equal(ch_meteor_stem_open(&s, &e), 0);
    assert_true(ch_json_count(in) > 1000);
    for (size_t i = 0; i < ch_json_count(in); i++) {
        const char *word = text_at(in, i), *want = text_at(out, i), *found;
        size_t n;

        assert_int_equal(ch_meteor_stem_word(s, word, strlen(word), &found, &n,
                                             &e), 0);
        if (n != strlen(want) || memcmp(found, want, n) != 0)
            fail_msg("stem of %s: expected %s, found %.*s", word, want, (int)n,
                     found);
    }
    ch_meteor_stem_close(s);
    ch_json_close(in);
    ch_json_close(out);
}

static void normalised_lines_are_those_of_the_cases(void **state)
{
    struct ch_json *in = load("meteor_norm", "in");
    struct ch_json *out = load("meteor_norm", "out");
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer b = { 0 };
    struct ch_meteor_norm *m;

    (void)state;
    assert_int_equal(ch_meteor_norm_open(&m, data, &e), 0);
    assert_true(ch_json_count(in) > 1000);
    for (size_t i = 0; i < ch_json_count(in); i++) {
        const char *line = text_at(in, i), *want = text_at(out, i);

        ch_buffer_reset(&b);
        assert_int_equal(ch_meteor_norm_text(m, line, strlen(line), &b, &e),
                         0);
        if (strcmp(b.at, want) != 0)
            fail_msg("%zu: \"%s\": expected \"%s\", found \"%s\"", i, line,
                     want, b.at);
    }
    ch_buffer_release(&b);
    ch_meteor_norm_close(m);
    ch_json_close(in);
    ch_json_close(out);
}

static void check_matches(const struct ch_meteor_match *m, size_t count,
                          const struct ch_json *wanted, size_t i, size_t r)
{
    struct ch_buffer want = { 0 }, found = { 0 };

    ch_buffer_text(&want, "");
    ch_buffer_text(&found, "");
    for (size_t k = 0; k < count; k++)
        ch_buffer_format(&found, "%d+%d:%d+%d/%d ", m[k].ref, m[k].ref_words,
                         m[k].hyp, m[k].hyp_words, m[k].module);
    for (size_t k = 0; k < ch_json_count(wanted); k++) {
        const struct ch_json *w = ch_json_at(wanted, k);

        ch_buffer_format(&want, "%d+%d:%d+%d/%d ",
                         (int)ch_json_int(ch_json_at(w, 0), -1),
                         (int)ch_json_int(ch_json_at(w, 1), -1),
                         (int)ch_json_int(ch_json_at(w, 2), -1),
                         (int)ch_json_int(ch_json_at(w, 3), -1),
                         (int)ch_json_int(ch_json_at(w, 4), -1));
    }
    if (strcmp(want.at, found.at) != 0)
        fail_msg("matches of %zu, reference %zu: expected %s, found %s", i, r,
                 want.at, found.at);
    ch_buffer_release(&want);
    ch_buffer_release(&found);
}

/* Set i of the cases, reference by reference. */
static void check_set(struct ch_meteor_aligner *a, const struct ch_json *in,
                      const struct ch_json *out, size_t i)
{
    const struct ch_json *refs = ch_json_get(in, "refs");
    const struct ch_json *wanted = ch_json_get(out, "refs");
    const char *hyp_text = ch_json_text(ch_json_get(in, "hyp"), "");
    struct ch_err e = CH_ERR_INIT;
    struct ch_meteor_book *b;
    struct ch_meteor_sentence hyp;

    assert_int_equal(ch_meteor_book_open(&b, data, &e), 0);
    assert_int_equal(ch_meteor_book_add(b, hyp_text, strlen(hyp_text), &e), 0);
    for (size_t r = 0; r < ch_json_count(refs); r++) {
        const char *text = text_at(refs, r);

        assert_int_equal(ch_meteor_book_add(b, text, strlen(text), &e), 0);
    }
    hyp = ch_meteor_book_sentence(b, 0);
    assert_int_equal(hyp.words, ch_json_count(ch_json_get(out, "hyp")));
    for (size_t r = 0; r < ch_json_count(refs); r++) {
        const struct ch_json *want = ch_json_at(wanted, r);
        struct ch_meteor_sentence ref = ch_meteor_book_sentence(b, r + 1);
        const struct ch_meteor_match *match;
        struct ch_meteor_stats s;
        size_t count;

        assert_int_equal(ref.words, ch_json_count(ch_json_get(want, "t")));
        assert_int_equal(ch_meteor_align_pair(a, b, &hyp, &ref, &match, &count,
                                              &e), 0);
        check_matches(match, count, ch_json_get(want, "m"), i, r);
        ch_meteor_stats_count(&s, b, &hyp, &ref, match, count);
        check_stats(&s, ch_json_get(want, "stats"), i, r);
        check_real(ch_meteor_stats_score(&s), ch_json_get(want, "score"),
                   "score", i);
    }
    ch_meteor_book_close(b);
}

static void alignments_are_those_of_the_cases(void **state)
{
    struct ch_json *in = load("meteor_sets", "in");
    struct ch_json *out = load("meteor_sets", "out");
    const struct ch_json *sets = ch_json_get(out, "sets");
    struct ch_err e = CH_ERR_INIT;
    struct ch_meteor_aligner *a;

    (void)state;
    assert_int_equal(ch_meteor_align_open(&a, &e), 0);
    assert_true(ch_json_count(in) > 1000);
    for (size_t i = 0; i < ch_json_count(in); i++)
        check_set(a, ch_json_at(in, i), ch_json_at(sets, i), i);
    ch_meteor_align_close(a);
    ch_json_close(in);
    ch_json_close(out);
}

/* Items of captions hyps[i] (or its "hyp") and references refs[i] (or its
 * "refs"). */
static struct ch_score_item *make_items(const struct ch_json *hyps,
                                        const struct ch_json *refs)
{
    size_t count = ch_json_count(hyps);
    struct ch_score_item *item = calloc(count, sizeof *item);

    assert_non_null(item);
    for (size_t i = 0; i < count; i++) {
        const struct ch_json *h = ch_json_at(hyps, i);
        const struct ch_json *r = ch_json_at(refs, i);
        const char **text;

        if (ch_json_is_object(h)) {
            r = ch_json_get(h, "refs");
            h = ch_json_get(h, "hyp");
        }
        text = calloc(ch_json_count(r) + 1, sizeof *text);
        assert_non_null(text);
        for (size_t k = 0; k < ch_json_count(r); k++)
            text[k] = text_at(r, k);
        item[i] = (struct ch_score_item){
            .key = "image", .caption = ch_json_text(h, ""),
            .reference = text, .reference_count = ch_json_count(r)
        };
    }
    return item;
}

static void free_items(struct ch_score_item *item, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)item[i].reference);
    free(item);
}

/* The corpus score, with two threads and with one. */
static double score(const struct ch_score_item *item, size_t count,
                    struct ch_meteor_image *image)
{
    struct ch_meteor_image *again = calloc(count, sizeof *again);
    struct ch_meteor_stats sum = { 0 };
    struct ch_err e = CH_ERR_INIT;

    assert_non_null(again);
    if (ch_meteor_score(data, item, count, 2, image, &e) ||
        ch_meteor_score(data, item, count, 1, again, &e))
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(&image[i].stats, &again[i].stats,
                            sizeof again[i].stats);
        assert_int_equal(image[i].reference, again[i].reference);
        assert_memory_equal(&image[i].score, &again[i].score, sizeof(double));
        ch_meteor_stats_add(&sum, &image[i].stats);
    }
    free(again);
    return ch_meteor_stats_score(&sum);
}

static void images_and_corpus_score_as_the_protocol_says(void **state)
{
    struct ch_json *in = load("meteor_sets", "in");
    struct ch_json *out = load("meteor_sets", "out");
    const struct ch_json *sets = ch_json_get(out, "sets");
    const struct ch_json *scores = ch_json_get(out, "eval_scores");
    size_t count = ch_json_count(in);
    struct ch_score_item *item = make_items(in, NULL);
    struct ch_meteor_image *image = calloc(count, sizeof *image);
    double corpus = score(item, count, image);

    (void)state;
    assert_int_equal(ch_json_count(scores), count);
    for (size_t i = 0; i < count; i++) {
        const struct ch_json *set = ch_json_at(sets, i);

        check_stats(&image[i].stats, ch_json_get(set, "protocol_line"), i,
                    image[i].reference);
        check_real(image[i].score, ch_json_at(scores, i), "score", i);
    }
    check_real(corpus, ch_json_get(out, "eval_corpus"), "corpus", 0);
    free_items(item, count);
    free(image);
    ch_json_close(in);
    ch_json_close(out);
}

static int is_end_to_end(const struct dirent *d)
{
    return fnmatch("e2e_*.out.json", d->d_name, 0) == 0;
}

static void corpora_score_as_coco_caption_says(void **state)
{
    struct dirent **list;
    int files = scandir(cases_folder(), &list, is_end_to_end, alphasort);

    (void)state;
    assert_true(files > 10);
    for (int f = 0; f < files; f++) {
        char name[256];
        struct ch_json *out;
        const struct ch_json *hyps, *want;
        struct ch_score_item *item;
        struct ch_meteor_image *image;
        size_t count;

        snprintf(name, sizeof name, "%.*s",
                 (int)(strlen(list[f]->d_name) - strlen(".out.json")),
                 list[f]->d_name);
        out = load(name, "out");
        hyps = ch_json_get(out, "tok_hyps");
        want = ch_json_get(out, "meteor");
        count = ch_json_count(hyps);
        item = make_items(hyps, ch_json_get(out, "tok_refs"));
        image = calloc(count, sizeof *image);
        check_real(score(item, count, image), ch_json_get(want, "corpus"),
                   name, 0);
        for (size_t i = 0; i < count; i++) {
            check_stats(&image[i].stats,
                        ch_json_at(ch_json_get(want, "stats"), i), i, 0);
            check_real(image[i].score,
                       ch_json_at(ch_json_get(want, "per_image"), i), name, i);
        }
        free_items(item, count);
        free(image);
        ch_json_close(out);
        free(list[f]);
    }
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stems_are_those_of_the_cases),
        cmocka_unit_test(normalised_lines_are_those_of_the_cases),
        cmocka_unit_test(alignments_are_those_of_the_cases),
        cmocka_unit_test(images_and_corpus_score_as_the_protocol_says),
        cmocka_unit_test(corpora_score_as_coco_caption_says),
    };
    struct ch_err e = CH_ERR_INIT;
    int failed;

    if (!ch_file_is_folder(cases_folder())) {
        printf("skipped: no %s\n", getenv("CHORUS_SHARED") ? cases_folder()
                                                           : "../shared");
        return 77;
    }
    if (!ch_file_exists(data_path())) {
        printf("skipped: no METEOR data; make meteor\n");
        return 77;
    }
    if (ch_meteor_data_open(&data, data_path(), &e)) {
        printf("%s\n", e.msg);
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    ch_meteor_data_close(data);
    return failed;
}
