/* test_options.c - every kind of option, and the sentence for each mistake */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "chorus/options.h"
#include "chorus/version.h"
#include "scratch.h"

static struct settings {
    uint64_t beam;
    double rate;
    const char *model, *page;
    int image;
    bool grid, keep;
    struct ch_texts also;
} set;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_GROUP, .name = "Input" },
    { CH_OPTION_TEXT, "model", "FILE", &set.model, 0, 0, NULL,
      "the model", true, false },
    { CH_OPTION_TEXT, "page", "FILE", &set.page, 0, 0, NULL,
      "where the page goes", false, false },
    { .kind = CH_OPTION_TEXTS, .name = "also", .value = "FILE",
      .to = &set.also, .help = "another, as often as wanted" },
    { .kind = CH_OPTION_GROUP, .name = "Search" },
    { CH_OPTION_COUNT, "beam", "N", &set.beam, 1, 100, NULL,
      "captions kept per photo", false, false },
    { CH_OPTION_NUMBER, "rate", "X", &set.rate, 0, 1, NULL,
      "a rate", false, false },
    { CH_OPTION_CHOICE, "image", NULL, &set.image, 0, 0, "first|every",
      "how the image is fed", false, false },
    { CH_OPTION_FLAG, "grid", NULL, &set.grid, 0, 0, NULL,
      "store the last feature map, too", false, false },
    { CH_OPTION_FLAG, "keep", NULL, &set.keep, 0, 0, NULL,
      "keep what there is", false, false },
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-x", .summary = "Does x.", .operands = "PHOTO...",
    .examples = "  chorus x --model m a.jpg\n", .options = options,
};

static int defaults(void **state)
{
    (void)state;
    set = (struct settings){ .beam = 3, .rate = 0.5, .keep = true };
    return 0;
}

/* Parse words separated by blanks, with --model m in front when it is needed
 * by the program but not by the test. */
static int parse(const char *words, struct ch_arguments *a, struct ch_err *e)
{
    static char text[500];
    static char *argv[40];
    int argc = 0;

    snprintf(text, sizeof text, "chorus-x %s", words);
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " "))
        argv[argc++] = at;
    argv[argc] = NULL;
    return ch_options_parse(&program, argc, argv, a, e);
}

static void expect_good(const char *words)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;

    if (parse(words, &a, &e))
        fail_msg("%s: %s", words, e.msg);
}

static void values_come_behind_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    expect_good("--model=a=b --beam 7 --rate=1e-1");
    assert_string_equal(set.model, "a=b");
    assert_int_equal(set.beam, 7);
    assert_true(set.rate == 0.1);
}

