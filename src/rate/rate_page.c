/* rate_page.c - the pages that raters see */
#include "rate/rate_page.h"

#include "base/html.h"

#include <stdio.h>

static void put_head(struct ch_buffer *out, const char *heading,
                     const char *title)
{
    ch_buffer_text(out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    ch_html_text(out, heading);
    if (*title) {
        ch_buffer_text(out, " \xe2\x80\x93 ");
        ch_html_text(out, title);
    }
    ch_buffer_text(out, "</title>\n"
        "<link rel=\"stylesheet\" href=\"/style.css\">\n"
        "<script src=\"/script.js\" defer></script>\n</head>\n");
}

static void put_title(struct ch_buffer *out, const char *title)
{
    ch_buffer_text(out, "<header>\n<p class=\"title\">");
    ch_html_text(out, title);
    ch_buffer_text(out, "</p>\n");
}

static const char *unit(const struct ch_rate_page *p)
{
    return p->study->mode == CH_RATE_PAIRS ? "Pair" : "Caption";
}

static void put_tail(struct ch_buffer *out)
{
    ch_buffer_text(out, "</main>\n</body>\n</html>\n");
}

/* A form of one button. */
static void put_button(struct ch_buffer *out, const struct ch_rate_page *p,
                       const char *action, const char *kind, const char *text)
{
    ch_buffer_format(out, "<form method=\"post\" action=\"/r/%s/%s\">"
        "<button class=\"%s\">%s</button></form>\n", p->token, action, kind,
        text);
}

/* ------------------------------------------------------------------- intro */

static void put_scales_help(struct ch_buffer *out)
{
    ch_buffer_text(out, "<p>You see photos, each with one caption. Give each "
        "caption three marks from 1 to 5:</p>\n<dl>\n"
#define INTRO_SCALE(name, title, question, one, two, three, four, five)        \
        "<div><dt>" title "</dt><dd>" question " 1 is \xe2\x80\x9c" one        \
        "\xe2\x80\x9d, 5 is \xe2\x80\x9c" five "\xe2\x80\x9d.</dd></div>\n"
        CH_STUDY_SCALES(INTRO_SCALE)
#undef INTRO_SCALE
        "</dl>\n");
}

void ch_rate_page_intro(struct ch_buffer *out, const struct ch_rate_page *p)
{
    put_head(out, "Welcome", p->study->title);
    ch_buffer_text(out, "<body class=\"words\">\n");
    put_title(out, p->study->title);
    ch_buffer_format(out, "</header>\n<main>\n<h1>%s</h1>\n",
                     p->study->mode == CH_RATE_PAIRS
                     ? "Which caption fits better?"
                     : "How well do these captions fit?");
    if (p->study->mode == CH_RATE_PAIRS)
        ch_buffer_text(out, "<p>You see photos, each with two captions, A and "
            "B. Choose the one that describes the photo better, or say that "
            "they are about the same.</p>\n");
    else
        put_scales_help(out);
    ch_buffer_format(out, "<ul>\n"
        "<li>There are <strong>%lld</strong> to judge. Take your time; there "
        "is no clock.</li>\n"
        "<li>Judge each by itself. A photo may come again with another "
        "caption, and some captions do not fit at all.</li>\n"
        "<li>Skip what you cannot judge. Undo takes you back.</li>\n"
        "<li>Every answer is kept at once. You may close the page and come "
        "back by the same link, which is yours alone.</li>\n"
        "<li>By keyboard: <kbd>%s</kbd> answers the question you are in and "
        "goes to the next, <kbd>Enter</kbd> goes on.</li>\n</ul>\n",
        (long long)p->rater->all,
        p->study->mode == CH_RATE_PAIRS ? "1</kbd>\xe2\x80\x93<kbd>3"
                                        : "1</kbd>\xe2\x80\x93<kbd>5");
    put_button(out, p, "start", "next", "Start");
    put_tail(out);
}

/* -------------------------------------------------------------------- task */

static void put_progress(struct ch_buffer *out, const struct ch_rate_page *p)
{
    const struct ch_answer_rater *r = p->rater;
    long long gone = (long long)(r->done + r->skipped);

    ch_buffer_format(out, "<p class=\"progress\"><label for=\"progress\">%s "
        "%lld of %lld</label> <progress id=\"progress\" max=\"%lld\" "
        "value=\"%lld\"></progress></p>\n</header>\n", unit(p), gone + 1,
        (long long)r->all, (long long)r->all, gone);
}

struct choice {
    const char *mark, *words;
};

static void put_question(struct ch_buffer *out, size_t q, const char *title,
                         const char *question, const struct choice *choice,
                         size_t count, uint32_t chosen)
{
    ch_buffer_format(out, "<fieldset aria-describedby=\"caption\">\n<legend>"
        "<span class=\"name\">%s</span> <span class=\"question\">%s</span>"
        "</legend>\n<div class=\"scale\">\n", title, question);
    for (size_t v = 1; v <= count; v++)
        ch_buffer_format(out, "<label><input type=\"radio\" name=\"q%zu\" "
            "value=\"%zu\" required%s><span class=\"mark\">%s</span> "
            "<span class=\"anchor\">%s</span></label>\n", q, v,
            v == chosen ? " checked" : "", choice[v - 1].mark,
            choice[v - 1].words);
    ch_buffer_text(out, "</div>\n</fieldset>\n");
}

static void put_scales(struct ch_buffer *out, const struct ch_answer_task *t)
{
    size_t q = 0;

#define TASK_SCALE(name, title, question, one, two, three, four, five)         \
    put_question(out, q, title, question, (const struct choice[]) {            \
        { "1", one }, { "2", two }, { "3", three }, { "4", four },             \
        { "5", five } }, 5, t->mark[q]);                                       \
    q++;
    CH_STUDY_SCALES(TASK_SCALE)
#undef TASK_SCALE
}

static void put_pair(struct ch_buffer *out, const struct ch_answer_task *t)
{
    put_question(out, 0, "Your choice",
        "Which caption describes the photo better?", (const struct choice[]) {
            { "A", "A is better" }, { "=", "About the same" },
            { "B", "B is better" } }, 3, t->mark[0]);
}

/* A model may well say nothing; a blank would look like a fault. */
static void put_words(struct ch_buffer *out, const struct ch_buffer *text)
{
    if (text->size) {
        ch_html_text(out, text->at);
        return;
    }
    ch_buffer_text(out, "<em>(no words)</em>");
}

static void put_captions(struct ch_buffer *out, const struct ch_rate_page *p,
                         const struct ch_answer_task *t)
{
    bool is_pair = p->study->mode == CH_RATE_PAIRS;

    ch_buffer_text(out, "<div id=\"caption\" class=\"captions\">\n");
    for (int side = 0; side <= is_pair; side++) {
        ch_buffer_format(out, "<p class=\"caption\">%s%s%s",
                         is_pair ? "<b class=\"side\">" : "<span "
                         "class=\"unseen\">Caption:</span>",
                         !is_pair ? "" : side ? "B" : "A",
                         is_pair ? "</b> <span>" : " <span>");
        put_words(out, side ? &t->second : &t->first);
        ch_buffer_text(out, "</span></p>\n");
    }
    ch_buffer_text(out, "</div>\n");
}

void ch_rate_page_task(struct ch_buffer *out, const struct ch_rate_page *p,
                       const struct ch_answer_task *t, bool is_short)
{
    bool is_first = p->rater->done + p->rater->skipped == 0;
    char heading[64];

    snprintf(heading, sizeof heading, "%s %lld of %lld", unit(p),
             (long long)(p->rater->done + p->rater->skipped + 1),
             (long long)p->rater->all);
    put_head(out, heading, p->study->title);
    ch_buffer_text(out, "<body class=\"task\">\n");
    put_title(out, p->study->title);
    put_progress(out, p);
    ch_buffer_format(out, "<main>\n<h1 class=\"unseen\">%s</h1>\n"
        "<figure><img src=\"/r/%s/photo/%lld\" alt=\"The photo to be "
        "described\"></figure>\n<form method=\"post\" action=\"/r/%s/done\" "
        "data-mark=\"/r/%s/mark\">\n<input type=\"hidden\" name=\"task\" "
        "value=\"%lld\">\n", heading, p->token, (long long)t->photo, p->token,
        p->token, (long long)t->id);
    put_captions(out, p, t);
    if (is_short)
        ch_buffer_text(out, "<p class=\"error\" role=\"alert\">Please answer "
            "every question, or skip.</p>\n");
    if (p->study->mode == CH_RATE_PAIRS)
        put_pair(out, t);
    else
        put_scales(out, t);
    ch_buffer_format(out, "<p class=\"saved\" role=\"status\"></p>\n"
        "<div class=\"actions\">\n<button class=\"next\">Next</button>\n"
        "<button formaction=\"/r/%s/skip\" formnovalidate>Skip</button>\n"
        "<button formaction=\"/r/%s/undo\" formnovalidate%s>Undo</button>\n"
        "</div>\n</form>\n", p->token, p->token, is_first ? " disabled" : "");
    put_tail(out);
}

/* --------------------------------------------------------------------- end */

void ch_rate_page_end(struct ch_buffer *out, const struct ch_rate_page *p)
{
    const struct ch_answer_rater *r = p->rater;

    put_head(out, "Thank you", p->study->title);
    ch_buffer_text(out, "<body class=\"words\">\n");
    put_title(out, p->study->title);
    ch_buffer_format(out, "</header>\n<main>\n<h1>Thank you</h1>\n<p>You "
        "judged %lld of %lld; all your answers are kept. You may close this "
        "page.</p>\n<div class=\"actions\">\n", (long long)r->done,
        (long long)r->all);
    if (r->skipped) {
        ch_buffer_format(out, "<form method=\"post\" action=\"/r/%s/again\">"
            "<button class=\"next\">Look again at the %lld skipped</button>"
            "</form>\n", p->token, (long long)r->skipped);
    }
    if (r->done + r->skipped)
        put_button(out, p, "undo", "plain", "Undo the last");
    ch_buffer_text(out, "</div>\n");
    put_tail(out);
}

void ch_rate_page_plain(struct ch_buffer *out, const char *title,
                        const char *text)
{
    put_head(out, title, "");
    ch_buffer_text(out, "<body class=\"words\">\n<main>\n<h1>");
    ch_html_text(out, title);
    ch_buffer_text(out, "</h1>\n<p>");
    ch_html_text(out, text);
    ch_buffer_text(out, "</p>\n");
    put_tail(out);
}
