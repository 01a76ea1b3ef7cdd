#include "kit.h"

/*
 * The table of consent through the whole engine: what a source can say, as it
 * stands in an event, of four sources in every combination, for a purpose of
 * each basis; against a model that knows what each text means.
 */

static const char policy[] =
	"version: 1\n"
	"name: test\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    formats: [json, msgpack]\n"
	"    event_time: { path: \"@timestamp\" }\n"
	"    events: { seen: { $.event: Seen } }\n"
	"identifiers: { user: { prefix: u, from: [$.user] } }\n"
	"consent:\n"
	"  sources:\n"
	"    banner: { format: segment, path: $.cats }\n"
	"    choice: { format: flag, path: $.choice, yes: [true, y, 7] }\n"
	"    gpc: { format: gpc, path: $.gpc }\n"
	"    out: { format: flag, path: \"$.out[*]\", yes: [all],\n"
	"      effect: objection }\n"
	"purposes:\n"
	"  decided:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: banner, asks: { banner: P, choice: yes } }\n"
	"    topic: o.a\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  confirmed:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: choice, also: [banner],\n"
	"      asks: { banner: P, choice: yes } }\n"
	"    ignores: { gpc: no sale and no sharing }\n"
	"    topic: o.b\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  legitimate:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: L-1\n"
	"    consent: { asks: { choice: yes } }\n"
	"    topic: o.c\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"  contract:\n"
	"    says: s\n"
	"    basis: contract\n"
	"    ticket: T-1\n"
	"    on: [seen]\n"
	"    topic: o.d\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n"
	"fields:\n"
	"  - { do: event, as: event, why: w,\n"
	"      for: [decided, confirmed, legitimate, contract] }\n";

/* yes, no, silent, malformed, wrong type */
enum means { Y, N, S, M, W };

struct said {
	const char *text; /* a member with its comma, or nothing */
	enum means means;
};

enum { BANNER, CHOICE, GPC, OUT, SOURCES };
static const char *const names[] = {"banner", "choice", "gpc", "out"};

static const struct said banner[] = {
	{"", S},
	{"\"cats\":null,", S},
	{"\"cats\":{\"P\":true},", Y},
	{"\"cats\":{\"P\":true,\"Q\":false},", Y},
	{"\"cats\":{\"P\":false},", N},
	{"\"cats\":{},", N},
	{"\"cats\":{\"p\":true},", N},
	{"\"cats\":{\"P\":\"true\"},", W},
	{"\"cats\":{\"P\":1},", W},
	{"\"cats\":{\"P\":null},", W},
	{"\"cats\":[\"P\"],", W},
	{"\"cats\":\"P\",", W},
	{"\"cats\":true,", W},
};

static const struct said choice[] = {
	{"", S},
	{"\"choice\":null,", S},
	{"\"choice\":true,", Y},
	{"\"choice\":\"y\",", Y},
	{"\"choice\":7,", Y},
	{"\"choice\":false,", N},
	{"\"choice\":\"true\",", N},
	{"\"choice\":\"Y\",", N},
	{"\"choice\":\"7\",", N},
	{"\"choice\":7.5,", N},
	{"\"choice\":\"\",", N},
	{"\"choice\":1e999,", N},
	{"\"choice\":[true],", W},
	{"\"choice\":{\"y\":true},", W},
};

static const struct said gpc[] = {
	{"", S},
	{"\"gpc\":null,", S},
	{"\"gpc\":0,", S},
	{"\"gpc\":\"0\",", S},
	{"\"gpc\":false,", S},
	{"\"gpc\":1,", Y},
	{"\"gpc\":\"1\",", Y},
	{"\"gpc\":true,", Y},
	{"\"gpc\":2,", M},
	{"\"gpc\":1.0,", M},
	{"\"gpc\":\"yes\",", M},
	{"\"gpc\":\"\",", M},
	{"\"gpc\":[1],", W},
	{"\"gpc\":{},", W},
};

