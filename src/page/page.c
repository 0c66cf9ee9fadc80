/* page.c - results as one HTML file */
#include "chorus/page.h"

#include "base/file.h"
#include "base/html.h"
#include "page/page_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A picture larger than this has no place inside a page. */
#define PICTURE_LIMIT ((size_t)64 << 20)

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2430;--dim:#5b6676;--ground:#fff;"
    "--card:#f5f7fa;--line:#d8dee8;--train:#b04c05;--val:#1d5fc4;"
    "--c2:#1b7a4b;--c3:#8a4fc7;--c4:#b3246b;--c5:#7a6400;--c6:#0b7285}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--dim:#a3aebd;"
    "--ground:#14181f;--card:#1e242e;--line:#3a4453;--train:#f59e54;"
    "--val:#7fb2ff;--c2:#6cc99a;--c3:#c9a2f2;--c4:#f58ab8;--c5:#d8c04a;"
    "--c6:#66c7d8}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:70rem;"
    "padding:1.5rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--ground)}\n"
    ":focus-visible{outline:3px solid var(--val);outline-offset:2px}"
    "h1{margin:0 0 .2rem;font-size:1.8rem;line-height:1.2}"
    "h2{margin:2.2rem 0 .8rem;font-size:1.2rem}"
    "p.sub{margin:0;color:var(--dim)}\n"
    "dl.scores{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.4rem 0}"
    "dl.scores div{flex:1 1 7rem;padding:.6rem .9rem;border-radius:.5rem;"
    "background:var(--card)}dl.scores dt{color:var(--dim);font-size:.85rem}"
    "dl.scores dd{margin:0;font-size:1.4rem;font-variant-numeric:"
    "tabular-nums}dl.scores dd.range{font-size:.85rem;color:var(--dim)}\n"
    "h3{margin:0 0 .3rem;font-size:1rem}"
    ".charts{display:grid;gap:1.6rem 2rem;grid-template-columns:"
    "repeat(auto-fit,minmax(min(100%,26rem),1fr))}"
    ".chart svg{display:block;width:100%;max-width:44rem;font:12px "
    "system-ui,sans-serif}svg text{fill:var(--dim)}"
    "svg .grid{stroke:var(--line)}svg .axis{stroke:var(--dim)}"
    "svg .best{stroke:var(--dim);stroke-dasharray:3 4}"
    "svg polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    "polyline.soft{stroke-width:1;opacity:.75}"
    ".train{--c:var(--train)}.val{--c:var(--val)}"
    ".c0{--c:var(--val)}.c1{--c:var(--train)}.c2{--c:var(--c2)}"
    ".c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}"
    ".c6{--c:var(--c6)}.c7{--c:var(--dim)}"
    "polyline{stroke:var(--c)}circle{fill:var(--c)}"
    ".legend{margin:.2rem 0 0;font-size:.9rem;overflow-wrap:anywhere}"
    ".legend span{display:inline-block;margin-right:1.2rem;"
    "color:var(--c)}"
    ".legend span::before{content:'';display:inline-block;width:1.1rem;"
    "height:.2rem;margin-right:.4rem;vertical-align:middle;"
    "background:var(--c)}"
    ".legend .soft::before{height:.1rem;opacity:.75}\n"
    ".wide{overflow-x:auto;margin:.4rem 0 1rem}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;"
    "font-size:.95rem}th,td{padding:.3rem .8rem .3rem 0;text-align:right;"
    "border-bottom:1px solid var(--line);white-space:nowrap}"
    "th{font-weight:600;font-size:.9rem;color:var(--dim)}"
    "th:first-child,td:first-child{text-align:left}"
    "th[class]{color:var(--c)}"
    "td.plot{width:14rem;min-width:8rem}td.plot svg{display:block;"
    "width:100%;height:.9rem}"
    "th span{display:inline-block;width:.7rem;height:.7rem;"
    "margin-right:.35rem;background:var(--p)}rect{fill:var(--p)}"
    ".p0{--p:var(--c3)}.p1{--p:var(--val)}.p2{--p:var(--train)}"
    ".p3{--p:var(--c2)}"
    "details{margin:1.2rem 0}"
    "summary{cursor:pointer;font-weight:600;padding:.7rem 0}\n"
    ".photos{display:grid;gap:1.2rem;align-items:start;margin-top:.8rem;"
    "grid-template-columns:repeat(auto-fill,minmax(16rem,1fr))}"
    "figure{margin:0;border-radius:.6rem;overflow:hidden;"
    "background:var(--card)}figure img{display:block;width:100%;"
    "aspect-ratio:4/3;object-fit:contain;background:#0002}"
    "figcaption{padding:.8rem 1rem 1rem}"
    "figcaption strong{display:block;font-size:1.05rem}"
    "figcaption ul{margin:.5rem 0 0;padding-left:1.1rem;color:var(--dim);"
    "font-size:.9rem}figcaption small{color:var(--dim)}"
    "figcaption h3{overflow-wrap:anywhere}"
    "dl.epochs{margin:0}dl.epochs dt{margin-top:.5rem;color:var(--dim);"
    "font-size:.85rem}dl.epochs dd{margin:0}\n"
    "fieldset.look{display:flex;flex-wrap:wrap;gap:.35rem;margin:0;"
    "padding:0 1rem;border:0;min-width:0}"
    ".look legend{float:left;width:100%;padding:0;color:var(--dim);"
    "font-size:.9rem}"
    ".look input{position:absolute;opacity:0}"
    ".look label{padding:.3rem .6rem;border:1px solid var(--dim);"
    "border-radius:.4rem;cursor:pointer}"
    ".look input:checked+label{background:var(--val);color:var(--ground);"
    "border-color:var(--val)}"
    ".look input:focus-visible+label{outline:3px solid var(--ink);"
    "outline-offset:2px}"
    ".view{position:relative;overflow:hidden;order:-1;aspect-ratio:1;"
    "flex:1 0 calc(100% + 2rem);margin:0 -1rem .5rem;background:#0002}"
    ".view img,.view svg{position:absolute;left:50%;top:50%;width:100%;"
    "height:100%;transform:translate(-50%,-50%);aspect-ratio:auto;"
    "background:none}"
    ".view svg{display:none;shape-rendering:crispEdges}"
    ".look input:first-of-type:not(:checked)~.view img{width:var(--w);"
    "height:var(--w);max-width:none;object-fit:var(--f)}\n";

