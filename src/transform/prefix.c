#include "transform/rows.h"

#include <arpa/inet.h>

/* The address as text with its end; false when it cannot be one. */
static bool
copy_address(struct slice text, char out[static INET6_ADDRSTRLEN])
{
	if (!text.len || text.len >= INET6_ADDRSTRLEN ||
		memchr(text.ptr, '\0', text.len))
		return false;
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return true;
}

/*
 * Where an IPv4 address stands in an IPv6 one, or -1: a network of the outer
 * one would give it whole.
 * Source: RFC 4291 2.5.5.2 (mapped), RFC 6052 2.1 (NAT64), RFC 3056 2 (6to4).
 */
static int
embedded_v4(const uint8_t v6[static 16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	static const uint8_t six_to_four[2] = {0x20, 0x02};

	if (!memcmp(v6, mapped, sizeof(mapped)) ||
		!memcmp(v6, nat64, sizeof(nat64)))
		return 12;
	return memcmp(v6, six_to_four, sizeof(six_to_four)) ? -1 : 2;
}

static void
mask(uint8_t *bytes, size_t len, unsigned bits)
{
	for (size_t i = 0; i < len; i++, bits -= bits < 8 ? bits : 8)
		if (bits < 8)
			bytes[i] &= (uint8_t)(0xff00 >> bits);
}

static bool
put_network(int family, const uint8_t *bytes, unsigned bits, struct arena *a,
	struct value *out)
{
	char text[INET6_ADDRSTRLEN + 4];
	size_t n;

	if (!inet_ntop(family, bytes, text, INET6_ADDRSTRLEN))
		return false;
	n = strlen(text);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "/%u", bits);
	return put_text(a, text, n, out);
}

bool
apply_prefix(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t v4[4], v6[16];
	int at;

	if (in->kind != VALUE_STRING || !copy_address(in->text, text))
		return false;
	if (inet_pton(AF_INET6, text, v6) == 1) {
		at = embedded_v4(v6);
		if (at < 0) {
			mask(v6, sizeof(v6), t->prefix.v6);
			return put_network(
				AF_INET6, v6, t->prefix.v6, s->a, out);
		}
		memcpy(v4, v6 + at, sizeof(v4));
	} else if (inet_pton(AF_INET, text, v4) != 1) {
		return false;
	}
	mask(v4, sizeof(v4), t->prefix.v4);
	return put_network(AF_INET, v4, t->prefix.v4, s->a, out);
}
