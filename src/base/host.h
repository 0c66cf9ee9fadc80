/* host.h - whom a request means, and who sends it
 *
 * A page of a stranger can make its own name stand for 127.0.0.1 (DNS
 * rebinding) and then read what a server of this machine answers; the browser
 * tells that name as the request's Host.
 */
#ifndef CH_BASE_HOST_H
#define CH_BASE_HOST_H

#include <stdbool.h>

/* Room for an address as text, with its NUL. */
#define CH_HOST_ADDRESS 46

/* localhost, a name under it, 127.0.0.0/8 or ::1; [::1] and a port behind it
 * are understood. */
bool ch_host_is_loopback(const char *host);
/* The name, and the port if there is one, of http://NAME:PORT/... */
bool ch_host_is_of_url(const char *host, const char *url);

/* Does the page of another site send something, by what the browser tells
 * (Sec-Fetch-Site, or NULL)?  It cannot read the answer, but could have this
 * machine work for it.  Links from elsewhere, GET and HEAD, are fine. */
bool ch_host_is_cross_site(const char *method, const char *site);

/* The address of the other side, or "". */
struct sockaddr;
void ch_host_of_address(const struct sockaddr *a, char out[CH_HOST_ADDRESS]);

#endif