/* The chosen word is known by its place among the buttons of its photo. */
static void put_look_style(struct ch_buffer *out, const struct ch_page *page)
{
    size_t most = 0;

    for (size_t i = 0; i < page->photo_count; i++)
        if (page->photo[i].look && page->photo[i].look->words > most)
            most = page->photo[i].look->words;
    for (size_t w = 1; w <= most; w++)
        ch_buffer_format(out, "%s.look input:nth-of-type(%zu):checked~.view "
                         "svg:nth-of-type(%zu)", w > 1 ? "," : "", w + 1, w);
    if (most)
        ch_buffer_text(out, "{display:block}\n");
}

static int put_photo(struct ch_buffer *out, const struct ch_page_photo *p,
                     size_t number, struct ch_err *e)
{
    /* A model may well say nothing; a blank would look like a fault. */
    const char *caption = *p->caption ? p->caption : "(no words)";
    char *bytes;
    size_t n;
    int rc = ch_file_read(p->image, PICTURE_LIMIT, &bytes, &n, e);

    if (rc)
        return rc;
    /* A page is given away, and captions may name any file. */
    if (!ch_html_picture_type(bytes, n)) {
        free(bytes);
        return ch_fail_at(e, CH_EFORMAT, p->image, CH_NO_OFFSET, "expected a "
                          "JPEG, PNG or WebP picture");
    }
    ch_buffer_text(out, "<figure>");
    if (p->look) {
        ch_page_look_put(out, p, bytes, n, number);
    } else {
        ch_buffer_text(out, "<img alt=\"");
        ch_html_text(out, caption);
        ch_buffer_text(out, "\" ");
        ch_html_source(out, bytes, n);
        ch_buffer_text(out, ">\n");
    }
    free(bytes);
    ch_buffer_text(out, "<figcaption><strong>");
    ch_html_text(out, caption);
    ch_buffer_text(out, "</strong>\n");
    if (isfinite(p->score))
        ch_buffer_format(out, "<small>CIDEr-D %.2f</small>\n", p->score);
    if (p->reference_count) {
        ch_buffer_text(out, "<ul>");
        for (size_t i = 0; i < p->reference_count; i++) {
            ch_buffer_text(out, "<li>");
            ch_html_text(out, p->reference[i]);
            ch_buffer_text(out, "</li>\n");
        }
        ch_buffer_text(out, "</ul>");
    }
    ch_buffer_text(out, "</figcaption></figure>\n");
    return 0;
}

