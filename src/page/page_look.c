/* page_look.c - a photo that shows where a model looked, word by word
 *
 * Radio buttons, as keyboards and screen readers know them, and no script: the
 * chosen word's drawing lies over the photo, dark where the model did not look.
 */
#include "page/page_run.h"

#include "base/html.h"

#include <math.h>

/* How dark a place is that no word looks at, in steps of one 20th. */
enum { DARKEST = 16, STEPS = 20 };

static float most_of(const float *weight, size_t places, size_t *where)
{
    float most = 0;

    *where = 0;
    for (size_t i = 0; i < places; i++)
        if (weight[i] > most) {
            most = weight[i];
            *where = i;
        }
    return most;
}

static int darkness(float weight, float most)
{
    return most > 0 ? (int)lround(DARKEST * (1 - (double)(weight / most)))
                    : DARKEST;
}

/* Places of one row that are as dark lie in one rectangle. */
static void put_level(struct ch_buffer *out, const float *weight, size_t side,
                      float most, int level)
{
    bool has_begun = false;

    for (size_t y = 0; y < side; y++)
        for (size_t x = 0, end; x < side; x = end) {
            const float *row = weight + y * side;
            int dark = darkness(row[x], most);

            for (end = x + 1; end < side && darkness(row[end], most) == dark;)
                end++;
            if (dark != level)
                continue;
            if (!has_begun)
                ch_buffer_format(out, "<path opacity=\"%.2f\" d=\"",
                                 (double)level / STEPS);
            has_begun = true;
            ch_buffer_format(out, "M%zu %zuh%zuv1h-%zuz", x, y, end - x,
                             end - x);
        }
    if (has_begun)
        ch_buffer_text(out, "\"/>");
}

static const char *part_of(size_t at, size_t side, const char *low,
                           const char *middle, const char *high)
{
    size_t third = 3 * at / side;

    return third == 0 ? low : third == 1 ? middle : high;
}

static void put_map(struct ch_buffer *out, const struct ch_page_look *l,
                    size_t w)
{
    size_t side = l->side, where;
    const float *weight = l->weight + w * side * side;
    float most = most_of(weight, side * side, &where);

    ch_buffer_format(out, "<svg viewBox=\"0 0 %zu %zu\" role=\"img\" "
                     "aria-label=\"", side, side);
    ch_html_text(out, l->word[w]);
    ch_buffer_format(out, ": most at the %s %s\">",
        part_of(where / side, side, "upper", "middle", "lower"),
        part_of(where % side, side, "left", "centre", "right"));
    for (int level = 1; level <= DARKEST; level++)
        put_level(out, weight, side, most, level);
    ch_buffer_text(out, "</svg>\n");
}

static void put_choice(struct ch_buffer *out, size_t number, size_t k,
                       const char *word)
{
    ch_buffer_format(out, "<input type=\"radio\" name=\"look%zu\" "
        "id=\"look%zu-%zu\"%s><label for=\"look%zu-%zu\">", number, number, k,
        k ? "" : " checked", number, k);
    ch_html_text(out, word);
    ch_buffer_text(out, "</label>\n");
}

void ch_page_look_put(struct ch_buffer *out, const struct ch_page_photo *p,
                      const void *bytes, size_t n, size_t number)
{
    const struct ch_page_look *l = p->look;

    ch_buffer_text(out, "<fieldset class=\"look\"><legend>Where it looked"
                   "</legend>\n");
    put_choice(out, number, 0, "whole photo");
    for (size_t w = 0; w < l->words; w++)
        put_choice(out, number, w + 1, l->word[w]);
    ch_buffer_format(out, "<div class=\"view\" style=\"--w:%.1f%%;--f:%s\">"
        "<img alt=\"", l->view > 0 ? 100 * l->view : 100,
        l->view > 0 ? "cover" : "fill");
    ch_html_text(out, *p->caption ? p->caption : "(no words)");
    ch_buffer_text(out, "\" ");
    ch_html_source(out, bytes, n);
    ch_buffer_text(out, ">\n");
    for (size_t w = 0; w < l->words; w++)
        put_map(out, l, w);
    ch_buffer_text(out, "</div></fieldset>\n");
}
