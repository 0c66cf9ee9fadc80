/* encoder_spec.c - the JSON that describes an encoder, read and recorded */
#include "data/encoder.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "data/onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "chorus-encoder"
#define LARGEST_INPUT 4096

static int copy(char *to, size_t size, const char *text, const char *name,
                const char *path, struct ch_err *e)
{
    if (strlen(text) >= size)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"%s\" is longer than %zu bytes", name, size - 1);
    strcpy(to, text);
    return 0;
}

static int read_three(float *out, const struct ch_json *o, const char *name,
                      int is_divisor, const char *path, struct ch_err *e)
{
    const struct ch_json *list = ch_json_get(o, name);

    for (size_t i = 0; i < 3; i++) {
        double v = ch_json_real(ch_json_at(list, i), NAN);
        if (ch_json_count(list) != 3 || !isfinite(v) || (is_divisor && v <= 0))
            return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                              "\"%s\" is not a list of three %snumbers", name,
                              is_divisor ? "positive " : "");
        out[i] = (float)v;
    }
    return 0;
}

static int read_views(struct ch_image_rule *rule, const struct ch_json *o,
                      const char *path, struct ch_err *e)
{
    int64_t crops = ch_json_int(ch_json_get(o, "crops"), 1);

    if (crops != 1 && crops != 5)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"crops\" is %lld, expected 1 or 5",
                          (long long)crops);
    rule->corners = crops == 5;
    rule->flip = ch_json_bool(ch_json_get(o, "flip"), false);
    return ch_encoder_spec_check(rule, path, e);
}

static int read_rule(struct ch_image_rule *rule, const struct ch_json *o,
                     const char *path, struct ch_err *e)
{
    const char *resize, *channels;
    int64_t size, shorter;
    int rc = ch_json_need_int(o, "size", 1, LARGEST_INPUT, &size, path, e);

    if (!rc) rc = ch_json_need_text(o, "resize", &resize, path, e);
    if (!rc) rc = ch_json_need_text(o, "channels", &channels, path, e);
    if (rc)
        return rc;
    shorter = ch_json_int(ch_json_get(o, "shorter"), 0);
    if (strcmp(resize, "squash") != 0 && strcmp(resize, "crop") != 0)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"resize\" is \"%.40s\", expected " CH_RESIZES,
                          resize);
    if (strcmp(channels, "rgb") != 0 && strcmp(channels, "bgr") != 0)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"channels\" is \"%.40s\", expected rgb|bgr",
                          channels);
    rule->size = (size_t)size;
    rule->resize = resize[0] == 'c' ? CH_RESIZE_CROP : CH_RESIZE_SQUASH;
    rule->is_bgr = channels[0] == 'b';
    if (rule->resize == CH_RESIZE_CROP &&
        (shorter < size || shorter > LARGEST_INPUT))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"shorter\" is %lld, expected %lld to %d",
                          (long long)shorter, (long long)size, LARGEST_INPUT);
    rule->shorter = rule->resize == CH_RESIZE_CROP ? (size_t)shorter : 0;
    rc = read_three(rule->mean, o, "mean", 0, path, e);
    if (!rc) rc = read_three(rule->std, o, "std", 1, path, e);
    return rc ? rc : read_views(rule, o, path, e);
}

int ch_encoder_spec_check(const struct ch_image_rule *rule, const char *path,
                          struct ch_err *e)
{
    if (!rule->corners || (rule->resize == CH_RESIZE_CROP &&
                           rule->shorter > rule->size))
        return 0;
    return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET,
                      "corners are cut out of a larger picture: expected "
                      "\"resize\" \"crop\" and \"shorter\" above \"size\"");
}

/* Everything but where the files are. */
static int read_fields(struct ch_encoder_spec *s, const struct ch_json *o,
                       const char *path, struct ch_err *e)
{
    const char *name, *pooled = ch_json_text(ch_json_get(o, "pooled"), "");
    int rc;

    if (strcmp(ch_json_text(ch_json_get(o, "format"), ""), FORMAT) != 0 ||
        ch_json_int(ch_json_get(o, "version"), 0) != 1)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "does not describe an encoder: expected \"format\" "
                          "\"" FORMAT "\", version 1");
    rc = ch_json_need_text(o, "name", &name, path, e);
    if (!rc) rc = copy(s->name, sizeof s->name, name, "name", path, e);
    if (!rc) rc = copy(s->pooled, sizeof s->pooled, pooled, "pooled", path, e);
    if (!rc)
        rc = copy(s->grid, sizeof s->grid,
                  ch_json_text(ch_json_get(o, "grid"), ""), "grid", path, e);
    if (!rc) rc = read_rule(&s->rule, ch_json_get(o, "input"), path, e);
    return rc;
}

