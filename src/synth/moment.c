#include "synth/shopper.h"
#include "synth/synth.h"
#include "text/time.h"

/*
 * What one event is written with.  A text that must not leave is built in
 * `text` and holds a canary with a number of its own.
 */
struct pen {
	struct writer *w;
	struct buf *text;
	uint64_t *canaries;
};

struct category {
	const char *name; /* as events carry it */
	const char *path; /* as the shop's pages carry it */
};

static const struct category categories[] = {
	{"Games", "games"},
	{"Books", "books"},
	{"Home & Garden", "home-garden"},
	{"Toys", "toys"},
	{"Kitchen", "kitchen"},
	{"Outdoor", "outdoor"},
	{"Music", "music"},
	{"Shoes", "shoes"},
};

struct platform {
	const char *os, *agent;
	int width, height;
};

static const struct platform platforms[] = {
	{"iOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) "
		"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
		"Mobile/15E148 Safari/604.1",
		393, 852},
	{"Android",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 "
		"(KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
		412, 915},
	{"Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
		"(KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
		1920, 1080},
	{"macOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
		"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
		"Safari/605.1.15",
		1728, 1117},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One of `n`, always the same for one person or item and `salt`. */
static size_t
trait(uint64_t of, uint64_t salt, size_t n)
{
	return (size_t)(mix(of + salt * UINT64_C(0x9e3779b97f4a7c15)) % n);
}

static void
put_number(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	buf_put(b, digits + at, sizeof(digits) - at);
}

static void
put_hex(struct buf *b, uint64_t bits, unsigned digits)
{
	for (unsigned i = digits; i--;)
		buf_put_byte(b, "0123456789abcdef"[bits >> 4 * (i % 16) & 15]);
}

static void
key(struct pen *p, const char *name)
{
	write_key(p->w, slice_of(name));
}

static void
plain(struct pen *p, const char *name, const char *value)
{
	key(p, name);
	write_string(p->w, slice_of(value));
}

static void
integer(struct pen *p, const char *name, int64_t value)
{
	key(p, name);
	write_int(p->w, value);
}

static void
canary(struct pen *p)
{
	buf_put_text(p->text, SYNTH_CANARY);
	put_number(p->text, (*p->canaries)++);
}

/* A value that must not leave: `before`, a canary, `after`. */
static void
marked(struct pen *p, const char *name, const char *before, const char *after)
{
	buf_reset(p->text);
	buf_put_text(p->text, before);
	canary(p);
	buf_put_text(p->text, after);
	key(p, name);
	write_string(p->w, buf_slice(p->text));
}

static void
put_device(struct buf *out, uint64_t person)
{
	put_hex(out, mix(person + 1), 8);
	buf_put_text(out, "-" SYNTH_CANARY "-");
	put_hex(out, mix(person + 2), 12);
}

void
moment_key(const struct moment *m, struct buf *out)
{
	put_device(out, m->person);
}

/* Seven of ten are known, one in twenty by a placeholder, a few badly. */
static void
write_identifiers(struct pen *p, const struct moment *m)
{
	size_t kind = trait(m->person, 3, 1000);

	buf_reset(p->text);
	if (kind < 700) {
		buf_put_text(p->text, kind % 10 ? "" : " ");
		buf_put_text(p->text, "user-" SYNTH_CANARY "-");
		put_hex(p->text, m->person, 13);
		buf_put_text(p->text, kind % 10 ? "" : " ");
	} else if (kind < 750) {
		buf_put_text(p->text, "guest");
	}
	key(p, "userId");
	if (kind >= 995)
		write_bool(p->w, false);
	else if (p->text->len)
		write_string(p->w, buf_slice(p->text));
	else
		write_null(p->w);
	buf_reset(p->text);
	put_device(p->text, m->person);
	key(p, "anonymousId");
	write_string(p->w, buf_slice(p->text));
}

static void
write_time(struct pen *p, const char *name, int64_t ms)
{
	char text[TIME_TEXT_BYTES];
	size_t len = time_format(ms, GRAIN_MS, text);

	key(p, name);
	write_string(p->w, slice_make(text, len));
}

static void
write_times(struct pen *p, const struct moment *m)
{
	if (m->no_time) {
		key(p, "timestamp");
		write_null(p->w);
	} else {
		write_time(p, "timestamp", m->time_ms);
	}
	write_time(p, "sentAt", m->time_ms + 120);
	write_time(p, "receivedAt", m->time_ms + 190);
}

static double
item_price(size_t item)
{
	return (double)(199 + trait(item, 5, 19900)) / 100;
}

#define ITEM_MEMBERS 7

/* What is kept of an item carries no canary; its name and sku do. */
static void
write_item(struct pen *p, size_t item, size_t quantity)
{
	const struct category *c =
		&categories[trait(item, 4, COUNT(categories))];

	buf_reset(p->text);
	put_hex(p->text, mix(item + 77), 24);
	key(p, "product_id");
	write_string(p->w, buf_slice(p->text));
	plain(p, "category", c->name);
	key(p, "price");
	write_double(p->w, item_price(item));
	integer(p, "quantity", (int64_t)quantity);
	marked(p, "sku", "S-", "");
	marked(p, "name", "Thing ", ", 3rd Edition");
	marked(p, "image_url", "https://cdn.shop.example/", ".jpg");
}

static size_t
quantity_of(const struct moment *m, size_t i)
{
	return 1 + trait(m->number + i, 6, 3);
}

static void
write_order(struct pen *p, const struct moment *m)
{
	const struct visit *v = m->visit;
	double total = 0;

	for (unsigned i = 0; i < v->cart_count; i++)
		total += item_price(v->cart[i]);
	write_object(p->w, 6);
	marked(p, "order_id", "O-", "");
	key(p, "total");
	write_double(p->w, total);
	plain(p, "currency", "EUR");
	marked(p, "coupon", "MAY-", "");
	marked(p, "giftNote", "For Jane, call +49 151 ", "");
	key(p, "products");
	write_array(p->w, v->cart_count);
	for (unsigned i = 0; i < v->cart_count; i++) {
		write_object(p->w, ITEM_MEMBERS);
		write_item(p, v->cart[i], quantity_of(m, i));
		write_object_end(p->w);
	}
	write_array_end(p->w);
	write_object_end(p->w);
}

static void
write_search(struct pen *p)
{
	write_object(p->w, 2);
	marked(p, "query", "present for ", " Miller");
	integer(p, "results", 12);
	write_object_end(p->w);
}

/* A key that the policy does not name is personal data as well. */
static void
write_marked_key(struct pen *p)
{
	buf_reset(p->text);
	buf_put_text(p->text, "note for ");
	canary(p);
	write_key(p->w, buf_slice(p->text));
	write_string(p->w, buf_slice(p->text));
}

static void
write_product(struct pen *p, const struct moment *m)
{
	write_object(p->w, ITEM_MEMBERS + 3);
	write_item(p, m->visit->item, quantity_of(m, 0));
	marked(p, "coupon", "MAY-", "");
	marked(p, "giftNote", "For Jane, call +49 151 ", "");
	write_marked_key(p);
	write_object_end(p->w);
}

static void
write_properties(struct pen *p, const struct moment *m)
{
	key(p, "properties");
	switch (m->action) {
	case ACTION_VIEWED:
	case ACTION_ADDED: write_product(p, m); break;
	case ACTION_ORDERED: write_order(p, m); break;
	case ACTION_SEARCHED: write_search(p); break;
	case ACTION_PAGE:
	case ACTION_IDENTIFY:
		write_object(p->w, 1);
		marked(p, "title", "Welcome back, ", "");
		write_object_end(p->w);
		break;
	}
}

/* A path segment and a parameter that may leave, and others that may not. */
static void
write_page(struct pen *p, const struct moment *m)
{
	const struct category *c =
		&categories[trait(m->visit->item, 4, COUNT(categories))];

	key(p, "page");
	write_object(p->w, 4);
	buf_reset(p->text);
	buf_put_text(p->text, "https://shop.example/");
	buf_put_text(p->text, c->path);
	buf_put_text(p->text, "/u-");
	canary(p);
	buf_put_text(p->text, "?utm_source=mail&email=jane%40");
	canary(p);
	buf_put_text(p->text, ".example&token=");
	canary(p);
	buf_put_text(p->text, "#x");
	key(p, "url");
	write_string(p->w, buf_slice(p->text));
	marked(p, "path", "/p/", "");
	marked(p, "referrer", "https://mail.example/inbox?q=", "");
	marked(p, "title", "Thing ", " - Example Shop");
	write_object_end(p->w);
}

static void
write_traits(struct pen *p)
{
	key(p, "traits");
	write_object(p->w, 5);
	marked(p, "email", "jane.", "@example.com");
	marked(p, "name", "Jane ", " Miller");
	marked(p, "phone", "+49 151 ", "");
	marked(p, "birthday", "1990-05-", "");
	key(p, "address");
	write_object(p->w, 3);
	marked(p, "street", "Main St ", "");
	marked(p, "city", "Berlin ", "");
	marked(p, "postalCode", "10", "");
	write_object_end(p->w);
	write_object_end(p->w);
}

static void
write_preferences(struct pen *p, const struct value *personal, bool analytics)
{
	key(p, "categoryPreferences");
	write_object(p->w, 3);
	key(p, "Personalization");
	write_value(p->w, personal);
	key(p, "Analytics");
	write_bool(p->w, analytics);
	key(p, "Advertising");
	write_bool(p->w, false);
	write_object_end(p->w);
}

/*
 * Of 100: 62 agree to all, 8 to analytics alone, 5 to recommendations alone,
 * 9 to nothing, 9 were never asked, 5 object by GPC, 2 send a text for a
 * boolean.  One visit in twenty shows another mind.
 */
static void
write_consent(struct pen *p, const struct moment *m)
{
	uint64_t mood = trait(m->visit->number, 8, 20) ? 0 : m->visit->number;
	size_t mind = trait(m->person ^ mood, 7, 100);
	struct value personal = {.kind = VALUE_BOOL};
	bool analytics = mind < 62 || (mind >= 62 && mind < 70) || mind >= 93;

	key(p, "consent");
	if (mind >= 84 && mind < 93) {
		write_object(p->w, 0);
		write_object_end(p->w);
		return;
	}
	personal.boolean = mind < 62 || (mind >= 70 && mind < 75) || mind >= 93;
	if (mind >= 98) {
		personal.kind = VALUE_STRING;
		personal.text = slice_of("true");
	}
	write_object(p->w, 2);
	write_preferences(p, &personal, analytics);
	key(p, "gpc");
	write_bool(p->w, mind >= 93 && mind < 98);
	write_object_end(p->w);
}

static void
write_device(struct pen *p, const struct platform *on)
{
	marked(p, "ip", "203.0.113.77-", "");
	buf_reset(p->text);
	buf_put_text(p->text, on->agent);
	buf_put_byte(p->text, ' ');
	canary(p);
	key(p, "userAgent");
	write_string(p->w, buf_slice(p->text));
	marked(p, "locale", "de-DE-", "");
	marked(p, "timezone", "Europe/Berlin-", "");
	key(p, "os");
	write_object(p->w, 2);
	plain(p, "name", on->os);
	marked(p, "version", "17.", "");
	write_object_end(p->w);
	key(p, "screen");
	write_object(p->w, 2);
	integer(p, "width", on->width);
	integer(p, "height", on->height);
	write_object_end(p->w);
	key(p, "device");
	write_object(p->w, 2);
	marked(p, "id", "", "-7A3CBEA0-BDF5-11E4");
	marked(p, "advertisingId", "7A3CBEA0-BDF5-11E4-8DFC-", "");
	write_object_end(p->w);
}

static void
write_context(struct pen *p, const struct moment *m)
{
	key(p, "context");
	write_object(p->w, 12);
	write_device(p, &platforms[trait(m->person, 9, COUNT(platforms))]);
	buf_reset(p->text);
	put_number(p->text, 1777000000 + m->visit->number);
	buf_put_text(p->text, "-" SYNTH_CANARY);
	key(p, "sessionId");
	write_string(p->w, buf_slice(p->text));
	write_page(p, m);
	write_traits(p);
	key(p, "library");
	write_object(p->w, 2);
	plain(p, "name", "analytics.js");
	marked(p, "version", "2.11.1-", "");
	write_object_end(p->w);
	write_consent(p, m);
	write_object_end(p->w);
}

static const char *
event_name(enum action action)
{
	switch (action) {
	case ACTION_VIEWED: return "Product Viewed";
	case ACTION_ADDED: return "Product Added";
	case ACTION_ORDERED: return "Order Completed";
	case ACTION_SEARCHED: return "Products Searched";
	case ACTION_PAGE:
	case ACTION_IDENTIFY: break;
	}
	return NULL;
}

static const char *
event_type(enum action action)
{
	if (event_name(action))
		return "track";
	return action == ACTION_IDENTIFY ? "identify" : "page";
}

void
moment_write(const struct moment *m, struct writer *w, uint64_t *canaries,
	struct buf *text)
{
	struct pen p = {w, text, canaries};
	const char *name = event_name(m->action);

	write_object(w, name ? 10 : 9);
	plain(&p, "type", event_type(m->action));
	if (name)
		plain(&p, "event", name);
	marked(&p, "messageId", "ajs-next-1777889707249-", "");
	write_identifiers(&p, m);
	write_times(&p, m);
	write_properties(&p, m);
	write_context(&p, m);
	write_object_end(w);
}
