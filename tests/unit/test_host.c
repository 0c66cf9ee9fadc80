/* test_host.c - which Host headers mean this machine */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

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

static void what_pages_of_other_sites_send_is_told(void **state)
{
    (void)state;
    assert_true(ch_host_is_cross_site("POST", "cross-site"));
    assert_true(ch_host_is_cross_site("PUT", "cross-site"));
    assert_false(ch_host_is_cross_site("GET", "cross-site"));
    assert_false(ch_host_is_cross_site("HEAD", "cross-site"));
    assert_false(ch_host_is_cross_site("POST", "same-origin"));
    assert_false(ch_host_is_cross_site("POST", "none"));
    assert_false(ch_host_is_cross_site("POST", NULL));
}

static void addresses_are_text(void **state)
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000102)
    };
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT
    };
    const struct sockaddr other = { .sa_family = AF_UNIX };
    char text[CH_HOST_ADDRESS];

    (void)state;
    ch_host_of_address((const void *)&four, text);
    assert_string_equal(text, "127.0.1.2");
    ch_host_of_address((const void *)&six, text);
    assert_string_equal(text, "::1");
    ch_host_of_address(&other, text);
    assert_string_equal(text, "");
    ch_host_of_address(NULL, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_this_machine_are_known),
        cmocka_unit_test(other_names_are_foreign),
        cmocka_unit_test(an_address_names_its_host),
        cmocka_unit_test(what_pages_of_other_sites_send_is_told),
        cmocka_unit_test(addresses_are_text),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