/* The network's path: relative names are beside the JSON file. */
static int find_network(struct ch_encoder_spec *s, const char *network,
                        struct ch_err *e)
{
    char folder[4096];
    char *slash;

    if (network[0] == '/')
        return copy(s->network, sizeof s->network, network, "network",
                    s->path, e);
    strcpy(folder, s->path);
    slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return ch_file_join(s->network, sizeof s->network, folder, network, e);
}

static int ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), k = strlen(ending);

    return n > k && strcmp(path + n - k, ending) == 0;
}

/* The weights of OpenVINO's IR lie in a file of their own. */
static int hash_network(struct ch_encoder_spec *s, struct ch_err *e)
{
    char weights[sizeof s->network];
    uint64_t both[2];
    int rc = ch_hash_file(s->network, &s->hash, e);

    if (rc || !ends_in(s->network, ".xml"))
        return rc;
    strcpy(weights, s->network);
    strcpy(weights + strlen(weights) - 4, ".bin");
    if (!ch_file_exists(weights))
        return 0;
    both[0] = s->hash;
    rc = ch_hash_file(weights, &both[1], e);
    if (!rc)
        s->hash = ch_hash(both, sizeof both);
    return rc;
}

static int find_outputs(struct ch_encoder_spec *s, struct ch_err *e)
{
    struct ch_onnx found;
    struct ch_map map;
    int rc;

    if (s->pooled[0])
        return 0;
    if (!ends_in(s->network, ".onnx"))
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "\"pooled\" is missing or not a text; outputs are "
                          "found in ONNX networks only");
    rc = ch_map_open(&map, s->network, e);
    if (rc)
        return rc;
    rc = ch_onnx_find(&found, map.at, map.size, s->network, e);
    ch_map_close(&map);
    if (!rc) {
        strcpy(s->pooled, found.pooled);
        strcpy(s->grid, found.grid);
    }
    return rc;
}

static int check_hash(struct ch_encoder_spec *s, const char *wanted,
                      struct ch_err *e)
{
    uint64_t want;
    char hex[17];
    int rc = hash_network(s, e);

    if (rc || !wanted || !wanted[0])
        return rc;
    ch_hash_hex(s->hash, hex);
    if (ch_hash_parse(wanted, &want) != 0 || want != s->hash)
        return ch_fail_at(e, CH_EFORMAT, s->network, CH_NO_OFFSET,
                          "not the network that was meant: its hash is %s, "
                          "expected %.16s", hex, wanted);
    return 0;
}

int ch_encoder_spec_read(struct ch_encoder_spec *s, const char *path,
                         struct ch_err *e)
{
    struct ch_json *o = NULL;
    const char *network;
    char *full = realpath(path, NULL);
    int rc;

    memset(s, 0, sizeof *s);
    if (!full)
        return ch_fail_errno(e, path, "cannot find the encoder");
    rc = copy(s->path, sizeof s->path, full, "path", path, e);
    free(full);
    if (!rc) rc = ch_json_load(&o, path, e);
    if (!rc) rc = read_fields(s, o, path, e);
    if (!rc) rc = ch_json_need_text(o, "network", &network, path, e);
    if (!rc) rc = find_network(s, network, e);
    if (!rc)
        rc = check_hash(s, ch_json_text(ch_json_get(o, "hash"), NULL), e);
    if (!rc) rc = find_outputs(s, e);
    ch_json_close(o);
    return rc;
}

static int find_file(char *out, size_t size, const struct ch_json *o,
                     const char *name, const char *model, struct ch_err *e)
{
    const char *file = ch_json_text(ch_json_get(o, "file"), "");
    const char *slash = strrchr(model, '/');
    char folder[4096];
    int rc;

    snprintf(folder, sizeof folder, "%.*s",
             slash ? (int)(slash - model + 1) : 1, slash ? model : ".");
    rc = ch_file_join(out, size, folder, file, e);
    if (!rc && (!file[0] || strchr(file, '/') || !ch_file_exists(out)))
        rc = ch_fail(e, CH_EUSAGE, "the encoder %s is not beside the model (as "
                     "%s); name it with --encoder", name, out);
    return rc;
}

