/* test_ptb.c - captions become tokens as coco-caption makes them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "score/ptb.h"

/* A line alone, and what CoreNLP 3.4.1 prints of it. */
static const struct {
    const char *text, *tokens;
} CASES[] = {
    { "A dog's owner doesn't know it's raining.",
      "a dog 's owner does n't know it 's raining ." },
    { "They've gone; we'll follow, but I'd rather stay.",
      "they 've gone ; we 'll follow , but i 'd rather stay ." },
    { "The boys' kites aren't theirs.",
      "the boys ' kites are n't theirs ." },
    { "Somebody cannot be gonna, gotta, wanna, lemme or gimme.",
      "somebody can not be gon na , got ta , wan na , lem me or gim me ." },
    { "'Twas late, 'tis said, 'til nine 'cause of 'em.",
      "'t was late , 't is said , 'til nine 'cause of 'em ." },
    { "Rock 'n' roll at five o'clock with Ma'am O'Hara.",
      "rock 'n' roll at five o'clock with ma'am o'hara ." },
    { "Y'all c'mon: l'eau, d'Or, nor'easter, dunkin' and ol' time.",
      "y' all c'mon : l'eau , d'or , nor'easter , dunkin' and ol' time ." },
    { "The '90s, the 1990's and '07 were good.",
      "the '90s , the 1990 's and '07 were good ." },
    { "don\xe2\x80\x99t, don\xe2\x80\x98t and don`t; it\xe2\x80\x99s Ann"
      "\xe2\x80\x99s",
      "do n't , do n`t and do n`t ; it 's ann 's" },
    { "I can&apos;t see Tom&apos;s hat",
      "i ca n't see tom 's hat" },
    { "a child said \"hello\" and left",
      "a child said `` hello '' and left" },
    { "\"a quote\" opens, and 'so does this'",
      "`` a quote '' opens , and ` so does this '" },
    { "it reads \xe2\x80\x9cstop\xe2\x80\x9d or \xe2\x80\x98go\xe2\x80\x99 "
      "or \xc2\xabnon\xc2\xbb or \xe2\x80\xb9si\xe2\x80\xba",
      "it reads `` stop '' or ` go ' or `` non '' or ` si '" },
    { "3/4\" of 1/2 and 2 1/2 cups, 1-1/2 or \xc2\xbd and \xe2\x85\x93",
      "3/4 '' of 1/2 and 2\xc2\xa0""1/2 cups , 1-1/2 or 1/2 and 1/3" },
    { "12/25/2012, 1-2-03 and 10:30 at 1,000.50 or -3",
      "12/25/2012 , 1-2-03 and 10:30 at 1,000.50 or -3" },
    { "call (555) 123-4567, 555-1234 or +1 800 555 1234",
      "call -lrb-555-rrb-\xc2\xa0""123-4567 , 555-1234 or +1 800\xc2\xa0""5"
      "55\xc2\xa0""1234" },
    { "a 9.5-inch T-shirt, a sister-in-law and an F-16.",
      "a 9.5-inch t-shirt , a sister-in-law and an f-16 ." },
    { "and/or 1st/2nd either/or he/she",
      "and/or 1st/2nd either/or he/she" },
    { "AT&T, R&amp;B and A+B; S&P-500",
      "at&t , r&b and a+b ; s&p-500" },
    { "the U.S. The man in the U.S. was",
      "the u.s. . the man in the u.s. was" },
    { "In the U.K. Now the p.m. train at 5 p.m. leaves",
      "in the u.k. . now the p.m. train at 5 p.m. leaves" },
    { "I met J. The end. Letter I. There it is",
      "i met j . the end . letter i . there it is" },
    { "Inc. Apples and Co. pears vs. plums etc. Figs",
      "inc. . apples and co. pears vs. plums etc. . figs" },
    { "see no. 5, No. I say no. and fig. 3",
      "see no. 5 , no . i say no . and fig. 3" },
    { "He met K. Earlier that day. He met K. Early that day.",
      "he met k . earlier that day . he met k. early that day ." },
    { "Mfg. and mtg. but MFG. or MTG. x",
      "mfg. and mtg. but mfg . or mtg . x" },
    { "the cap\xe2\x80\x99n said c\xe2\x80\x99"
      "est bon, e\xe2\x80\x99" "er so",
      "the cap\xe2\x80\x99n said c\xe2\x80\x99"
      "est bon , e ' er so" },
    { "Mr. and Mrs. Smith, Dr. Who, St. Mary on Main St.",
      "mr. and mrs. smith , dr. who , st. mary on main st." },
    { "Mr Jones of Ill. and ill. health in Mass. on mass.",
      "mr jones of ill. and ill . health in mass. on mass ." },
    { "pty. ltd. of Acme Co. Ltd.",
      "pty. ltd. of acme co. ltd. ." },
    { "C++, c# and F# on www.example.org or http://a.org/b?c=1.",
      "c++ , c# and f# on www.example.org or http://a.org/b?c=1 ." },
    { "mail a.b@c.org or <me@here> or @name about #cats",
      "mail a.b@c.org or <me@here> or @name about #cats" },
    { "file.txt, a.b.zip and readme.foo",
      "file.txt , a.b.zip and readme.foo" },
    { "wait... wait .... . . . and\xe2\x80\xa6",
      "wait ... wait ... ... and ..." },
    { "a - b -- c --- d ---- e ----- f \xe2\x80\x93g \xe2\x80\x94h",
      "a - b -- c -- d -- e ----- f -- g -- h" },
    { "(round) [square] {curly} <angle>",
      "-lrb- round -rrb- -lsb- square -rsb- -lcb- curly -rcb- <angle>" },
    { "<b>bold</b> <br /> <a href=\"x y\">link</a> <3",
      "<b> bold </b> <br\xc2\xa0/> <a\xc2\xa0href=\"x\xc2\xa0y\"> link </a>"
      " < 3" },
    { ":) :-( ;D =] ^_^ -_- (^_^) x_x (>_<)",
      ":-rrb- :--lrb- ;d =] ^_^ -_- -lrb-^_^-rrb- x_x -lrb->_<-rrb-" },
    { "-LRB- and -rsb-",
      "-lrb- and -rsb-" },
    { "$5, US$6, \xc2\xa3""7, \xe2\x82\xac""8, 9\xc2\xa2 and 10%",
      "$ 5 , us$ 6 , # 7 , $ 8 , 9 cents and 10 %" },
    { "&lt;p&gt; &amp; &quot;q&quot; &nbsp; &mdash; &eacute;t&eacute;",
      "< p > & `` q '' -- &eacute;t&eacute;" },
    { "what?! no!! who?me and dog.the end.",
      "what ?! no !! who?me and dog.the end ." },
    { "na\xc3\xafve caf\xc3\xa9 \xc3\x9c""BER Stra\xc3\x9f""e \xc4\xb0zmir "
      "\xce\x9f\xce\x94\xce\x9f\xce\xa3",
      "na\xc3\xafve caf\xc3\xa9 \xc3\xbc""ber stra\xc3\x9f""e i\xcc\x87zmir"
      " \xce\xbf\xce\xb4\xce\xbf\xcf\x82" },
    { "soft\xc2\xadhyphen and \xc2\xad alone",
      "softhyphen and - alone" },
    { "smile \xf0\x9f\x98\x80 or \xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd now",
      "smile or now" },
    { "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e and \xed\x95\x9c\xea\xb5\xad"
      "\xec\x96\xb4, \xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82",
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e and \xed\x95\x9c\xea\xb5\xad"
      "\xec\x96\xb4 , \xe4\xb8\xad\xe6\x96\x87 \xe3\x80\x82" },
    { "x\xc2\xb2 and H\xe2\x82\x82O, \xe2\x81\xbb\xc2\xb9",
      "x \xc2\xb2 and h \xe2\x82\x82 o , \xe2\x81\xbb\xc2\xb9" },
    { "a_b __ ** @@ ## ~ ^ | \\ / & = +",
      "a_b __ ** @@ ## ~ ^ | \\ / & = +" },
    { "non-U.S. and pre-U.K. trade",
      "non-u.s. and pre-u.k. trade" },
    { "a.k.a. Bob, i.e. me, e.g. you, o.k.",
      "a.k.a. bob , i.e. me , e.g. you , o.k." },
    { "Ph.D. and M.D. types",
      "ph.d. and m.d. types" },
    { "Kelvin 't\xc4\xb1s 'ti\xc5\xbf",
      "kelvin 't \xc4\xb1s 't i\xc5\xbf" },
    { "a  b\x09""c d\xe3\x80\x80""e",
      "a b c d e" },
    { ".5 of 1. and 3.x",
      ".5 of 1 . and 3 . x" },
    /* The last sigma of a word looks otherwise; what a word is, Java says. */
    { "\xce\x91\xce\xa3 \xce\xa3 a\xce\xa3""1",
      "\xce\xb1\xcf\x82 \xcf\x83 a\xcf\x82""1" },
    /* small letters of another kind */
    { "\xca\xb0\xce\xa3 a\xce\xa3\xca\xb0",
      "\xca\xb0\xcf\x82 a\xcf\x83\xca\xb0" },
    /* kana and Chinese characters part words */
    { "a\xce\xa3\xe3\x81\x82""b a\xe6\xbc\xa2\xce\xa3",
      "a\xcf\x82\xe3\x81\x82""b a\xe6\xbc\xa2\xcf\x83" },
    /* a hyphen of two letters joins them, also where the first has no case */
    { "a\xe2\x80\x90\xce\xa3", "a\xe2\x80\x90\xcf\x82" },
    { "a_\xd7\x90\xce\xa3", "a_\xd7\x90\xcf\x82" },
    /* over a mark and a soft hyphen */
    { "\xce\xa3\xcd\x85.\xce\xa3", "\xcf\x83\xcd\x85.\xcf\x82" },
    { "\xcd\x85\xce\xa3", "\xcd\x85\xcf\x83" },
    { "x_x:@\xce\x9f\xce\xa3\xe2\x85\xa7""12",
      "x_x:@\xce\xbf\xcf\x83\xe2\x85\xb7""12" },
    { "http://x\xce\xa3""1,00b a\xce\xa3,b http://x\xce\xa3,b",
      "http://x\xcf\x83""1,00b a\xcf\x82 , b http://x\xcf\x82,b" },
    { "http://a\xce\xa3\xe2\x80\x8b""b a\xce\xa3""1\xc2\xad""b",
      "http://a\xcf\x83\xe2\x80\x8b""b a\xcf\x83""1b" },
    { "trailing space ",
      "trailing space" },
};

