/* test_index.c - an index: photos in and out, who may write, what is damaged;
 * and near photos of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "scratch.h"
#include "use/near.h"
#include "use/twin.h"

#define F 4

static const struct ch_index_maker maker = { "/m", "0123456789abcdef", "3",
                                             "{}", "/e", F };

static void put(struct ch_index *x, const char *path, const char *caption,
                const char *tags, const float *feature)
{
    struct ch_err e = CH_ERR_INIT;
    const struct ch_index_photo p = {
        .path = path, .file = { .size = 5, .changed_ns = -7 },
        .caption = caption, .tags = tags, .feature = feature };

    assert_int_equal(ch_sql_begin(x->sql, &e), 0);
    assert_int_equal(ch_sql_end(x->sql, ch_index_put(x, &p, &e), &e), 0);
}

static int64_t count(struct ch_index *x, const char *query, const char *value)
{
    struct ch_err e = CH_ERR_INIT;
    int64_t n = -1;

    assert_int_equal(ch_sql_one(x->sql, &n, &e, query, "t", value), 1);
    return n;
}

#define MATCHES "SELECT count(*) FROM words WHERE words MATCH ?"
#define TAGGED "SELECT count(*) FROM tag WHERE name = ?"

static void open_new(struct ch_index *x, const char *name)
{
    struct ch_err e = CH_ERR_INIT;

    unlink(scratch_path(name));
    assert_int_equal(ch_index_open_writer(x, scratch_path(name), &maker, &e),
                     0);
}

static void a_photo_takes_the_place_of_its_older_self(void **state)
{
    static const char path[] = "/p/\xff\n.jpg";
    const float feature[F] = { 3, 0, 4, 0 };
    const char *found, *caption, *tags;
    struct ch_err e = CH_ERR_INIT;
    float back[F];
    struct ch_index x;
    int64_t id;
    size_t n;

    (void)state;
    open_new(&x, "a.db");
    put(&x, path, "a dog runs", "dog", feature);
    put(&x, path, "two cats", "cat", feature);
    assert_int_equal(count(&x, MATCHES, "dog"), 0);
    assert_int_equal(count(&x, MATCHES, "cat"), 1);   /* stemmed */
    assert_int_equal(count(&x, TAGGED, "dog"), 0);
    assert_int_equal(count(&x, TAGGED, "cat"), 1);
    assert_int_equal(ch_index_find(&x, path, &(struct ch_file_id){ .size = 5,
                                   .changed_ns = -7 }, &id, &e), 1);
    assert_int_equal(ch_index_find(&x, path, &(struct ch_file_id){ .size = 6,
                                   .changed_ns = -7 }, &id, &e), 2);
    assert_int_equal(ch_index_name(&x, id, &found, &n, &caption, &tags, &e),
                     0);
    assert_int_equal(n, sizeof path - 1);
    assert_memory_equal(found, path, n);
    assert_string_equal(caption, "two cats");
    assert_int_equal(ch_near_feature(&x, id, back, &e), 0);
    assert_true(fabsf(back[0] - 0.6f) < 1e-3f && fabsf(back[2] - 0.8f) < 1e-3f);
    assert_int_equal(ch_index_drop(&x, path, &e), 0);
    assert_int_equal(ch_index_find(&x, path, &(struct ch_file_id){ 0 }, &id,
                                   &e), 0);
    assert_int_equal(count(&x, MATCHES, "cat"), 0);
    assert_int_equal(count(&x, TAGGED, "cat"), 0);
    ch_index_close(&x);
}

static void one_writes_and_others_read(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_index x, y;

    (void)state;
    open_new(&x, "b.db");
    assert_int_equal(ch_index_open_writer(&y, scratch_path("b.db"), NULL, &e),
                     CH_EIO);
    assert_non_null(strstr(e.msg, "another chorus tag"));
    assert_int_equal(ch_index_open(&y, scratch_path("b.db"), &e), 0);
    ch_index_close(&y);
    ch_index_close(&x);
    assert_int_equal(ch_index_open_writer(&y, scratch_path("b.db"), NULL, &e),
                     0);
    ch_index_close(&y);
}

static void another_maker_is_refused(void **state)
{
    struct ch_index_maker other = maker;
    struct ch_err e = CH_ERR_INIT;
    struct ch_index x;

    (void)state;
    open_new(&x, "c.db");
    ch_index_close(&x);
    other.hash = "fedcba9876543210";
    assert_int_equal(ch_index_open_writer(&x, scratch_path("c.db"), &other,
                                          &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "another model"));
    other = maker;
    other.beam = "5";
    assert_int_equal(ch_index_open_writer(&x, scratch_path("c.db"), &other,
                                          &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "another --beam"));
}

