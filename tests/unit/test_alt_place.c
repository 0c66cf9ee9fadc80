/* test_alt_place.c - addresses become paths that do not leave the folder */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "use/alt_place.h"

static void addresses_lead_to_files_of_the_site(void **state)
{
    static const struct {
        const char *page, *src, *place;    /* NULL: elsewhere */
    } c[] = {
        { "a.html", "x.jpg", "x.jpg" },
        { "d/a.html", "x.jpg", "d/x.jpg" },
        { "d/a.html", "/x.jpg", "x.jpg" },
        { "d/a.html", "../x.jpg", "x.jpg" },
        { "d/e/a.html", ".././f//x.jpg", "d/f/x.jpg" },
        { "a.html", " x.jpg\n", "x.jpg" },
        { "a.html", "x.jpg?v=1#f", "x.jpg" },
        { "a.html", "x%20y.jpg", "x y.jpg" },
        { "a.html", "100%.jpg", "100%.jpg" },
        { "50%20/a.html", "x.jpg", "50%20/x.jpg" },
        { "d/a.html", "../../x.jpg", NULL },
        { "a.html", "/../x.jpg", NULL },
        { "a.html", "%2e%2e/x.jpg", NULL },
        { "a.html", "x%2fy.jpg", NULL },
        { "a.html", "x%00.jpg", NULL },
        { "a.html", "https://example.org/x.jpg", NULL },
        { "a.html", "//example.org/x.jpg", NULL },
        { "a.html", "data:image/png;base64,", NULL },
        { "a.html", "", NULL },
        { "a.html", "?x", NULL },
        { "d/a.html", "..", NULL },
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        bool found = ch_alt_place_find(c[i].page, c[i].src, out, sizeof out);

        if (found != (c[i].place != NULL) ||
            (found && strcmp(out, c[i].place) != 0))
            fail_msg("%s of %s: found %s", c[i].src, c[i].page,
                     found ? out : "nothing");
    }
}

static void what_does_not_fit_leads_elsewhere(void **state)
{
    char long_name[100], out[64];

    (void)state;
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    for (size_t room = 0; room <= sizeof out; room++)
        assert_false(ch_alt_place_find("d/a.html", long_name, out, room));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_lead_to_files_of_the_site),
        cmocka_unit_test(what_does_not_fit_leads_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
