/* scenes.c - draws a picture set with captions, to learn and to test on
 *
 *     scenes --out DIR --count 2400 --seed 1
 *
 * writes DIR/images/NNNNNN.jpg and DIR/{train,val,test}.tsv (lines of
 * image<TAB>caption, five a picture).  Of every twelve scenes ten are for
 * training, one for validation and one for the test.  Scene n is a function
 * of the seed and n: a larger set begins with the smaller one.
 */
#include "scenes.h"

#include "base/file.h"
#include "chorus/log.h"
#include "chorus/options.h"
#include "data/image.h"

#include <stdio.h>
#include <stdlib.h>

enum { JPEG_QUALITY = 90, SPLITS = 3 };

struct scenes_options {
    const char *out;
    uint64_t count, seed;
};

static int write_captions(struct ch_writer *w, const struct scene *s,
                          uint64_t seed, uint32_t number, struct ch_err *e)
{
    struct ch_buffer caption[SCENE_CAPTIONS] = { 0 }, line = { 0 };
    int rc = 0;

    ch_scenes_words_captions(s, seed, number, caption);
    for (size_t i = 0; i < SCENE_CAPTIONS && !line.failed; i++) {
        line.failed = caption[i].failed;
        if (!line.failed)
            ch_buffer_format(&line, "%06u.jpg\t%s\n", number, caption[i].at);
    }
    if (line.failed)
        rc = ch_fail(e, CH_ENOMEM, "no memory for the captions of scene %u",
                     number);
    else
        rc = ch_writer_put(w, line.at, line.size, e);
    for (size_t i = 0; i < SCENE_CAPTIONS; i++)
        ch_buffer_release(&caption[i]);
    ch_buffer_release(&line);
    return rc;
}

static int write_picture(const char *folder, const struct scene *s,
                         uint64_t seed, uint32_t number,
                         struct scene_canvas *canvas, unsigned char *rgb,
                         struct ch_err *e)
{
    struct ch_image image = { SCENE_WIDTH, SCENE_HEIGHT, rgb };
    char name[32], path[4096];
    struct ch_rng r;
    int rc;

    ch_scenes_paint_scene(s, seed, number, canvas);
    ch_rng_init(&r, (struct ch_rng_place){ .seed = seed,
                                           .purpose = CH_RNG_SCENE,
                                           .example = number, .position = 3 });
    ch_scenes_canvas_develop(canvas, &r, rgb);
    snprintf(name, sizeof name, "%06u.jpg", number);
    rc = ch_file_join(path, sizeof path, folder, name, e);
    if (!rc) rc = ch_jpeg_write(path, &image, JPEG_QUALITY, e);
    return rc;
}

static int draw_scenes(const struct scenes_options *o, const char *folder,
                       struct ch_writer w[SPLITS], struct ch_err *e)
{
    struct scene_canvas *canvas = malloc(sizeof *canvas);
    unsigned char *rgb = malloc((size_t)3 * SCENE_WIDTH * SCENE_HEIGHT);
    struct ch_progress progress;
    struct scene s;
    int rc = 0;

    if (!canvas || !rgb)
        rc = ch_fail(e, CH_ENOMEM, "no memory for a canvas");
    ch_progress_start(&progress, "draw", "scenes", 0, o->count);
    for (uint32_t n = 0; n < o->count && !rc; n++) {
        unsigned turn = n % 12;

        ch_scenes_plan_make(&s, o->seed, n);
        rc = write_picture(folder, &s, o->seed, n, canvas, rgb, e);
        if (!rc)
            rc = write_captions(&w[turn < 10 ? 0 : turn - 9], &s, o->seed, n,
                                e);
        ch_progress_update(&progress, n + 1);
    }
    if (!rc)
        ch_progress_finish(&progress);
    free(rgb);
    free(canvas);
    return rc;
}

static int run(const struct scenes_options *o, struct ch_err *e)
{
    static const char *const split[SPLITS] = { "train.tsv", "val.tsv",
                                               "test.tsv" };
    struct ch_writer w[SPLITS] = { 0 };
    char folder[4096], path[4096];
    int rc = ch_file_join(folder, sizeof folder, o->out, "images", e);

    if (!rc) rc = ch_file_folder(folder, e);
    for (size_t i = 0; i < SPLITS && !rc; i++) {
        rc = ch_file_join(path, sizeof path, o->out, split[i], e);
        if (!rc) rc = ch_writer_open(&w[i], path, e);
    }
    if (!rc) rc = draw_scenes(o, folder, w, e);
    for (size_t i = 0; i < SPLITS && !rc; i++)
        rc = ch_writer_finish(&w[i], e);
    for (size_t i = 0; i < SPLITS; i++)
        ch_writer_close(&w[i]);
    return rc;
}

int main(int argc, char **argv)
{
    struct scenes_options o = { .count = 2400, .seed = 1 };
    const struct ch_option options[] = {
        { .kind = CH_OPTION_TEXT, .name = "out", .value = "DIR", .to = &o.out,
          .help = "folder to write the pictures and captions to",
          .required = true },
        { .kind = CH_OPTION_COUNT, .name = "count", .value = "N",
          .to = &o.count, .low = 1, .high = 999999,
          .help = "how many scenes to draw" },
        { .kind = CH_OPTION_COUNT, .name = "seed", .value = "N",
          .to = &o.seed, .low = 0, .high = 1e15,
          .help = "other seeds draw other scenes" },
        { .name = NULL } };
    const struct ch_program program = {
        .name = "scenes",
        .summary = "Draw synthetic scenes with five captions each.",
        .options = options };
    struct ch_arguments arguments = { 0 };
    struct ch_err e = CH_ERR_INIT;
    int rc = ch_options_parse(&program, argc, argv, &arguments, &e);

    if (!rc && arguments.done)
        return 0;
    ch_log_setup("scenes", CH_LOG_INFO, 0, 1);
    if (!rc && arguments.operand_count)
        rc = ch_fail(&e, CH_EUSAGE, "unexpected \"%s\"; scenes takes options "
                     "only", arguments.operand[0]);
    if (!rc) rc = run(&o, &e);
    if (rc)
        fprintf(stderr, "scenes: %s\n", e.msg);
    return ch_err_exit(rc);
}