static struct ch_ptb *ptb;

static int open_ptb(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    return ch_ptb_open(&ptb, 1, &e);
}

static int close_ptb(void **state)
{
    (void)state;
    ch_ptb_close(ptb);
    return 0;
}

static void check_text(const char *text, size_t n, const char *expected)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer out = { 0 };

    if (ch_ptb_text(ptb, text, n, &out, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(out.at ? out.at : "", expected);
    ch_buffer_release(&out);
}

static void check_lines(const char *const *caption, size_t count,
                        const char *const *expected)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_lines l;

    if (ch_ptb_lines(ptb, caption, count, &l, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(l.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(l.line[i], expected[i]);
    ch_ptb_lines_release(&l);
}

static void a_line_alone_is_tokenised_as_corenlp_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        check_text(CASES[i].text, strlen(CASES[i].text), CASES[i].tokens);
}

static void tokens_depend_on_the_line_behind(void **state)
{
    static const char *const caption[] = {
        "bread etc.", "A table", "bread etc.", "a table", "the U.S.",
        "The sea", "the U.S.", "Sea <a href=\"b", "c\">d e", "plums etc."
    };
    static const char text[] = "bread etc.\nA table\nbread etc.\na table\n"
                               "the U.S.\nThe sea\nthe U.S.\nSea <a "
                               "href=\"b\nc\">d e\nplums etc.";
    static const char *const tokens[] = {
        "bread etc.", "a table", "bread etc.", "a table", "the u.s.",
        "the sea", "the u.s.", "sea <a\xc2\xa0href=\"b", "c\"> d e",
        "plums etc."
    };

    (void)state;
    check_text(text, sizeof text - 1,
               "bread etc. .\na table\nbread etc.\na table\n"
               "the u.s. .\nthe sea\nthe u.s.\nsea "
               "<a\xc2\xa0href=\"b\nc\"> d e\nplums etc. .");
    check_lines(caption, sizeof caption / sizeof *caption, tokens);
}

static void punctuation_goes_and_brackets_stay(void **state)
{
    static const char *const caption[] = {
        "A 'dog' (small), \"red\": yes! No? -- it ran... ;", ".", "",
        "What?! A/B & #1 - [x]"
    };
    static const char *const tokens[] = {
        "a dog -lrb- small -rrb- red yes no it ran", "", "",
        "what ?! a/b & # 1 -lsb- x -rsb-"
    };

    (void)state;
    check_lines(caption, 4, tokens);
}

static void a_line_separator_in_a_caption_is_a_space(void **state)
{
    static const char *const caption[] = {
        "one\ntwo\rthree\r\nfour\vfive\fsix",
        "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c\xe2\x80\x99s\n", "last"
    };
    static const char *const tokens[] = {
        "one two three four five six", "a b c 's", "last"
    };

    (void)state;
    check_lines(caption, 3, tokens);
}

static void each_line_separator_ends_a_line_of_text(void **state)
{
    static const char text[] = "a\rb\r\nc\vd\fe\xe2\x80\xa8"
                               "f\xe2\x80\xa9g\n\nh\xc2\x85i\n";

    (void)state;
    check_text(text, sizeof text - 1, "a\nb\nc\nd\ne\nf\ng\n\nh ... i\n");
}

static void white_space_at_the_end_goes_even_if_it_is_of_a_token(void **state)
{
    /* The no-break space ends the first line of a tag of two. */
    static const char *const caption[] = { "x <a b=\"\xc2\xa0", "c\"> y" };
    static const char *const tokens[] = { "x <a\xc2\xa0" "b=\"", "c\"> y" };

    (void)state;
    check_lines(caption, 2, tokens);
}

static void no_captions_give_no_lines(void **state)
{
    (void)state;
    check_lines(NULL, 0, NULL);
    check_text("", 0, "");
}

static void bytes_that_are_not_utf8_vanish_outside_addresses(void **state)
{
    static const char text[] = "a\xff dog\xc3 \xe2\x80 http://a\xff" "b";

    (void)state;
    check_text(text, sizeof text - 1, "a dog http://a\xef\xbf\xbd" "b");
}

static void characters_above_the_basic_plane_stay_in_addresses(void **state)
{
    static const char text[] = "a\xf0\x9f\x98\x80" "b http://x/"
                               "\xf0\x9f\x98\x80\xf0\x90\x90\x80";

    (void)state;
    check_text(text, sizeof text - 1,
               "a b http://x/\xf0\x9f\x98\x80\xf0\x90\x90\xa8");
}

/* Long enough for threads; each line is one of these, in no regular order. */
static void threads_change_nothing(void **state)
{
    static const char *const lines[] = {
        "A dog runs etc.", "Two dogs, 3 1/2 ft. tall!", "lower case begins",
        "a < b and the end", "<b>bold</b> text", "(555) 123-4567", "",
        "don't, can't, won't", "x@y.org http://a.b/c?d",
        "caf\xc3\xa9 \xf0\x9f\x98\x80",
        "U.S.", "wait...",
    };
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer text = { 0 }, alone = { 0 };
    uint32_t r = 1;

    (void)state;
    while (text.size < 700000) {
        r = r * 1664525u + 1013904223u;
        ch_buffer_text(&text, lines[(r >> 16) % 12]);
        ch_buffer_text(&text, "\n");
    }
    assert_int_equal(ch_ptb_text(ptb, text.at, text.size, &alone, &e), 0);
    for (size_t threads = 2; threads < 7; threads++) {
        struct ch_buffer many = { 0 };
        struct ch_ptb *p;

        assert_int_equal(ch_ptb_open(&p, threads, &e), 0);
        /* Twice: what a text leaves behind does not matter. */
        for (int i = 0; i < 2; i++) {
            ch_buffer_reset(&many);
            assert_int_equal(ch_ptb_text(p, text.at, text.size, &many, &e), 0);
            assert_int_equal(many.size, alone.size);
            assert_memory_equal(many.at, alone.at, alone.size);
        }
        ch_ptb_close(p);
        ch_buffer_release(&many);
    }
    ch_buffer_release(&text);
    ch_buffer_release(&alone);
}

/* A tag goes on over many lines: no thread may begin inside of it. */
static void a_token_over_many_lines_is_one(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer text = { 0 }, alone = { 0 }, many = { 0 };
    struct ch_ptb *p;

    (void)state;
    ch_buffer_text(&text, "before <a href=\"");
    while (text.size < 400000)
        ch_buffer_text(&text, "a dog, etc.\n");
    ch_buffer_text(&text, "\"> behind\na dog.\n");
    assert_int_equal(ch_ptb_open(&p, 4, &e), 0);
    assert_int_equal(ch_ptb_text(ptb, text.at, text.size, &alone, &e), 0);
    assert_int_equal(ch_ptb_text(p, text.at, text.size, &many, &e), 0);
    assert_int_equal(many.size, alone.size);
    assert_memory_equal(many.at, alone.at, alone.size);
    assert_null(strstr(alone.at, " , "));     /* one token, indeed */
    ch_ptb_close(p);
    ch_buffer_release(&text);
    ch_buffer_release(&alone);
    ch_buffer_release(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_alone_is_tokenised_as_corenlp_does),
        cmocka_unit_test(tokens_depend_on_the_line_behind),
        cmocka_unit_test(punctuation_goes_and_brackets_stay),
        cmocka_unit_test(a_line_separator_in_a_caption_is_a_space),
        cmocka_unit_test(each_line_separator_ends_a_line_of_text),
        cmocka_unit_test(
            white_space_at_the_end_goes_even_if_it_is_of_a_token),
        cmocka_unit_test(no_captions_give_no_lines),
        cmocka_unit_test(bytes_that_are_not_utf8_vanish_outside_addresses),
        cmocka_unit_test(characters_above_the_basic_plane_stay_in_addresses),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_token_over_many_lines_is_one),
    };

    return cmocka_run_group_tests(tests, open_ptb, close_ptb);
}
