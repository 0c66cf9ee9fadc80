/* test_meteor_file.c - sections of METEOR's file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "score/meteor_file.h"

static uint32_t number(const struct ch_buffer *b, size_t i)
{
    struct ch_bytes bytes = ch_bytes_of(b->at, b->size);

    ch_bytes_run(&bytes, 4 * i);
    return ch_bytes_u32(&bytes);
}

static void pairs_ascend_and_come_once(void **state)
{
    static const struct ch_meteor_pair in[] = {
        { 2, 7 }, { 0, 9 }, { 2, 3 }, { 2, 7 }, { 0, 1 },
    };
    static const uint32_t pool_want[] = { 1, 9, 3, 7 };
    static const uint32_t start_want[] = { 0, 2, 2, 4, 4 };
    struct ch_meteor_pairs p = { 0 };
    struct ch_buffer pool = { 0 }, start = { 0 };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ch_meteor_file_pair(&p, in[i].word, in[i].value, &e),
                         0);
    ch_meteor_file_pairs(&p, 4, &pool, &start);
    assert_int_equal(pool.size, sizeof pool_want);
    assert_int_equal(start.size, sizeof start_want);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(number(&pool, i), pool_want[i]);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(number(&start, i), start_want[i]);
    free(p.at);
    ch_buffer_release(&pool);
    ch_buffer_release(&start);
}

static void every_word_has_a_slot_and_half_are_free(void **state)
{
    struct ch_buffer text = { 0 }, start = { 0 }, slot = { 0 };
    struct ch_err e = CH_ERR_INIT;
    size_t taken = 0;
    char seen[51] = { 0 };

    (void)state;
    for (int i = 0; i < 50; i++) {
        ch_buffer_u32(&start, (uint32_t)text.size);
        ch_buffer_format(&text, "word%d", i);
    }
    assert_int_equal(ch_meteor_file_slots(&text, &start, &slot, &e), 0);
    for (size_t i = 0; i < slot.size / 4; i++) {
        uint32_t word = number(&slot, i);

        assert_true(word <= 50);
        if (word) {
            assert_false(seen[word]);
            seen[word] = 1;
            taken++;
        }
    }
    assert_int_equal(taken, 50);
    assert_true(slot.size / 4 >= 100);
    ch_buffer_release(&text);
    ch_buffer_release(&start);
    ch_buffer_release(&slot);
}

static void sections_begin_at_multiples_of_eight(void **state)
{
    struct ch_buffer section[CH_METEOR_SECTION_COUNT] = { { 0 } };
    struct ch_buffer out = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_bytes b;
    uint64_t first, second;

    (void)state;
    ch_buffer_text(&section[CH_METEOR_SECTION_text], "abc");
    ch_buffer_u32(&section[CH_METEOR_SECTION_word], 17);
    assert_int_equal(ch_meteor_file_put(section, &out, &e), 0);
    assert_int_equal(out.size, CH_METEOR_HEADER + 16);
    b = ch_bytes_of(out.at, out.size);
    ch_bytes_run(&b, CH_METEOR_HASHED);
    first = ch_bytes_u64(&b);
    assert_int_equal(first, CH_METEOR_HEADER);
    assert_int_equal(ch_bytes_u64(&b), 3);
    second = ch_bytes_u64(&b);
    assert_int_equal(second, first + 8);
    assert_int_equal(ch_bytes_u64(&b), 1);
    assert_memory_equal(out.at + first, "abc\0\0\0\0\0", 8);
    assert_int_equal((unsigned char)out.at[second], 17);
    for (size_t i = 0; i < CH_METEOR_SECTION_COUNT; i++)
        ch_buffer_release(&section[i]);
    ch_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_ascend_and_come_once),
        cmocka_unit_test(every_word_has_a_slot_and_half_are_free),
        cmocka_unit_test(sections_begin_at_multiples_of_eight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