static const struct said out[] = {
	{"", S},
	{"\"out\":null,", S},
	{"\"out\":[],", S},
	{"\"out\":[\"x\",null,1],", S},
	{"\"out\":[\"all\"],", Y},
	{"\"out\":[{},\"all\"],", Y},
	{"\"out\":[{}],", W},
	{"\"out\":\"all\",", W},
	{"\"out\":true,", W},
	{"\"out\":{\"all\":true},", W},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What stops a source's answer at step 0, or NULL. */
static const char *
error_of(enum means m)
{
	return m == M ? "signal_malformed"
		      : (m == W ? "signal_wrong_type" : NULL);
}

struct rule {
	const char *purpose;
	unsigned asks, objects, ignores; /* sets of sources */
	int decides, also;		 /* or -1 */
};

static const struct rule rules[] = {
	{"decided", 1 << BANNER | 1 << CHOICE, 1 << GPC | 1 << OUT, 0, BANNER,
		-1},
	{"confirmed", 1 << BANNER | 1 << CHOICE, 1 << OUT, 1 << GPC, CHOICE,
		BANNER},
	{"legitimate", 1 << CHOICE, 1 << GPC | 1 << OUT, 0, -1, -1},
	{"contract", 0, 0, 0, -1, -1},
};

static void
expect(const struct rule *r, const enum means *m, struct buf *lines)
{
	const char *why = NULL;
	int who = -1;

	for (int i = SOURCES - 1; i >= 0; i--)
		if (((r->asks | r->objects | r->ignores) >> i & 1) &&
			error_of(m[i])) {
			why = error_of(m[i]);
			who = i;
		}
	for (int i = 0; !why && i < SOURCES; i++)
		if ((r->objects >> i & 1) && m[i] == Y) {
			why = "objected";
			who = i;
		}
	for (int i = 0; !why && i < SOURCES; i++)
		if ((r->asks >> i & 1) && m[i] == N) {
			why = "refused";
			who = i;
		}
	if (!why && r->decides >= 0 && m[r->decides] != Y) {
		why = "no_consent";
		who = r->decides;
	}
	if (!why && r->also >= 0 && m[r->also] != Y) {
		why = "not_confirmed";
		who = r->also;
	}
	if (why)
		buf_printf(lines, "%s %s %s\n", r->purpose, why, names[who]);
	else
		buf_printf(lines, "%s {\"event\":\"seen\"}\n", r->purpose);
}

START_TEST(every_text_of_every_source_gives_what_the_model_says)
{
	struct buf expected = {0};
	size_t sent = 0;
	struct kit k;

	kit_init(&k, policy);
	for (size_t b = 0; b < COUNT(banner); b++)
		for (size_t c = 0; c < COUNT(choice); c++)
			for (size_t g = 0; g < COUNT(gpc); g++) {
				const enum means m[] = {banner[b].means,
					choice[c].means, gpc[g].means,
					out[_i].means};
				char event[256];

				snprintf(event, sizeof(event),
					"{%s%s%s%s\"event\":\"Seen\"}",
					banner[b].text, choice[c].text,
					gpc[g].text, out[_i].text);
				buf_reset(&expected);
				for (size_t r = 0; r < COUNT(rules); r++)
					expect(&rules[r], m, &expected);
				buf_put_byte(&expected, 0);
				ck_assert_str_eq(kit_text(&k, event),
					(const char *)expected.ptr);
				sent += strstr((const char *)expected.ptr,
						"decided {") != NULL;
			}
	/* banner yes, choice yes or silent, no objection */
	ck_assert_uint_eq(sent, out[_i].means == S ? 2 * 5 * 5 : 0);
	buf_fini(&expected);
	kit_fini(&k);
}
END_TEST

SUITE("consent_events",
	ROWS(every_text_of_every_source_gives_what_the_model_says, out))