static void texts_may_be_given_several_times(void **state)
{
    struct ch_texts many = { .count = CH_TEXTS_LIMIT };
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;

    (void)state;
    expect_good("--model m --also x a.jpg --also=y");
    assert_int_equal(set.also.count, 2);
    assert_string_equal(set.also.at[0], "x");
    assert_string_equal(set.also.at[1], "y");
    set.also = many;
    assert_int_equal(parse("--model m --also z", &a, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "--also: expected at most 64, found 'z', too");
}

static void what_is_not_given_keeps_its_default(void **state)
{
    (void)state;
    expect_good("--model m");
    assert_int_equal(set.beam, 3);
    assert_true(set.rate == 0.5);
    assert_null(set.page);
    assert_true(set.keep);
}

static void bounds_are_included(void **state)
{
    (void)state;
    expect_good("--model m --beam 100 --rate 0");
    assert_int_equal(set.beam, 100);
    assert_true(set.rate == 0);
}

static void choices_become_their_index(void **state)
{
    (void)state;
    expect_good("--model m --image every");
    assert_int_equal(set.image, 1);
}

static void flags_go_on_and_off(void **state)
{
    (void)state;
    expect_good("--model m --grid --no-keep");
    assert_true(set.grid);
    assert_false(set.keep);
}

static void the_last_of_a_repeated_option_counts(void **state)
{
    (void)state;
    expect_good("--model a --model b");
    assert_string_equal(set.model, "b");
}

static void operands_are_collected_in_order(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;

    (void)state;
    assert_int_equal(parse("a --model m - b -v -- --c -d", &a, &e), 0);
    assert_int_equal(a.operand_count, 5);
    assert_string_equal(a.operand[0], "a");
    assert_string_equal(a.operand[1], "-");
    assert_string_equal(a.operand[2], "b");
    assert_string_equal(a.operand[3], "--c");
    assert_string_equal(a.operand[4], "-d");
}

static void verbosity_adds_up(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;

    (void)state;
    assert_int_equal(parse("--model m -vv -v -q", &a, &e), 0);
    assert_int_equal(a.verbosity, 2);
}

static void a_value_may_begin_with_one_dash(void **state)
{
    (void)state;
    expect_good("--model -");
    assert_string_equal(set.model, "-");
}

static void each_mistake_has_its_sentence(void **state)
{
    static const struct { const char *words, *message; } row[] = {
        { "", "missing --model FILE; see chorus-x --help" },
        { "--model", "--model needs a value: --model FILE" },
        { "--model --grid", "--model needs a value, found --grid; "
          "write --model=--grid if that is the value" },
        { "--beam 0", "--beam: expected a whole number from 1 to 100, "
          "found '0'" },
        { "--beam 101", "--beam: expected a whole number from 1 to 100, "
          "found '101'" },
        { "--beam 3x", "--beam: expected a whole number from 1 to 100, "
          "found '3x'" },
        { "--beam=", "--beam: expected a whole number from 1 to 100, "
          "found ''" },
        { "--beam -1", "--beam: expected a whole number from 1 to 100, "
          "found '-1'" },
        { "--beam 99999999999999999999", "--beam: expected a whole number "
          "from 1 to 100, found '99999999999999999999'" },
        { "--rate 1.5", "--rate: expected a number from 0 to 1, "
          "found '1.5'" },
        { "--rate 1e-400", "--rate: expected a number from 0 to 1, "
          "found '1e-400'" },
        { "--rate nan", "--rate: expected a number from 0 to 1, "
          "found 'nan'" },
        { "--rate 0x1", "--rate: expected a number from 0 to 1, "
          "found '0x1'" },
        { "--rate 1e", "--rate: expected a number from 0 to 1, found '1e'" },
        { "--rate=", "--rate: expected a number from 0 to 1, found ''" },
        { "--image middle", "--image: expected one of first|every, "
          "found 'middle'" },
        { "--image fir", "--image: expected one of first|every, "
          "found 'fir'" },
        { "--grid=1", "--grid takes no value, found '1'" },
        { "--no-grid=1", "--no-grid takes no value, found '1'" },
        { "--no-beam", "--no-beam: only a flag can be denied with --no-; "
          "--beam takes N" },
        { "--bema 3", "unknown option --bema; did you mean --beam?" },
        { "--modle=m", "unknown option --modle; did you mean --model?" },
        { "--no-gird", "unknown option --no-gird; did you mean --grid?" },
        { "--verison", "unknown option --verison; did you mean --version?" },
        { "--something", "unknown option --something; see chorus-x --help" },
        { "-x", "unknown option -x; expected -v, -q, or a name with two "
          "dashes; see chorus-x --help" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_arguments a;

        assert_int_equal(parse(row[i].words, &a, &e), CH_EUSAGE);
        assert_string_equal(e.msg, row[i].message);
        assert_false(a.done);
    }
}

static void bounds_that_values_meet_are_told(void **state)
{
    static double part;
    static uint64_t seed;
    static const struct ch_option bounded[] = {
        { .kind = CH_OPTION_NUMBER, .name = "part", .to = &part,
          .high = 0.99999999999999989 },
        { .kind = CH_OPTION_COUNT, .name = "seed", .to = &seed,
          .high = 9007199254740991.0 },
        { .name = NULL },
    };
    const struct ch_program y = { .name = "chorus-y", .options = bounded };
    static const struct { const char *word, *message; } row[] = {
        { "--part=1", "--part: expected a number from 0 to below 1, "
          "found '1'" },
        { "--seed=-1", "--seed: expected a whole number of at least 0, "
          "found '-1'" },
        { "--seed=9007199254740992", "--seed: expected a whole number of at "
          "most 9007199254740991, found '9007199254740992'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char word[64];
        char *argv[] = { (char[]){ "chorus-y" }, word, NULL };
        struct ch_err e = CH_ERR_INIT;
        struct ch_arguments a;

        snprintf(word, sizeof word, "%s", row[i].word);
        assert_int_equal(ch_options_parse(&y, 2, argv, &a, &e), CH_EUSAGE);
        assert_string_equal(e.msg, row[i].message);
    }
}

static void a_program_without_operands_refuses_them(void **state)
{
    char *argv[] = { (char[]){ "chorus-y" }, (char[]){ "a" }, NULL };
    const struct ch_program y = { .name = "chorus-y" };
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;

    (void)state;
    assert_int_equal(ch_options_parse(&y, 2, argv, &a, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "expected only options, found 'a'; "
                        "see chorus-y --help");
}

static void a_count_without_bounds_takes_all_64_bits(void **state)
{
    char *argv[] = { (char[]){ "y" }, (char[]){ "--n" },
                     (char[]){ "18446744073709551615" }, NULL };
    uint64_t n = 0;
    const struct ch_option table[] = {
        { .kind = CH_OPTION_COUNT, .name = "n", .to = &n }, { .name = NULL }
    };
    const struct ch_program y = { .name = "y", .options = table };
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;

    (void)state;
    assert_int_equal(ch_options_parse(&y, 3, argv, &a, &e), 0);
    assert_true(n == UINT64_MAX);
}

static void asked_for_help_mistakes_do_not_matter(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;
    struct capture c;
    char help[4096];
    int rc;

    (void)state;
    capture_start(&c, STDOUT_FILENO);
    rc = parse("--beam 9 --bad --help", &a, &e);
    capture_stop(&c);
    assert_int_equal(rc, 0);
    assert_true(a.done);
    ch_options_help(&program, help, sizeof help);
    assert_string_equal(c.text, help);
}

static void behind_two_dashes_help_is_an_operand(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;

    (void)state;
    assert_int_equal(parse("--model m -- --help", &a, &e), 0);
    assert_false(a.done);
    assert_string_equal(a.operand[0], "--help");
}

static void the_version_is_told_on_stdout(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;
    struct capture c;
    int rc;

    (void)state;
    capture_start(&c, STDOUT_FILENO);
    rc = parse("--version", &a, &e);
    capture_stop(&c);
    assert_int_equal(rc, 0);
    assert_true(a.done);
    assert_string_equal(c.text, "chorus-x " CH_VERSION "\n");
}

/* A full device takes the first bytes into the buffer and then refuses. */
static void help_on_a_full_stdout_is_an_error(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_arguments a;
    int saved, full, rc;

    (void)state;
    full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    dup2(full, STDOUT_FILENO);
    rc = parse("--help", &a, &e);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(full);
    clearerr(stdout);
    assert_int_equal(rc, CH_EIO);
    assert_string_equal(e.msg,
                        "cannot write on stdout: No space left on device");
}

static void help_is_this_text(void **state)
{
    static const char expected[] =
        "Usage: chorus-x [options] PHOTO...\n"
        "\n"
        "Does x.\n"
        "\n"
        "Input\n"
        "  --model FILE          the model (required)\n"
        "  --page FILE           where the page goes\n"
        "  --also FILE           another, as often as wanted\n"
        "\n"
        "Search\n"
        "  --beam N              captions kept per photo (default: 3)\n"
        "  --rate X              a rate (default: 0.5)\n"
        "  --image first|every   how the image is fed (default: first)\n"
        "  --grid                store the last feature map, too\n"
        "  --keep, --no-keep     keep what there is (default: yes)\n"
        "\n"
        "Everywhere\n"
        "  --help                show this text and end\n"
        "  --version             show the version and end\n"
        "  -v                    say more; -vv says still more\n"
        "  -q                    say less: no progress; -qq: errors alone\n"
        "\n"
        "Examples\n"
        "  chorus x --model m a.jpg\n";
    char help[4096];

    (void)state;
    assert_int_equal(ch_options_help(&program, help, sizeof help),
                     sizeof expected - 1);
    assert_string_equal(help, expected);
}

static void help_wraps_at_80_columns(void **state)
{
    static const struct ch_option table[] = {
        { .kind = CH_OPTION_TEXT, .name = "a-name-beyond-its-column",
          .value = "FOLDER", .to = &set.page, .help = "words that go on and on "
          "until there is no more room for any of them on a line of this help "
          "and \303\244\303\244\303\244\303\244 counts as four" },
        { .name = NULL },
    };
    const struct ch_program y = { .name = "y", .options = table };
    char help[4096];

    (void)state;
    ch_options_help(&y, help, sizeof help);
    assert_non_null(strstr(help, "\n"
        "  --a-name-beyond-its-column FOLDER\n"
        "                        words that go on and on until there is no "
        "more room for\n"
        "                        any of them on a line of this help and "
        "\303\244\303\244\303\244\303\244 counts as\n"
        "                        four\n"));
}

static void help_in_a_small_buffer_is_cut(void **state)
{
    char help[10];
    size_t need = ch_options_help(&program, NULL, 0);

    (void)state;
    assert_int_equal(ch_options_help(&program, help, sizeof help), need);
    assert_string_equal(help, "Usage: ch");
}

static void the_nearest_name_allows_for_one_slip_in_three(void **state)
{
    static const char *const name[] = { "train", "caption", "score" };
    static const struct { const char *word, *nearest; } row[] = {
        { "train", "train" }, { "trian", "train" }, { "tran", "train" },
        { "captions", "caption" }, { "socre", "score" }, { "xyz", NULL },
        { "", NULL },
        { "a-word-much-longer-than-any-name-of-an-option-is", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *nearest = ch_options_nearest(row[i].word, name, 3);

        if (row[i].nearest)
            assert_string_equal(nearest, row[i].nearest);
        else
            assert_null(nearest);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_come_behind_a_blank_or_an_equals_sign),
        TEST(texts_may_be_given_several_times),
        TEST(what_is_not_given_keeps_its_default),
        TEST(bounds_are_included),
        TEST(choices_become_their_index),
        TEST(flags_go_on_and_off),
        TEST(the_last_of_a_repeated_option_counts),
        TEST(operands_are_collected_in_order),
        TEST(verbosity_adds_up),
        TEST(a_value_may_begin_with_one_dash),
        TEST(each_mistake_has_its_sentence),
        TEST(bounds_that_values_meet_are_told),
        TEST(a_program_without_operands_refuses_them),
        TEST(a_count_without_bounds_takes_all_64_bits),
        TEST(asked_for_help_mistakes_do_not_matter),
        TEST(behind_two_dashes_help_is_an_operand),
        TEST(the_version_is_told_on_stdout),
        TEST(help_on_a_full_stdout_is_an_error),
        TEST(help_is_this_text),
        TEST(help_wraps_at_80_columns),
        TEST(help_in_a_small_buffer_is_cut),
        TEST(the_nearest_name_allows_for_one_slip_in_three),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
