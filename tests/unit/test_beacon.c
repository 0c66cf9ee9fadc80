/* test_beacon.c - letters of a job of one rank, to itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "train/beacon.h"

static struct ch_comm *comm;
static struct ch_beacon *beacon;

static int open_beacon(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    return ch_comm_open(&comm, &e) || ch_beacon_open(&beacon, comm, &e);
}

static int close_beacon(void **state)
{
    (void)state;
    ch_beacon_close(beacon);
    ch_comm_close(comm);
    return 0;
}

/* Something came within ten seconds. */
static int wait_letter(void)
{
    struct pollfd on = { ch_beacon_fd(beacon), POLLIN, 0 };

    return poll(&on, 1, 10000);
}

static void a_letter_comes_as_it_was_sent(void **state)
{
    char got[CH_BEACON_MOST];
    int rank = -1;

    (void)state;
    for (size_t n = 1; n <= CH_BEACON_MOST; n += 466) {
        char sent[CH_BEACON_MOST];

        memset(sent, (int)n, n);
        ch_beacon_send(beacon, 0, sent, n);
        assert_int_equal(wait_letter(), 1);
        assert_int_equal(ch_beacon_receive(beacon, &rank, got, n), 1);
        assert_int_equal(rank, 0);
        assert_memory_equal(got, sent, n);
        /* A host of several networks sent several: they say the same. */
        while (ch_beacon_receive(beacon, &rank, got, n))
            assert_memory_equal(got, sent, n);
    }
}

/* The right length, but not the number that only the job knows. */
static void a_letter_of_a_stranger_is_not_heard(void **state)
{
    struct sockaddr_in to;
    socklen_t size = sizeof to;
    char letter[16 + 8] = { 1 }, got[8];
    int rank, fd = socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(getsockname(ch_beacon_fd(beacon), (struct sockaddr *)&to,
                                 &size), 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t n = 0; n <= sizeof letter; n += 4) {
        assert_int_equal(sendto(fd, letter, n, 0, (struct sockaddr *)&to,
                                sizeof to), n);
        assert_int_equal(wait_letter(), 1);
        assert_int_equal(ch_beacon_receive(beacon, &rank, got, sizeof got), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_beacon, close_beacon)
        TEST(a_letter_comes_as_it_was_sent),
        TEST(a_letter_of_a_stranger_is_not_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
