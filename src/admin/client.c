#include "admin/client.h"

#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 5000
#define HOST_BYTES 256

struct place {
	char host[HOST_BYTES];
	char port[8];
	char name[HOST_BYTES + 16]; /* as in the URL, for `Host:` */
};

struct call {
	int fd;
	int64_t until_ns;
};

/* The brackets of an IPv6 address fall away. */
static bool
take_host(const char *text, size_t len, struct place *out)
{
	if (len > 1 && *text == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (!len || len >= sizeof(out->host))
		return false;
	memcpy(out->host, text, len);
	out->host[len] = '\0';
	return true;
}

static bool
is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '@')
			return false;
	return true;
}

static enum lethe_status
parse(const char *url, struct place *out, struct lethe_error *err)
{
	const char *at = !strncmp(url, "http://", 7) ? url + 7 : url, *colon;
	size_t len = strcspn(at, "/?#"), port;

	colon = memrchr(at, ':', len);
	port = colon ? len - (size_t)(colon - at) - 1 : 0;
	if (!colon || !port || port >= sizeof(out->port) ||
		strspn(colon + 1, "0123456789") < port || !is_name(at, len) ||
		!take_host(at, (size_t)(colon - at), out))
		return fail(err, LETHE_EUSAGE, 0,
			"write it as http://HOST:PORT; TLS is not spoken, use "
			"a tunnel");
	snprintf(out->port, sizeof(out->port), "%.*s", (int)port, colon + 1);
	snprintf(out->name, sizeof(out->name), "%.*s", (int)len, at);
	return LETHE_OK;
}

static enum lethe_status
wait_for(const struct call *c, short events, struct lethe_error *err)
{
	struct pollfd p = {.fd = c->fd, .events = events};
	int64_t left;
	int n;

	do {
		left = (c->until_ns - clock_monotonic_ns()) / 1000000;
		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		return LETHE_OK;
	return n ? fail(err, LETHE_EIO, 0, "%s", strerror(errno))
		 : fail(err, LETHE_ETIMEOUT, 0, "no answer within %d s",
			   WAIT_MS / 1000);
}

static enum lethe_status
connect_to(struct call *c, const struct addrinfo *a, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	socklen_t len = sizeof(int);
	int why = 0;

	c->fd = socket(a->ai_family,
		a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (c->fd < 0)
		return fail(err, LETHE_EIO, 0, "%s", strerror(errno));
	if (connect(c->fd, a->ai_addr, a->ai_addrlen))
		why = errno;
	if (why == EINPROGRESS) {
		status = wait_for(c, POLLOUT, err);
		if (!status &&
			getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &why, &len))
			why = errno;
	}
	if (!status && why)
		status = fail(err, LETHE_EIO, 0, "%s", strerror(why));
	if (status) {
		close(c->fd);
		c->fd = -1;
	}
	return status;
}

/* Each of its addresses in turn: localhost has two. */
static enum lethe_status
dial(struct call *c, const struct place *p, struct lethe_error *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	enum lethe_status status = LETHE_EIO;
	struct addrinfo *list;
	int why = getaddrinfo(p->host, p->port, &hints, &list);

	if (why)
		return fail(err, LETHE_EIO, 0, "%s", gai_strerror(why));
	for (const struct addrinfo *a = list; status && a; a = a->ai_next)
		status = connect_to(c, a, err);
	freeaddrinfo(list);
	return status;
}

static enum lethe_status
send_all(const struct call *c, struct slice bytes, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	ssize_t n;

	while (!status && bytes.len) {
		status = wait_for(c, POLLOUT, err);
		n = status ? 0
			   : send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			status = fail(err, LETHE_EIO, 0, "%s", strerror(errno));
		if (n > 0)
			bytes = slice_make(
				bytes.ptr + n, bytes.len - (size_t)n);
	}
	return status;
}

static enum lethe_status
receive_all(const struct call *c, size_t limit, struct buf *in,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	ssize_t n = 1;

	while (!status && n) {
		if (in->len > limit || !buf_reserve(in, 16384))
			return fail(err, LETHE_EIO, 0,
				"its answer is larger than %zu bytes", limit);
		status = wait_for(c, POLLIN, err);
		n = status ? 0 : recv(c->fd, in->ptr + in->len, 16384, 0);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			status = fail(err, LETHE_EIO, 0, "%s", strerror(errno));
		if (n > 0)
			in->len += (size_t)n;
	}
	return status;
}

static enum lethe_status
take_body(const struct buf *in, const char *path, struct buf *out,
	struct lethe_error *err)
{
	const uint8_t *end = memmem(in->ptr, in->len, "\r\n\r\n", 4);
	const char *text = (const char *)in->ptr;

	if (!end || in->len < 12 || strncmp(text, "HTTP/1.", 7) != 0)
		return fail(err, LETHE_EIO, 0, "it does not speak HTTP");
	if (text[8] != ' ' || strspn(text + 9, "0123456789") < 3)
		return fail(err, LETHE_EIO, 0, "it does not speak HTTP");
	if (strncmp(text + 9, "200", 3) != 0)
		return fail(err, LETHE_EIO, 0,
			"it answers %.3s to %.32s: is it lethe, and new "
			"enough?",
			text + 9, path);
	end += 4;
	buf_put(out, end, in->len - (size_t)(end - in->ptr));
	return LETHE_OK;
}

enum lethe_status
admin_get(const char *url, const char *path, size_t limit, struct buf *out,
	struct lethe_error *err)
{
	struct call call = {
		-1, clock_monotonic_ns() + WAIT_MS * INT64_C(1000000)};
	struct buf said, heard;
	struct place place;
	enum lethe_status status = parse(url, &place, err);

	buf_init(&said, 0);
	buf_init(&heard, 0);
	if (!status)
		status = dial(&call, &place, err);
	if (!status) {
		buf_printf(&said,
			"GET %s HTTP/1.0\r\nHost: %s\r\nConnection: "
			"close\r\n\r\n",
			path, place.name);
		status = send_all(&call, buf_slice(&said), err);
	}
	if (!status)
		status = receive_all(&call, limit, &heard, err);
	if (!status)
		status = take_body(&heard, path, out, err);
	if (call.fd >= 0)
		close(call.fd);
	buf_fini(&said);
	buf_fini(&heard);
	return status;
}
