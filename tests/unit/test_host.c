/* test_host.c - which Host headers mean this machine */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/host.h"

#define COUNT(list) (sizeof list / sizeof *list)

static void names_of_this_machine_are_known(void **state)
{
    static const char *const own[] = {
        "localhost", "LocalHost:8600", "page.localhost", "127.0.0.1",
        "127.0.0.1:8000", "127.8.9.10", "::1", "[::1]", "[::1]:8600",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(own); i++)
        if (!ch_host_is_loopback(own[i]))
            fail_msg("%s is not known", own[i]);
}

static void other_names_are_foreign(void **state)
{
    static const char *const other[] = {
        "", ":8600", "evil.example", "evil.example:8600", "notlocalhost",
        "localhost.evil.example", "127.0.0.1.evil.example", "128.0.0.1",
        "10.0.0.1:80", "0.0.0.0", "[::2]:80", "::2", "[::1", "[::1]x",
        "[]", "localhost:80x", "127.0.0.1:80:80", "localhost evil",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(other); i++)
        if (ch_host_is_loopback(other[i]))
            fail_msg("%s is taken for this machine", other[i]);
}

static void an_address_names_its_host(void **state)
{
    (void)state;
    assert_true(ch_host_is_of_url("rate.example", "https://rate.example"));
    assert_true(ch_host_is_of_url("Rate.example", "https://rate.example/a/b"));
    assert_true(ch_host_is_of_url("a:81", "http://a:81/"));
    assert_false(ch_host_is_of_url("a", "http://a:81/"));
    assert_false(ch_host_is_of_url("rate.example", "https://rate.example.org"));
    assert_false(ch_host_is_of_url("", "https:///"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_this_machine_are_known),
        cmocka_unit_test(other_names_are_foreign),
        cmocka_unit_test(an_address_names_its_host),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
