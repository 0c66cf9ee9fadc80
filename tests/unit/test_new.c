/* test_new.c - captions, references and photos become a study */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "rate_study.h"

static int setup(void **state)
{
    if (scratch_make(state))
        return -1;
    study_files();
    return 0;
}

static void rows_are_what_the_files_say(void **state)
{
    const char *folder = study_path("rows");
    struct ch_rate_new o = study_options(folder);
    struct ch_rate_made made;
    struct ch_err e = CH_ERR_INIT;
    struct ch_study s;

    (void)state;
    o.human = true;
    o.checks = 0.1;
    assert_int_equal(ch_rate_new(&o, &made, &e), 0);
    assert_int_equal(made.systems, 3);
    assert_int_equal(made.photos, 6);
    assert_int_equal(made.captions, 18);
    assert_int_equal(made.tasks, 2 * (18 + 2));
    study_open(&s, folder);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM caption JOIN "
        "system ON system.id = system WHERE text = 'a boat outside' AND name "
        "IN ('a', 'b')"), 2);
    /* The caption that is rated is no reference any more. */
    assert_int_equal(study_number(&s, "SELECT count(*) FROM reference"), 6);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM reference WHERE "
        "text IN (SELECT text FROM caption)"), 0);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM task JOIN caption "
        "ON caption.id = first WHERE kind = 0 AND task.photo != "
        "caption.photo"), 0);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM task JOIN caption "
        "ON caption.id = first WHERE kind = 1 AND task.photo = "
        "caption.photo"), 0);
    ch_study_close(&s);
}

static void pairs_have_two_captions_of_one_photo(void **state)
{
    const char *folder = study_path("pairs");
    struct ch_rate_new o = study_options(folder);
    struct ch_study s;

    (void)state;
    o.mode = CH_RATE_PAIRS;
    o.checks = 0.2;
    study_new(&o);
    study_open(&s, folder);
    /* Of photo 3 both systems say the same, so nobody is asked. */
    assert_int_equal(study_number(&s, "SELECT count(*) FROM task WHERE kind = "
                                  "0"), 10);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM task a JOIN "
        "caption x ON x.id = first JOIN caption y ON y.id = second WHERE kind "
        "= 0 AND (x.photo != a.photo OR y.photo != a.photo OR x.system = "
        "y.system)"), 0);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM task a JOIN "
        "caption x ON x.id = first JOIN caption y ON y.id = second WHERE kind "
        "= 1 AND (x.photo = a.photo) + (y.photo = a.photo) != 1"), 0);
    ch_study_close(&s);
}

static void more_raters_go_on_where_the_others_ended(void **state)
{
    const char *folder = study_path("more");
    struct ch_rate_new o = study_options(folder);
    struct ch_err e = CH_ERR_INIT;
    struct ch_study s;
    char *links;

    (void)state;
    o.tasks = 3;
    study_new(&o);
    assert_int_equal(ch_rate_add(folder, 2, &e), 0);
    study_open(&s, folder);
    /* 4 raters of 3 tasks: each of the 12 captions once. */
    assert_int_equal(study_number(&s, "SELECT count(DISTINCT first) FROM "
                                  "task"), 12);
    ch_study_close(&s);
    assert_int_equal(ch_rate_links(folder, "http://x", &links, &e), 0);
    assert_non_null(strstr(links, "rater-4\t0\t3\thttp://x/r/"));
    free(links);
}

static void only_photos_of_all_systems_are_kept(void **state)
{
    const char *folder = study_path("kept");
    struct ch_rate_new o = study_options(folder);
    struct ch_rate_made made;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    study_file("b.tsv", "1.jpg\tx\n4.jpg\ty\n9.jpg\tz\n");
    assert_int_equal(ch_rate_new(&o, &made, &e), 0);
    assert_int_equal(made.photos, 2);
    assert_int_equal(made.not_captioned, 4);
    assert_int_equal(made.not_found, 1);
    study_files();
}

static void expect_bad(const struct ch_rate_new *o, const char *words)
{
    struct ch_rate_made made;
    struct ch_err e = CH_ERR_INIT;

    assert_true(ch_rate_new(o, &made, &e) < 0);
    if (!strstr(e.msg, words))
        fail_msg("expected \"%s\", found \"%s\"", words, e.msg);
    assert_false(ch_file_exists(o->study));
}

static void what_cannot_be_is_told(void **state)
{
    struct ch_rate_new o = study_options(study_path("bad"));
    const char *twice[2] = { o.captions[0], o.captions[0] };
    const char *other[1] = { study_path("bad.tsv") };
    const struct ch_rate_new good = o;

    (void)state;
    o.captions = twice;
    expect_bad(&o, "two systems are named a; write --captions NAME=FILE");
    o.captions = other;
    o.caption_count = 1;
    study_file("bad.tsv", "1.jpg\tx\n1.jpg\ty\n");
    expect_bad(&o, "line 2: a second caption of 1.jpg");
    study_file("bad.tsv", "../../etc/passwd\tx\n");
    expect_bad(&o, "no photo below");
    study_file("bad.tsv", "only words\n");
    expect_bad(&o, "expected captions that name their photos");
    o.caption_count = 0;
    expect_bad(&o, "expected captions of 1 to 32 systems");
    o = good;
    o.human = true;
    o.reference_count = 0;
    expect_bad(&o, "--human needs what people wrote");
    o = good;
    o.mode = CH_RATE_PAIRS;
    o.caption_count = 1;
    expect_bad(&o, "pairs need two systems");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_what_the_files_say),
        cmocka_unit_test(pairs_have_two_captions_of_one_photo),
        cmocka_unit_test(more_raters_go_on_where_the_others_ended),
        cmocka_unit_test(only_photos_of_all_systems_are_kept),
        cmocka_unit_test(what_cannot_be_is_told),
    };

    return cmocka_run_group_tests(tests, setup, scratch_remove);
}