static void what_is_no_index_is_told(void **state)
{
    static const char text[] = "this is a letter to somebody, and surely not "
                               "a data base of anything; it says so at length "
                               "to fill more than a head";
    struct ch_err e = CH_ERR_INIT;
    struct ch_sql *sql;
    struct ch_index x;

    (void)state;
    assert_int_equal(ch_file_write(scratch_path("d"), text, sizeof text, &e),
                     0);
    assert_int_equal(ch_index_open(&x, scratch_path("d"), &e), CH_EFORMAT);
    assert_int_equal(ch_index_open_writer(&x, scratch_path("d"), &maker, &e),
                     CH_EFORMAT);
    assert_int_equal(ch_file_size(scratch_path("d")), sizeof text);
    assert_int_equal(ch_sql_create(&sql, scratch_path("e"), "a list", &e), 0);
    assert_int_equal(ch_sql_script(sql, "CREATE TABLE photo(a)", &e), 0);
    ch_sql_close(sql);
    assert_int_equal(ch_index_open_writer(&x, scratch_path("e"), &maker, &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, "found another file"));
    assert_int_equal(ch_index_open(&x, scratch_path("no"), &e), CH_EUSAGE);
}

static void features_of_another_size_are_damage(void **state)
{
    const float feature[F] = { 1, 1, 1, 1 };
    struct ch_twin *m;
    struct ch_near *near;
    struct ch_err e = CH_ERR_INIT;
    struct ch_index x;
    size_t n;

    (void)state;
    open_new(&x, "f.db");
    put(&x, "/a", "a", "", feature);
    assert_int_equal(ch_sql_script(x.sql, "UPDATE feature SET pooled = x'00'",
                                   &e), 0);
    assert_int_equal(ch_near_like(&x, feature, &near, &n, &e), CH_EFORMAT);
    assert_int_equal(ch_twin_find(&x, 0.1, 1, &m, &n, &e), CH_EFORMAT);
    assert_int_equal(ch_near_feature(&x, 1, (float[F]){ 0 }, &e), CH_EFORMAT);
    ch_index_close(&x);
}

static void near_photos_are_grouped(void **state)
{
    /* 1 and 3 point alike, 5 nearly; 2 and 4 are one another's, 6 nobody's. */
    static const float feature[6][F] = {
        { 1, 0, 0, 0 }, { 0, 1, 1, 0 }, { 2, 0, 0, 0 },
        { 0, 3, 3, 0 }, { 1, 0.1f, 0, 0 }, { 0, 0, 0, 1 },
    };
    static const struct ch_twin expected[] = {
        { 1, 0, 0 }, { 3, 0, 0 }, { 5, 0, 0.00496f }, { 2, 1, 0 },
        { 4, 1, 0 },
    };
    struct ch_err e = CH_ERR_INIT;
    struct ch_twin *m;
    struct ch_near *near;
    struct ch_index x;
    char path[16];
    size_t n;

    (void)state;
    open_new(&x, "g.db");
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "/%d", i);
        put(&x, path, "a", "", feature[i]);
    }
    for (size_t threads = 1; threads <= 3; threads++) {
        assert_int_equal(ch_twin_find(&x, 0.01, threads, &m, &n, &e), 0);
        assert_int_equal(n, 5);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(m[i].id, expected[i].id);
            assert_int_equal(m[i].group, expected[i].group);
            assert_true(fabsf(m[i].distance - expected[i].distance) < 1e-4f);
        }
        free(m);
    }
    assert_int_equal(ch_near_like(&x, feature[4], &near, &n, &e), 0);
    assert_int_equal(n, 6);
    assert_int_equal(near[0].id, 5);
    assert_int_equal(near[1].id, 1);
    assert_int_equal(near[2].id, 3);
    assert_true(fabsf(near[5].distance - 1) < 1e-6f);
    free(near);
    ch_index_close(&x);
}

/* More rows than a tile, each with a twin far away; others are 1e-4 apart. */
static void tiles_meet(void **state)
{
    enum { SIDE = 27, HALF = SIDE * SIDE };
    struct ch_err e = CH_ERR_INIT;
    struct ch_twin *m;
    struct ch_index x;
    char path[16];
    size_t n;

    (void)state;
    open_new(&x, "h.db");
    assert_int_equal(ch_sql_begin(x.sql, &e), 0);
    for (int i = 0; i < 2 * HALF; i++) {
        const float feature[F] = { 1, (float)(i % HALF / SIDE) / SIDE,
                                   (float)(i % SIDE) / SIDE };

        snprintf(path, sizeof path, "/%d", i);
        assert_int_equal(ch_index_put(&x, &(struct ch_index_photo){
            .path = path, .caption = "a", .tags = "", .feature = feature },
            &e), 0);
    }
    assert_int_equal(ch_sql_end(x.sql, 0, &e), 0);
    assert_int_equal(ch_twin_find(&x, 1e-5, 2, &m, &n, &e), 0);
    assert_int_equal(n, 2 * HALF);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(m[i].group, i / 2);
        assert_int_equal(m[i].id, (int64_t)(i / 2 + i % 2 * HALF + 1));
    }
    free(m);
    ch_index_close(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_photo_takes_the_place_of_its_older_self),
        cmocka_unit_test(one_writes_and_others_read),
        cmocka_unit_test(another_maker_is_refused),
        cmocka_unit_test(what_is_no_index_is_told),
        cmocka_unit_test(features_of_another_size_are_damage),
        cmocka_unit_test(near_photos_are_grouped),
        cmocka_unit_test(tiles_meet),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
