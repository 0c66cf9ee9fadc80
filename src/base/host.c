/* host.c - whom a request means, and who sends it */
#include "base/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* A name or an address without its port and brackets; an address of the sixth
 * version stands in brackets where a port follows it.  false: neither. */
static bool split(const char *host, char *name, size_t size)
{
    const char *end = host + strlen(host), *colon = strchr(host, ':');
    const char *port = NULL;

    if (*host == '[') {
        end = strchr(++host, ']');
        port = end ? end + 1 : NULL;
    } else if (colon && !strchr(colon + 1, ':')) {
        end = port = colon;
    }
    if (!end || end == host || (size_t)(end - host) >= size)
        return false;
    if (port && *port &&
        (*port != ':' || port[1 + strspn(port + 1, "0123456789")]))
        return false;
    memcpy(name, host, (size_t)(end - host));
    name[end - host] = '\0';
    return true;
}

bool ch_host_is_loopback(const char *host)
{
    static const char local[] = "localhost";
    struct in_addr four;
    struct in6_addr six;
    char name[256];
    size_t n, tail = sizeof local - 1;

    if (!split(host, name, sizeof name))
        return false;
    if (inet_pton(AF_INET, name, &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, name, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    n = strlen(name);
    return n >= tail && !strcasecmp(name + n - tail, local) &&
           (n == tail || name[n - tail - 1] == '.');
}

bool ch_host_is_of_url(const char *host, const char *url)
{
    const char *scheme = strstr(url, "://");
    const char *name = scheme ? scheme + 3 : url;
    size_t n = strcspn(name, "/?#");

    return n > 0 && strlen(host) == n && !strncasecmp(host, name, n);
}

bool ch_host_is_cross_site(const char *method, const char *site)
{
    return site && !strcmp(site, "cross-site") && strcmp(method, "GET") &&
           strcmp(method, "HEAD");
}

void ch_host_of_address(const struct sockaddr *a, char out[CH_HOST_ADDRESS])
{
    const void *address = NULL;

    out[0] = '\0';
    if (a && a->sa_family == AF_INET)
        address = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
    else if (a && a->sa_family == AF_INET6)
        address = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    if (address && !inet_ntop(a->sa_family, address, out, CH_HOST_ADDRESS))
        out[0] = '\0';
}
