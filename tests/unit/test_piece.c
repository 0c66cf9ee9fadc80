/* test_piece.c - a piece is the one that is meant, whole, or not there */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/piece.h"
#include "scratch.h"

static const struct ch_piece_id id = { 0xabcdef, 128, 2 };
static const char *path;
static struct ch_err e;

static int clear(void **state)
{
    (void)state;
    path = scratch_path("train.lmdb.0000000128");
    (void)remove(path);
    e = (struct ch_err)CH_ERR_INIT;
    return 0;
}

static void write_piece(void)
{
    struct ch_piece_record r = { .error = { 0.5, 4, 0.25 } };
    struct ch_piece_writer w;

    r.value[CH_PIECE_POOLED].at = "pooled";
    r.value[CH_PIECE_POOLED].n = 6;
    r.value[CH_PIECE_GRID].at = "the grid";
    r.value[CH_PIECE_GRID].n = 8;
    assert_int_equal(ch_piece_begin(&w, path, &id, &e), 0);
    assert_int_equal(ch_piece_add(&w, &r, &e), 0);
    memset(&r, 0, sizeof r);
    r.value[CH_PIECE_WHY].at = "why";
    r.value[CH_PIECE_WHY].n = 3;
    assert_int_equal(ch_piece_add(&w, &r, &e), 0);
    assert_false(ch_file_exists(path));
    assert_int_equal(ch_piece_finish(&w, &e), 0);
    ch_piece_drop(&w);
}

static void what_was_written_is_read(void **state)
{
    struct ch_piece_record r;
    struct ch_piece p;

    (void)state;
    write_piece();
    assert_int_equal(ch_piece_open(&p, path, &id, &e), 1);
    assert_int_equal(ch_piece_next(&p, &r), 1);
    assert_int_equal(r.value[CH_PIECE_POOLED].n, 6);
    assert_memory_equal(r.value[CH_PIECE_POOLED].at, "pooled", 6);
    assert_int_equal(r.value[CH_PIECE_GRID].n, 8);
    assert_memory_equal(r.value[CH_PIECE_GRID].at, "the grid", 8);
    assert_int_equal(r.value[CH_PIECE_WHY].n, 0);
    assert_true(r.error.error2 == 0.5 && r.error.value2 == 4 &&
                r.error.largest == 0.25);
    assert_int_equal(ch_piece_next(&p, &r), 1);
    assert_memory_equal(r.value[CH_PIECE_WHY].at, "why", 3);
    assert_int_equal(ch_piece_next(&p, &r), 0);
    ch_piece_close(&p);
}

static int is_there(const struct ch_piece_id *wanted)
{
    struct ch_piece p;
    int found = ch_piece_open(&p, path, wanted, &e);

    ch_piece_close(&p);
    return found;
}

static void another_piece_is_not_there(void **state)
{
    const struct ch_piece_id other[] = { { 1, 128, 2 }, { 0xabcdef, 0, 2 },
                                         { 0xabcdef, 128, 3 } };

    (void)state;
    assert_int_equal(is_there(&id), 0);
    write_piece();
    assert_int_equal(is_there(&id), 1);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(is_there(&other[i]), 0);
}

static void a_damaged_or_cut_piece_is_not_there(void **state)
{
    char *bytes;
    size_t n;

    (void)state;
    write_piece();
    assert_int_equal(ch_file_read(path, 1 << 20, &bytes, &n, &e), 0);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= 4;
        assert_int_equal(ch_file_write(path, bytes, n, &e), 0);
        assert_int_equal(is_there(&id), 0);
        bytes[i] ^= 4;
        assert_int_equal(ch_file_write(path, bytes, i, &e), 0);
        assert_int_equal(is_there(&id), 0);
    }
    free(bytes);
}

static void what_was_dropped_leaves_nothing(void **state)
{
    const struct ch_piece_record r = { .error = { 0, 0, 0 } };
    struct ch_piece_writer w;

    (void)state;
    assert_int_equal(ch_piece_begin(&w, path, &id, &e), 0);
    assert_int_equal(ch_piece_add(&w, &r, &e), 0);
    assert_true(ch_file_exists(w.file.beside));
    ch_piece_drop(&w);
    assert_false(ch_file_exists(w.file.beside));
    assert_false(ch_file_exists(path));
    ch_piece_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_written_is_read, clear),
        cmocka_unit_test_setup(another_piece_is_not_there, clear),
        cmocka_unit_test_setup(a_damaged_or_cut_piece_is_not_there, clear),
        cmocka_unit_test_setup(what_was_dropped_leaves_nothing, clear),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
