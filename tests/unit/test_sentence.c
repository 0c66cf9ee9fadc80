/* test_sentence.c - words become a sentence as people write it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caption/sentence.h"

static void words_become_sentences(void **state)
{
    static const struct { const char *words, *sentence; } cases[] = {
        { "", "" },
        { "a dog runs", "A dog runs." },
        { "\xc3\xa4pfel", "\xc3\x84pfel." },
        { "2 dogs", "2 dogs." },
        { "the dog 's ball is n't red", "The dog's ball isn't red." },
        { "i see what i 'm told", "I see what I'm told." },
        { "red , green and blue .", "Red, green and blue." },
        { "what is it ?", "What is it?" },
        { "a sign ( old ) says `` stop ''", "A sign (old) says \"stop\"." },
        { "\" go \" and \" stop \"", "\"Go\" and \"stop\"." },
        { "-lrb- an old photo -rrb-", "(An old photo)." },
        { "he said `` stop ! ''", "He said \"stop!\"" },
        { "a t-shirt for $ 5 - new", "A t-shirt for $5 - new." },
        { "<unk> on a table", "<unk> on a table." },
        { ".", "." }, { "``", "\"." },
    };
    struct ch_buffer b = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ch_buffer_reset(&b);
        ch_buffer_text(&b, "");
        ch_sentence_put(cases[i].words, &b);
        assert_string_equal(b.at, cases[i].sentence);
    }
    ch_buffer_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
