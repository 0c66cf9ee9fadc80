/* beacon.c - a few bytes now and then, between the hosts of a job */
#include "train/beacon.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* A host may have a network for MPI, one for files, and more. */
#define ADDRESSES 6

/* Where a rank can be reached, in network order; told to all at open. */
struct contact {
    uint32_t address[ADDRESSES];       /* 0: no more */
    uint16_t port;
};

struct letter {
    uint64_t token;
    uint32_t rank;
    unsigned char bytes[CH_BEACON_MOST];
};
#define HEAD offsetof(struct letter, bytes)

struct ch_beacon {
    int fd, rank, size;
    uint64_t token;
    struct contact *contact;           /* [size] */
    uint32_t *heard;                   /* [size]: the address that a letter
                                          came from, 0: none came */
};

/* Addresses of the networks that are up; without any, of this host alone. */
static void find_addresses(struct contact *c)
{
    struct ifaddrs *all = NULL;
    size_t n = 0;

    c->address[0] = htonl(INADDR_LOOPBACK);
    if (getifaddrs(&all))
        return;
    for (const struct ifaddrs *i = all; i && n < ADDRESSES; i = i->ifa_next) {
        struct sockaddr_in at;

        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
            !(i->ifa_flags & IFF_UP) || i->ifa_flags & IFF_LOOPBACK)
            continue;
        memcpy(&at, i->ifa_addr, sizeof at);
        c->address[n++] = at.sin_addr.s_addr;
    }
    freeifaddrs(all);
}

static int open_socket(struct ch_beacon *b, struct ch_err *e)
{
    struct sockaddr_in any = { .sin_family = AF_INET };
    socklen_t n = sizeof any;
    struct contact *mine = &b->contact[b->rank];

    b->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (b->fd < 0 || bind(b->fd, (struct sockaddr *)&any, sizeof any) ||
        getsockname(b->fd, (struct sockaddr *)&any, &n))
        return ch_fail_errno(e, NULL, "cannot open a socket");
    mine->port = any.sin_port;
    find_addresses(mine);
    return 0;
}

static int open_own(struct ch_beacon *b, struct ch_comm *comm,
                    struct ch_err *e)
{
    size_t size = (size_t)ch_comm_size(comm);

    b->fd = -1;
    b->rank = ch_comm_rank(comm);
    b->size = (int)size;
    b->contact = calloc(size, sizeof *b->contact);
    b->heard = calloc(size, sizeof *b->heard);
    if (!b->contact || !b->heard)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu addresses", size);
    if (getrandom(&b->token, sizeof b->token, 0) != sizeof b->token)
        return ch_fail_errno(e, NULL, "no random number");
    return open_socket(b, e);
}

static int tell_contacts(struct ch_beacon *b, struct ch_comm *comm,
                         struct ch_err *e)
{
    int rc = ch_comm_gather_each(comm, &b->contact[b->rank], b->contact,
                                 sizeof *b->contact, e);

    return rc ? rc : ch_comm_broadcast(comm, &b->token, sizeof b->token, e);
}

int ch_beacon_open(struct ch_beacon **out, struct ch_comm *comm,
                   struct ch_err *e)
{
    struct ch_beacon *b = calloc(1, sizeof *b);
    int rc = b ? open_own(b, comm, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold a beacon");

    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = tell_contacts(b, comm, e);
    if (rc) {
        ch_beacon_close(b);
        b = NULL;
    }
    *out = b;
    return rc;
}

void ch_beacon_close(struct ch_beacon *b)
{
    if (!b)
        return;
    if (b->fd >= 0)
        close(b->fd);
    free(b->contact);
    free(b->heard);
    free(b);
}

static void send_to(const struct ch_beacon *b, const struct letter *l,
                    size_t n, uint32_t address, uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = port,
                              .sin_addr.s_addr = address };

    /* What cannot be sent is lost, as what the network drops. */
    (void)!sendto(b->fd, l, n, MSG_DONTWAIT | MSG_NOSIGNAL,
                  (struct sockaddr *)&to, sizeof to);
}

void ch_beacon_send(struct ch_beacon *b, int rank, const void *bytes, size_t n)
{
    struct letter l = { .token = b->token, .rank = (uint32_t)b->rank };
    const struct contact *c = &b->contact[rank];

    memcpy(l.bytes, bytes, n);
    if (b->heard[rank]) {
        send_to(b, &l, HEAD + n, b->heard[rank], c->port);
        return;
    }
    for (size_t i = 0; i < ADDRESSES && c->address[i]; i++)
        send_to(b, &l, HEAD + n, c->address[i], c->port);
}

int ch_beacon_receive(struct ch_beacon *b, int *rank, void *bytes, size_t n)
{
    struct sockaddr_in from;
    struct letter l;

    for (;;) {
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(b->fd, &l, sizeof l, MSG_DONTWAIT,
                               (struct sockaddr *)&from, &size);

        if (got < 0)
            return 0;
        if ((size_t)got != HEAD + n || l.token != b->token ||
            l.rank >= (uint32_t)b->size)
            continue;          /* nobody of this job */
        *rank = (int)l.rank;
        b->heard[*rank] = from.sin_addr.s_addr;
        memcpy(bytes, l.bytes, n);
        return 1;
    }
}

int ch_beacon_fd(const struct ch_beacon *b)
{
    return b->fd;
}
