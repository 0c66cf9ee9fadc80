/* host.h - whom a request means: its Host header
 *
 * A page of a stranger can make its own name stand for 127.0.0.1 (DNS
 * rebinding) and then read what a server of this machine answers; the browser
 * tells that name as the request's Host.
 */
#ifndef CH_BASE_HOST_H
#define CH_BASE_HOST_H

#include <stdbool.h>

/* localhost, a name under it, 127.0.0.0/8 or ::1; [::1] and a port behind it
 * are understood. */
bool ch_host_is_loopback(const char *host);
/* The name, and the port if there is one, of http://NAME:PORT/... */
bool ch_host_is_of_url(const char *host, const char *url);

#endif
