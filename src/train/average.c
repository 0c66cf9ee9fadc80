/* average.c - several models of one run become one, by their mean */
#include "chorus/average.h"

#include <stdlib.h>
#include <string.h>

#include "data/encoder.h"
#include "data/encoder_link.h"
#include "net/model.h"

static int differs(const char *path, const char *what, const char *first,
                   struct ch_err *e)
{
    return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "has another %s than "
                      "%s; only models of one run can be averaged", what,
                      first);
}

static bool same_shape(const struct ch_decoder *a, const struct ch_decoder *b)
{
    if (a->param_count != b->param_count || a->float_count != b->float_count)
        return false;
    for (size_t i = 0; i < a->param_count; i++)
        if (strcmp(a->param[i].name, b->param[i].name) ||
            a->param[i].rows != b->param[i].rows ||
            a->param[i].columns != b->param[i].columns)
            return false;
    /* Some ways of image and words have the same parameters. */
    return a->shape.image == b->shape.image &&
           a->shape.word_relu == b->shape.word_relu &&
           a->shape.precision == b->shape.precision;
}

static int compare(const struct ch_model *a, const struct ch_model *b,
                   const char *first, const char *path, struct ch_err *e)
{
    size_t bytes = a->decoder.shape.F * sizeof(float);

    if (!same_shape(&a->decoder, &b->decoder))
        return differs(path, "shape of decoder", first, e);
    if (ch_vocab_hash(a->vocab) != ch_vocab_hash(b->vocab))
        return differs(path, "vocabulary", first, e);
    if (ch_encoder_identity(a->encoder, strlen(a->encoder)) !=
        ch_encoder_identity(b->encoder, strlen(b->encoder)))
        return differs(path, "encoder", first, e);
    if (memcmp(a->feature_mean, b->feature_mean, bytes) ||
        memcmp(a->feature_std, b->feature_std, bytes))
        return differs(path, "scale of features", first, e);
    return 0;
}

static void add(double *sum, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (double)x[i];
}

/* The others onto the first, whose weights become the mean. */
static int average(struct ch_model *m, char *const *path, size_t count,
                   struct ch_err *e)
{
    size_t n = m->decoder.float_count;
    double *sum = calloc(n, sizeof *sum);
    int rc = sum ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu sums", n);

    if (!rc)
        add(sum, m->params, n);
    for (size_t i = 1; i < count && !rc; i++) {
        struct ch_model other;

        rc = ch_model_read(&other, path[i], e);
        if (rc)
            break;
        rc = compare(m, &other, path[0], path[i], e);
        if (!rc)
            add(sum, other.params, n);
        if (other.max_words > m->max_words)
            m->max_words = other.max_words;
        ch_model_release(&other);
    }
    for (size_t i = 0; i < n && !rc; i++)
        m->params[i] = (float)(sum[i] / (double)count);
    free(sum);
    return rc;
}

int ch_average_run(char *const *path, size_t count, const char *out,
                   struct ch_err *e)
{
    struct ch_model m;
    int rc;

    if (count < 2)
        return ch_fail(e, CH_EUSAGE, "expected two models or more, found %zu",
                       count);
    if (ch_file_exists(out))
        return ch_fail_at(e, CH_EUSAGE, out, CH_NO_OFFSET, "is there already; "
                          "remove it, or name another file");
    rc = ch_model_read(&m, path[0], e);
    if (rc)
        return rc;
    rc = average(&m, path, count, e);
    if (!rc) rc = ch_model_write(&m, out, e);
    if (!rc)
        ch_encoder_link_like(m.encoder, path[0], out);
    ch_model_release(&m);
    return rc;
}
