/* xmp.c - what a picture shows, in its XMP sidecar (the door of libxml2) */
#include "use/xmp.h"

#include "base/text.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define DC "http://purl.org/dc/elements/1.1/"
#define IPTC "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"

/* Nothing is fetched, and entities are not replaced. */
#define HOW (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

static const struct property {
    int bit;
    const char *space, *prefix, *name;
} known[] = {
    { CH_XMP_DESCRIPTION, DC, "dc", "description" },
    { CH_XMP_ALT_TEXT, IPTC, "Iptc4xmpCore", "AltTextAccessibility" },
};
enum { KNOWN = sizeof known / sizeof known[0], ALL = 3 };

static const char empty[] =
    "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"Chorus\">\n"
    "<rdf:RDF xmlns:rdf=\"" RDF "\"/>\n"
    "</x:xmpmeta>\n"
    "<?xpacket end=\"w\"?>";

/* libxml2's type for text. */
static const xmlChar *utf8(const char *text)
{
    return (const xmlChar *)text;
}

bool ch_xmp_can_hold(const char *text)
{
    const char *end = text + strlen(text);

    if (ch_text_check(text, strlen(text)) < strlen(text))
        return false;
    while (text < end) {
        uint32_t c = ch_text_point(&text, end);

        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xFFFE ||
            c == 0xFFFF)
            return false;
    }
    return true;
}

/* Some of its errors libxml2 would print, whatever its parser is told. */
static void say_nothing(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static bool is(const xmlNode *node, const char *space, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
           !strcmp((const char *)node->ns->href, space) &&
           !strcmp((const char *)node->name, name);
}

/* rdf:RDF, which is the root or lies in it. */
static xmlNode *find_rdf(const xmlDoc *doc)
{
    xmlNode *root = xmlDocGetRootElement(doc);

    if (!root || is(root, RDF, "RDF"))
        return root;
    for (xmlNode *node = root->children; node; node = node->next)
        if (is(node, RDF, "RDF"))
            return node;
    return NULL;
}

static int found_in(const xmlNode *rdf)
{
    int found = 0;

    for (xmlNode *d = rdf->children; d; d = d->next) {
        if (!is(d, RDF, "Description"))
            continue;
        for (size_t i = 0; i < KNOWN; i++) {
            const struct property *p = &known[i];

            /* Short values may stand in an attribute. */
            if (xmlHasNsProp(d, utf8(p->name), utf8(p->space)))
                found |= p->bit;
            for (xmlNode *node = d->children; node; node = node->next)
                if (is(node, p->space, p->name))
                    found |= p->bit;
        }
    }
    return found;
}

static int parse(xmlDoc **doc, xmlNode **rdf, const char *bytes, size_t n,
                 const char *path, struct ch_err *e)
{
    xmlParserCtxt *reader = xmlNewParserCtxt();
    const xmlError *why;
    int rc = 0;

    *doc = NULL;
    if (!reader)
        return ch_fail(e, CH_ENOMEM, "cannot hold XMP");
    xmlSetGenericErrorFunc(NULL, say_nothing);
    if (n <= CH_XMP_BYTES)
        *doc = xmlCtxtReadMemory(reader, bytes, (int)n, NULL, NULL, HOW);
    why = xmlCtxtGetLastError(reader);
    if (!*doc) {
        const char *message = why && why->message ? why->message : "too large";

        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "expected XMP, found: line %d: %.*s",
                        why ? why->line : 0, (int)strcspn(message, "\n"),
                        message);
    } else if ((*doc)->intSubset || !(*rdf = find_rdf(*doc))) {
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "expected XMP, found XML with %s",
                        (*doc)->intSubset ? "a DOCTYPE" : "no rdf:RDF");
    }
    xmlFreeParserCtxt(reader);
    return rc;
}

int ch_xmp_look(const char *bytes, size_t n, const char *path, int *found,
                struct ch_err *e)
{
    xmlNode *rdf;
    xmlDoc *doc;
    int rc = parse(&doc, &rdf, bytes, n, path, e);

    *found = rc ? 0 : found_in(rdf);
    xmlFreeDoc(doc);
    return rc;
}

/* ---------------------------------------------------------------- adding */

/* What the properties are about: all rdf:Description must agree. */
static xmlChar *about(const xmlNode *rdf)
{
    for (xmlNode *d = rdf->children; d; d = d->next)
        if (is(d, RDF, "Description") &&
            xmlHasNsProp(d, utf8("about"), utf8(RDF)))
            return xmlGetNsProp(d, utf8("about"), utf8(RDF));
    return xmlStrdup(utf8(""));
}

/* <dc:description><rdf:Alt><rdf:li xml:lang="x-default">text */
static bool put(xmlNode *description, const struct property *p,
                const char *text)
{
    xmlNs *rdf = description->ns;
    xmlNs *space = xmlNewNs(description, utf8(p->space),
                            utf8(p->prefix));
    xmlNode *node = space ? xmlNewChild(description, space, utf8(p->name),
                                        NULL) : NULL;

    node = node ? xmlNewChild(node, rdf, utf8("Alt"), NULL) : NULL;
    node = node ? xmlNewTextChild(node, rdf, utf8("li"), utf8(text))
                : NULL;
    if (!node)
        return false;
    xmlNodeSetLang(node, utf8("x-default"));
    return xmlHasProp(node, utf8("lang")) != NULL;
}

/* Those that lack, in an rdf:Description of their own behind the others. */
static bool put_all(xmlNode *rdf, int found, const char *text)
{
    xmlChar *of = about(rdf);
    xmlNode *d = of ? xmlNewChild(rdf, rdf->ns, utf8("Description"), NULL)
                    : NULL;
    bool is_held = d && xmlNewNsProp(d, d->ns, utf8("about"), of);

    for (size_t i = 0; i < KNOWN && is_held; i++)
        if (!(found & known[i].bit))
            is_held = put(d, &known[i], text);
    xmlFree(of);
    if (is_held)
        xmlNodeAddContent(rdf, utf8("\n"));
    return is_held;
}

int ch_xmp_add(const char *bytes, size_t n, const char *path, const char *text,
               struct ch_buffer *out, int *found, struct ch_err *e)
{
    xmlNode *rdf;
    xmlDoc *doc;
    xmlChar *all = NULL;
    int size = 0;
    int rc = parse(&doc, &rdf, bytes ? bytes : empty,
                   bytes ? n : sizeof empty - 1, path, e);

    *found = rc ? 0 : found_in(rdf);
    if (!rc && *found != ALL) {
        if (put_all(rdf, *found, text))
            xmlDocDumpMemoryEnc(doc, &all, &size, "UTF-8");
        if (all)
            ch_buffer_put(out, all, (size_t)size);
        if (!all || out->failed)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold XMP");
    }
    xmlFree(all);
    xmlFreeDoc(doc);
    return rc;
}
