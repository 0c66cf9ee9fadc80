/* test_export.c - what is exported is what PyTorch computes with
 *
 * tests/golden/NAME.txt holds weights by PyTorch's names and the logits that
 * PyTorch has with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "chorus/export.h"
#include "scratch.h"
#include "torch_model.h"

static struct ch_export_options files(void)
{
    return (struct ch_export_options) {
        .model = scratch_path("model.safetensors"),
        .out = scratch_path("out.safetensors")
    };
}

/* Export that case; the file, open. */
static struct ch_safetensors *exported(size_t which, struct ch_model *m)
{
    struct ch_export_options o = files();
    struct ch_err e = CH_ERR_INIT;
    struct ch_safetensors *file;

    torch_model(m, which, true);
    assert_int_equal(ch_model_write(m, o.model, &e), 0);
    if (ch_export_run(&o, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(ch_safetensors_open(&file, o.out, &e), 0);
    remove(o.out);
    return file;
}

static void every_tensor_is_there_by_name_and_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        struct ch_model m;
        struct ch_safetensors *file = exported(i, &m);

        for (size_t k = 0; k < m.decoder.param_count; k++) {
            const struct ch_param_info *p = &m.decoder.param[k];
            const struct ch_tensor *t = ch_safetensors_get(file, p->name);

            assert_non_null(t);
            assert_int_equal(t->dtype, CH_F32);
            assert_int_equal(t->rank, p->columns == 1 ? 1 : 2);
            assert_int_equal(t->shape[0], p->rows);
            assert_int_equal(t->bytes, p->count * sizeof(float));
            assert_memory_equal(t->data, m.params + p->offset, t->bytes);
        }
        /* And the scale of features, and the words. */
        assert_int_equal(ch_safetensors_count(file),
                         m.decoder.param_count + 3);
        assert_string_equal(ch_safetensors_meta(file, "format"), "pt");
        ch_safetensors_close(file);
        ch_model_release(&m);
    }
}

static void what_is_exported_says_what_torch_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        struct ch_export_options o = files();
        struct ch_err e = CH_ERR_INIT;
        struct ch_model m;

        torch_model(&m, i, true);
        assert_int_equal(ch_model_write(&m, o.model, &e), 0);
        ch_model_release(&m);
        assert_int_equal(ch_export_run(&o, &e), 0);
        assert_int_equal(ch_model_read(&m, o.out, &e), 0);
        torch_expect(&m, i);
        ch_model_release(&m);
        remove(o.out);
    }
}

static void words_are_lines_in_the_order_of_their_numbers(void **state)
{
    struct ch_export_options o = files();
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m;
    char *text;
    size_t n;

    (void)state;
    torch_model(&m, 0, true);
    assert_int_equal(ch_model_write(&m, o.model, &e), 0);
    o.vocabulary = scratch_path("words.txt");
    assert_int_equal(ch_export_run(&o, &e), 0);
    assert_int_equal(ch_file_read(o.vocabulary, 1000, &text, &n, &e), 0);
    assert_string_equal(text, "<pad>\n<start>\n<end>\nwd\nwe\nwf\nwg\nwh\nwi\n"
                        "wj\nwk\nwl\n<unk>\n");
    free(text);
    ch_model_release(&m);
    remove(o.out);
}

/* ------------------------------------------------------------- user errors */

static void expect_refused(const struct ch_export_options *o, int code,
                           const char *part)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_export_run(o, &e), code);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
    if (code != CH_EUSAGE)
        assert_false(ch_file_exists(o->out));
}

static void what_is_no_model_is_refused(void **state)
{
    struct ch_export_options o = files();
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m;

    (void)state;
    remove(o.model);
    expect_refused(&o, CH_EIO, "model.safetensors");
    assert_int_equal(ch_file_write(o.model, "words", 5, &e), 0);
    expect_refused(&o, CH_EFORMAT, "not a safetensors file, or cut short");
    torch_model(&m, 0, true);
    assert_int_equal(ch_model_write(&m, o.model, &e), 0);
    ch_model_release(&m);
    assert_int_equal(truncate(o.model, 3000), 0);
    expect_refused(&o, CH_EFORMAT, "model.safetensors: ");
}

static void files_that_are_there_stay(void **state)
{
    struct ch_export_options o = files();
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_write(o.out, "mine", 4, &e), 0);
    expect_refused(&o, CH_EUSAGE, "is there already; remove it, or name "
                   "another file");
    assert_int_equal(ch_file_size(o.out), 4);
    o.vocabulary = o.out;
    o.out = scratch_path("free.safetensors");
    expect_refused(&o, CH_EUSAGE, "is there already");
    assert_false(ch_file_exists(o.out));
    remove(o.vocabulary);
}

static int clear(void **state)
{
    (void)state;
    remove(scratch_path("out.safetensors"));
    return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_tensor_is_there_by_name_and_shape),
        TEST(what_is_exported_says_what_torch_says),
        TEST(words_are_lines_in_the_order_of_their_numbers),
        TEST(what_is_no_model_is_refused),
        TEST(files_that_are_there_stay),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
