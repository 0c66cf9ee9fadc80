/* test_option_paths.c - no program writes over what else it was given */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "chorus/options.h"
#include "scratch.h"

static const char *out, *table, *config, *title;
static struct ch_texts also;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE", .to = &out,
      .is_output = true },
    { .kind = CH_OPTION_TEXT, .name = "table", .value = "FILE", .to = &table,
      .is_output = true },
    { .kind = CH_OPTION_TEXT, .name = "like", .value = "MODEL", .to = &config },
    { .kind = CH_OPTION_TEXT, .name = "title", .value = "TEXT", .to = &title },
    { .kind = CH_OPTION_TEXTS, .name = "also", .value = "FILE", .to = &also },
    { 0 },
};

static int begin(void **state)
{
    (void)state;
    out = table = config = title = NULL;
    also.count = 0;
    return 0;
}

/* Paths are of the scratch folder, where there is a file "here" with a second
 * name, "link", a folder "sub", and a link to the folder itself, "again". */
static int parse(const char *operands, const char *words, struct ch_err *e)
{
    static char text[500];
    static char *argv[20];
    struct ch_program program = { .name = "chorus-x", .summary = "x",
                                  .operands = operands, .options = options };
    struct ch_arguments a;
    int argc = 0;

    snprintf(text, sizeof text, "chorus-x %s", words);
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " "))
        argv[argc++] = at;
    argv[argc] = NULL;
    return ch_options_parse(&program, argc, argv, &a, e);
}

static void refuse(const char *operands, const char *words,
                   const char *expected)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(parse(operands, words, &e), CH_EUSAGE);
    assert_string_equal(e.msg, expected);
    begin(NULL);
}

static void accept(const char *operands, const char *words)
{
    struct ch_err e = CH_ERR_INIT;

    if (parse(operands, words, &e))
        fail_msg("%s: %s", words, e.msg);
    begin(NULL);
}

static void two_outputs_are_two_files(void **state)
{
    (void)state;
    refuse("FILE...", "--out new --table new",
           "--out new would be written over what --table names; give another "
           "name");
    refuse("FILE...", "--out new --table ./new",
           "--out new would be written over what --table names; give another "
           "name");
    refuse("FILE...", "--table again/new --out new",
           "--out new would be written over what --table names; give another "
           "name");
    refuse("FILE...", "--out here --table link",
           "--out here would be written over what --table names; give another "
           "name");
    accept("FILE...", "--out new --table sub/new");
    accept("FILE...", "--out new --table here");
    accept("FILE...", "--out none/new --table none/new");   /* cannot be made */
}

static void an_output_is_no_input(void **state)
{
    (void)state;
    refuse("FILE...", "--out here here",
           "--out here would be written over the operand here; give another "
           "name");
    refuse("FILE...", "sub/../here --table again/here",
           "--table again/here would be written over the operand sub/../here; "
           "give another name");
    refuse("FILE...", "--out here --like link",
           "--out here would be written over what --like names; give another "
           "name");
    refuse("FILE...", "--also sub --also here --out here",
           "--out here would be written over what --also names; give another "
           "name");
    refuse("FILE...", "--also new=here --out here",
           "--out here would be written over what --also names; give another "
           "name");
    accept("FILE...", "here here link");
}

static void what_names_no_file_may_be_the_same(void **state)
{
    (void)state;
    accept("FILE...", "--out here --title here");
    accept("make|drop STUDY", "make sub --out make");
    accept("FILE...", "--out /dev/null --table /dev/null");
    refuse("make|drop STUDY", "make here --out here",
           "--out here would be written over the operand here; give another "
           "name");
}

static int make(void **state)
{
    FILE *file;

    if (scratch_make(state) || chdir(scratch) || mkdir("sub", 0700) ||
        symlink(".", "again") || !(file = fopen("here", "w")))
        return -1;
    fclose(file);
    return link("here", "link");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(two_outputs_are_two_files, begin),
        cmocka_unit_test_setup(an_output_is_no_input, begin),
        cmocka_unit_test_setup(what_names_no_file_may_be_the_same, begin),
    };

    return cmocka_run_group_tests(tests, make, scratch_remove);
}