int ch_encoder_spec_find(struct ch_encoder_spec *s, const char *json,
                         const char *model, const char *instead,
                         struct ch_err *e)
{
    static const char where[] = "recorded encoder";
    struct ch_json *o = NULL;
    struct ch_encoder_spec recorded = { 0 };
    const char *hash = "";
    char path[sizeof s->path];
    uint64_t want = 0;
    int rc = ch_json_parse(&o, json, strlen(json), where, e);

    if (!rc) rc = read_fields(&recorded, o, where, e);
    if (!rc) rc = ch_json_need_text(o, "hash", &hash, where, e);
    if (!rc && ch_hash_parse(hash, &want) != 0)
        rc = ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                        "its hash is not 16 hexadecimal digits");
    if (!rc && !instead)
        rc = find_file(path, sizeof path, o, recorded.name, model, e);
    if (!rc) rc = ch_encoder_spec_read(s, instead ? instead : path, e);
    if (!rc && s->hash != want)
        rc = ch_fail_at(e, CH_EUSAGE, s->network, CH_NO_OFFSET,
                        "not the network %s the features were made with: its "
                        "hash differs from the recorded %s", recorded.name,
                        hash);
    if (!rc) {
        /* What was recorded is what the features were made with. */
        s->rule = recorded.rule;
        strcpy(s->pooled, recorded.pooled);
        strcpy(s->grid, recorded.grid);
    }
    ch_json_close(o);
    return rc;
}

/* -------------------------------------------------------------- recording */

static void put_text(struct ch_json_writer *w, const char *name,
                     const char *text)
{
    ch_json_put_text(w, name, text, strlen(text));
}

static void put_three(struct ch_json_writer *w, const char *name,
                      const float *v)
{
    ch_json_begin(w, name, '[');
    for (size_t i = 0; i < 3; i++)
        ch_json_put_real(w, NULL, (double)v[i]);
    ch_json_end(w);
}

/* All that changes features, and nothing else. */
static void put_settings(struct ch_json_writer *w,
                         const struct ch_encoder_spec *s, const char *hash,
                         const char *precision)
{
    put_text(w, "hash", hash);
    put_text(w, "precision", precision);
    ch_json_begin(w, "input", '{');
    ch_json_put_int(w, "size", (int64_t)s->rule.size);
    put_text(w, "resize",
             s->rule.resize == CH_RESIZE_CROP ? "crop" : "squash");
    ch_json_put_int(w, "shorter", (int64_t)s->rule.shorter);
    put_text(w, "channels", s->rule.is_bgr ? "bgr" : "rgb");
    put_three(w, "mean", s->rule.mean);
    put_three(w, "std", s->rule.std);
    if (s->rule.corners)
        ch_json_put_int(w, "crops", 5);
    if (s->rule.flip)
        ch_json_put_bool(w, "flip", true);
    ch_json_end(w);
    put_text(w, "pooled", s->pooled);
    put_text(w, "grid", s->grid);
}

void ch_encoder_spec_json(const struct ch_encoder_spec *s,
                          const char *precision, struct ch_buffer *out)
{
    const char *slash = strrchr(s->path, '/');
    struct ch_json_writer w;
    char hex[17];

    ch_hash_hex(s->hash, hex);
    ch_json_writer_init(&w, out);
    ch_json_begin(&w, NULL, '{');
    put_text(&w, "format", FORMAT);
    ch_json_put_int(&w, "version", 1);
    put_text(&w, "name", s->name);
    put_text(&w, "file", slash ? slash + 1 : s->path);
    put_settings(&w, s, hex, precision);
    ch_json_end(&w);
}

uint64_t ch_encoder_identity(const char *json, size_t n)
{
    struct ch_encoder_spec s = { 0 };
    struct ch_json *o = NULL;
    struct ch_json_writer w;
    struct ch_buffer text = { 0 };
    const char *hash, *precision;
    uint64_t identity = ch_hash(json, n);
    int rc = ch_json_parse(&o, json, n, "", NULL);

    if (!rc) rc = read_fields(&s, o, "", NULL);
    if (!rc) rc = ch_json_need_text(o, "hash", &hash, "", NULL);
    if (!rc) rc = ch_json_need_text(o, "precision", &precision, "", NULL);
    if (!rc) {
        ch_json_writer_init(&w, &text);
        ch_json_begin(&w, NULL, '{');
        put_settings(&w, &s, hash, precision);
        ch_json_end(&w);
        if (!text.failed)
            identity = ch_hash(text.at, text.size);
    }
    ch_buffer_release(&text);
    ch_json_close(o);
    return identity;
}
