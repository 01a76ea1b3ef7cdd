#include "admin/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECTIONS_MAX 32
#define IDLE_S 15
#define HOST_BYTES 256

/* A connection that is open. */
struct seat {
	int fd;
	uint64_t came; /* the how manieth it is; 0: free */
};

struct admin {
	const struct admin_route *routes;
	void *ctx;
	struct MHD_Daemon *daemon;
	char address[HOST_BYTES + 16];
	struct seat seats[CONNECTIONS_MAX]; /* the server's thread alone */
	uint64_t came;
};

static const struct {
	const char *name, *value;
} headers[] = {
	{"Cache-Control", "no-store"},
	{"X-Content-Type-Options", "nosniff"},
	{"Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'"},
};

/* Takes the body over. */
static enum MHD_Result
answer(struct MHD_Connection *c, unsigned status, const char *type,
	struct buf *body)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		body->len, body->ptr, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	buf_fini(body);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		MHD_add_response_header(r, headers[i].name, headers[i].value);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static const struct admin_route *
route_of(const struct admin *a, const char *path)
{
	for (const struct admin_route *r = a->routes; r->path; r++)
		if (!strcmp(r->path, path))
			return r;
	return NULL;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *upload,
	size_t *upload_len, void **seen)
{
	static const char plain[] = "text/plain; charset=utf-8";
	static int known;
	struct admin *a = ctx;
	const struct admin_route *r = route_of(a, url);
	unsigned status;
	struct buf body;

	(void)version;
	(void)upload;
	/* First the headers alone; an upload is read and thrown away. */
	if (!*seen || *upload_len) {
		*seen = &known;
		*upload_len = 0;
		return MHD_YES;
	}
	buf_init(&body, 0);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		buf_put_text(&body, "GET and HEAD alone\n");
		return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, plain, &body);
	}
	if (!r) {
		for (r = a->routes; r->path; r++)
			buf_printf(&body, "%s\n", r->path);
		return answer(c, MHD_HTTP_NOT_FOUND, plain, &body);
	}
	status = r->write(a->ctx, &body);
	if (body.full) {
		buf_reset(&body);
		return answer(c, MHD_HTTP_INTERNAL_SERVER_ERROR, plain, &body);
	}
	return answer(c, status, r->type, &body);
}

static struct seat *
oldest(struct admin *a, bool *full)
{
	struct seat *found = NULL;

	*full = true;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct seat *s = &a->seats[i];

		if (!s->came)
			*full = false;
		else if (!found || s->came < found->came)
			found = s;
	}
	return found;
}

static struct seat *
free_seat(struct admin *a)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (!a->seats[i].came)
			return &a->seats[i];
	return NULL;
}

/*
 * Who asks slowly, or not at all, would hold its connection for as long as it
 * likes, and all of them shut probes out.  So with the last one that is free
 * the oldest goes: its end is seen by the server, which frees it.
 */
static void
on_connection(void *ctx, struct MHD_Connection *c, void **seat,
	enum MHD_ConnectionNotificationCode what)
{
	struct admin *a = ctx;
	struct seat *s = *seat;
	bool full;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (s)
			s->came = 0;
		return;
	}
	s = free_seat(a);
	if (!s)
		return;
	*s = (struct seat){
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd,
		++a->came};
	*seat = s;
	s = oldest(a, &full);
	if (full)
		shutdown(s->fd, SHUT_RDWR);
}

/* What clients do wrong is theirs. */
LETHE_PRINTF(2, 0)
static void
be_silent(void *ctx, const char *format, va_list args)
{
	(void)ctx;
	(void)format;
	(void)args;
}

/* HOST:PORT apart; the brackets of an IPv6 address fall away. */
static bool
split(const char *listen, char host[static HOST_BYTES], const char **port)
{
	const char *colon = strrchr(listen, ':');
	size_t len = colon ? (size_t)(colon - listen) : 0;

	if (!len || len >= HOST_BYTES)
		return false;
	*port = colon + 1;
	if (*listen == '[' && listen[len - 1] == ']') {
		listen++;
		len -= 2;
	}
	memcpy(host, listen, len);
	host[len] = '\0';
	return true;
}

static void
note_address(struct admin *a)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(a->daemon, MHD_DAEMON_INFO_LISTEN_FD);
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	char host[HOST_BYTES], port[16];

	if (!info ||
		getsockname(info->listen_fd, (struct sockaddr *)&at, &len) ||
		getnameinfo((struct sockaddr *)&at, len, host, sizeof(host),
			port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	snprintf(a->address, sizeof(a->address),
		at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static enum lethe_status
begin(struct admin *a, const char *listen, const struct addrinfo *at,
	struct lethe_error *err)
{
	unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD |
			 MHD_USE_ERROR_LOG;

	if (at->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	a->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, a,
		MHD_OPTION_EXTERNAL_LOGGER, be_silent, NULL,
		MHD_OPTION_SOCK_ADDR, at->ai_addr, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)IDLE_S, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		a, MHD_OPTION_END);
	if (!a->daemon)
		return fail(err, LETHE_ELISTEN, 0,
			"http.listen %.60s: %s; state another address, or off",
			listen,
			errno ? strerror(errno) : "the server cannot start");
	note_address(a);
	return LETHE_OK;
}

enum lethe_status
admin_open(const char *listen, const struct admin_route *routes, void *ctx,
	struct admin **out, struct lethe_error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct admin *a = calloc(1, sizeof(*a));
	struct addrinfo *at = NULL;
	char host[HOST_BYTES];
	const char *port;
	enum lethe_status status;
	int why = EAI_NONAME;

	*out = NULL;
	if (!a)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a server");
	a->routes = routes;
	a->ctx = ctx;
	if (split(listen, host, &port))
		why = getaddrinfo(host, port, &hints, &at);
	status = why ? fail(err, LETHE_ELISTEN, 0, "http.listen %.60s: %s",
			       listen, gai_strerror(why))
		     : begin(a, listen, at, err);
	if (at)
		freeaddrinfo(at);
	if (status)
		free(a);
	else
		*out = a;
	return status;
}

const char *
admin_address(const struct admin *a)
{
	return a->address;
}

void
admin_close(struct admin *a)
{
	if (!a)
		return;
	MHD_stop_daemon(a->daemon);
	free(a);
}