static void put_head(struct ch_buffer *out, const struct ch_page *page,
                     bool is_live)
{
    ch_buffer_text(out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,"
        "initial-scale=1\">\n");
    /* A page that is served has its policy in the headers. */
    ch_buffer_text(out, is_live
        ? "<script src=\"/script.js\" defer></script>\n<title>"
        : "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
          "'none'; img-src data:; style-src 'unsafe-inline'\">\n<title>");
    ch_html_text(out, page->title);
    ch_buffer_format(out, "</title>\n<style>%s", style);
    put_look_style(out, page);
    ch_buffer_text(out, "</style></head>\n<body><main><h1>");
    ch_html_text(out, page->title);
    ch_buffer_text(out, "</h1>\n");
    if (page->subtitle) {
        ch_buffer_text(out, "<p class=\"sub\">");
        ch_html_text(out, page->subtitle);
        ch_buffer_text(out, "</p>\n");
    }
}

static void put_numbers(struct ch_buffer *out, const struct ch_page *page)
{
    if (!page->number_count)
        return;
    ch_buffer_text(out, "<dl class=\"scores\">\n");
    for (size_t i = 0; i < page->number_count; i++) {
        ch_buffer_text(out, "<div><dt>");
        ch_html_text(out, page->number[i].name);
        ch_buffer_format(out, "</dt><dd>%.3f</dd>", page->number[i].value);
        if (isfinite(page->number[i].low))
            ch_buffer_format(out, "<dd class=\"range\">%.3f to %.3f</dd>",
                             page->number[i].low, page->number[i].high);
        ch_buffer_text(out, "</div>\n");
    }
    ch_buffer_text(out, "</dl>\n");
}

static int put_photos(struct ch_buffer *out, const struct ch_page *page,
                      struct ch_err *e)
{
    const char *heading = "Photos and captions";
    int rc = 0;

    for (size_t i = 0; i < page->photo_count && !rc; i++) {
        if (page->photo[i].heading)
            heading = page->photo[i].heading;
        if (i == 0 || page->photo[i].heading) {
            ch_buffer_text(out, i ? "</div>\n<h2>" : "<h2>");
            ch_html_text(out, heading);
            ch_buffer_format(out, "</h2>\n<p class=\"sub\">In bold what the "
                "model says; below it what people wrote.%s</p>\n"
                "<div class=\"photos\">\n", page->photo[i].look
                ? " Choose a word to see where the model looked for it." : "");
        }
        rc = put_photo(out, &page->photo[i], i, e);
    }
    if (page->photo_count)
        ch_buffer_text(out, "</div>\n");
    return rc;
}

int ch_page_put(struct ch_buffer *out, const struct ch_page *page,
                bool is_live, struct ch_err *e)
{
    int rc;

    put_head(out, page, is_live);
    put_numbers(out, page);
    if (page->run_count) {
        ch_page_results_put(out, page->run, page->run_count);
        ch_page_curves_put(out, page->run, page->run_count);
        ch_page_settings_put(out, page->run, page->run_count);
    }
    for (size_t i = 0; i < page->run_count; i++)
        ch_page_times_put(out, page->run[i]);
    for (size_t i = 0; i < page->run_count; i++)
        ch_page_said_put(out, page, i, is_live);
    rc = put_photos(out, page, e);
    ch_buffer_text(out, "</main></body></html>\n");
    if (!rc && out->failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the page");
    return rc;
}

/* A page in the place of a log would be the end of it. */
static int check_place(const struct ch_page *page, const char *path,
                       struct ch_err *e)
{
    struct ch_file_id there, id;
    char log[4096];

    for (size_t i = 0; i < page->run_count; i++)
        if (!ch_file_join(log, sizeof log, page->run[i]->name, "log.jsonl",
                          NULL) &&
            !ch_file_identify(&there, path, NULL) &&
            !ch_file_identify(&id, log, NULL) && id.inode == there.inode &&
            id.device == there.device)
            return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "is the log "
                              "of a run; give the page another name");
    return 0;
}

int ch_page_write(const struct ch_page *page, const char *path,
                  struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    int rc = check_place(page, path, e);

    if (!rc) rc = ch_page_put(&out, page, false, e);
    if (!rc) rc = ch_file_write(path, out.at, out.size, e);
    ch_buffer_release(&out);
    return rc;
}
