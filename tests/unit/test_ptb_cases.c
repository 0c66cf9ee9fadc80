/* test_ptb_cases.c - the tokeniser agrees with coco-caption's
 *
 * Cases lie beside the repository, in shared/cases/metrics: captions, difficult
 * lines and random ones, and what CoreNLP 3.4.1 makes of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "score/ptb.h"

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

/* Calls check(name) for every case whose file matches; there must be some. */
static void for_each(const char *pattern, void (*check)(const char *))
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
        check(name);
        count++;
    }
    closedir(folder);
    assert_true(count > 0);
}

static struct ch_ptb *open_ptb(void)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb *p;

    if (ch_ptb_open(&p, 1, &e))
        fail_msg("%s", e.msg);
    return p;
}

/* What the tokeniser prints of the text is these lines. */
static void check_text(struct ch_ptb *p, const char *text, size_t n,
                       const struct ch_json *lines)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer found = { 0 };
    char *line, *rest;

    if (ch_ptb_text(p, text, n, &found, &e))
        fail_msg("%s", e.msg);
    ch_buffer_put(&found, "", 0);
    rest = found.at;
    for (size_t i = 0; i < ch_json_count(lines); i++) {
        line = strsep(&rest, "\n");
        assert_non_null(line);
        assert_string_equal(line, ch_json_text(ch_json_at(lines, i), NULL));
    }
    assert_null(rest);
    ch_buffer_release(&found);
}

/* Captions of a list, as text of lines. */
static void join(struct ch_buffer *out, const struct ch_json *list)
{
    for (size_t i = 0; i < ch_json_count(list); i++) {
        const char *text = ch_json_text(ch_json_at(list, i), NULL);

        assert_non_null(text);
        if (i > 0)
            ch_buffer_text(out, "\n");
        for (; *text; text++)
            ch_buffer_put(out, *text == '\n' ? " " : text, 1);
    }
}

static void check_stream(const char *name)
{
    struct ch_json *in = load(name, "in"), *out = load(name, "out");
    struct ch_ptb *p = open_ptb();
    struct ch_buffer text = { 0 };

    join(&text, in);
    check_text(p, text.at, text.size, ch_json_get(out, "ptb"));
    ch_buffer_release(&text);
    ch_ptb_close(p);
    ch_json_close(in);
    ch_json_close(out);
}

/* Each line alone: what follows is the end. */
static void check_isolated(const char *name)
{
    struct ch_json *in = load(name, "in"), *out = load(name, "out");
    const struct ch_json *isolated = ch_json_get(out, "ptb_isolated");
    struct ch_ptb *p = open_ptb();
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_json_count(in), ch_json_count(isolated));
    for (size_t i = 0; i < ch_json_count(in); i++) {
        const char *text = ch_json_text(ch_json_at(in, i), NULL);
        struct ch_buffer found = { 0 };

        if (ch_ptb_text(p, text, strlen(text), &found, &e))
            fail_msg("%s", e.msg);
        assert_string_equal(found.at ? found.at : "",
                            ch_json_text(ch_json_at(isolated, i), NULL));
        ch_buffer_release(&found);
    }
    ch_ptb_close(p);
    ch_json_close(in);
    ch_json_close(out);
}

static void check_separators(const char *name)
{
    struct ch_json *in = load(name, "in"), *out = load(name, "out");
    const char *text = ch_json_text(ch_json_at(in, 0), NULL);
    struct ch_ptb *p = open_ptb();

    check_text(p, text, strlen(text), ch_json_get(out, "ptb_lines"));
    ch_ptb_close(p);
    ch_json_close(in);
    ch_json_close(out);
}

/* Captions become the tokens that are scored. */
static void check_captions(const struct ch_json *const *caption, size_t count,
                           const struct ch_json *const *expected)
{
    const char **text = calloc(count + 1, sizeof *text);
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb *p = open_ptb();
    struct ch_ptb_lines found;

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        text[i] = ch_json_text(caption[i], NULL);
    if (ch_ptb_lines(p, text, count, &found, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(found.line[i], ch_json_text(expected[i], NULL));
    ch_ptb_lines_release(&found);
    ch_ptb_close(p);
    free(text);
}

static void check_tokens(const char *name)
{
    struct ch_json *in = load(name, "in"), *out = load(name, "out");
    const struct ch_json *expected = ch_json_get(out, "caption");
    size_t n = ch_json_count(in);
    const struct ch_json **a = calloc(n, sizeof *a), **b = calloc(n, sizeof *b);

    assert_true(a && b);
    assert_int_equal(ch_json_count(expected), n);
    for (size_t i = 0; i < n; i++) {
        a[i] = ch_json_at(in, i);
        b[i] = ch_json_at(expected, i);
    }
    check_captions(a, n, b);
    free(a);
    free(b);
    ch_json_close(in);
    ch_json_close(out);
}

/* The captions of a corpus, images in the order of its ids. */
static void check_part(const struct ch_json *entries, const struct ch_json *ids,
                       const struct ch_json *tokens)
{
    size_t n = ch_json_count(entries), count = 0;
    const struct ch_json **a = calloc(n, sizeof *a), **b = calloc(n, sizeof *b);
    int64_t *image = calloc(n, sizeof *image);

    assert_true(a && b && image);
    for (size_t k = 0; k < n; k++)
        image[k] = ch_json_int(ch_json_get(ch_json_at(entries, k), "image_id"),
                               -1);
    for (size_t i = 0; i < ch_json_count(ids); i++) {
        const struct ch_json *mine = ch_json_at(tokens, i);
        int64_t id = ch_json_int(ch_json_at(ids, i), -2);
        size_t begun = count;

        for (size_t k = 0; k < n; k++) {
            if (image[k] != id)
                continue;
            a[count] = ch_json_get(ch_json_at(entries, k), "caption");
            b[count] = ch_json_is_array(mine) ? ch_json_at(mine, count - begun)
                                              : mine;
            count++;
        }
    }
    assert_int_equal(count, n);
    check_captions(a, count, b);
    free(image);
    free(a);
    free(b);
}

static void check_corpus(const char *name)
{
    struct ch_json *in = load(name, "in"), *out = load(name, "out");
    const struct ch_json *ids = ch_json_get(out, "ids");

    check_part(ch_json_get(in, "annotations"), ids,
               ch_json_get(out, "tok_refs"));
    check_part(ch_json_get(in, "results"), ids, ch_json_get(out, "tok_hyps"));
    ch_json_close(in);
    ch_json_close(out);
}

static void streams_of_captions_agree(void **state)
{
    (void)state;
    for_each("tok_[!n]*.in.json", check_stream);
}

static void lines_alone_agree(void **state)
{
    (void)state;
    for_each("tok_tricky.in.json", check_isolated);
}

static void unusual_line_separators_agree(void **state)
{
    (void)state;
    for_each("tok_newlines.in.json", check_separators);
}

static void captions_without_punctuation_agree(void **state)
{
    (void)state;
    for_each("tok_[!n]*.in.json", check_tokens);
}

static void captions_of_corpora_agree(void **state)
{
    (void)state;
    for_each("e2e_*.in.json", check_corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_of_captions_agree),
        cmocka_unit_test(lines_alone_agree),
        cmocka_unit_test(unusual_line_separators_agree),
        cmocka_unit_test(captions_without_punctuation_agree),
        cmocka_unit_test(captions_of_corpora_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
