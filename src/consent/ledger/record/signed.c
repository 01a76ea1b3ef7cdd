#include "consent/ledger/record/signed.h"

#include "crypto/encode.h"

#define HEAD "lethe-consent 1\n"

static const char *const labels[SIGNED_PARTS] = {
	"at", "since", "until", "notice"};

void
signed_fini(struct signed_form *f)
{
	buf_fini(&f->bytes);
	buf_fini(&f->name);
	for (size_t i = 0; i < SIGNED_PARTS; i++)
		buf_fini(&f->parts[i]);
	buf_fini(&f->told);
}

/* A text with its length, so that none can pass for two. */
static void
put_text(struct signed_form *f, const char *label, struct slice text)
{
	buf_printf(&f->bytes, "%s %zu:", label, text.len);
	buf_put_slice(&f->bytes, text);
	buf_put_byte(&f->bytes, '\n');
}

static void
set(struct buf *b, struct slice text)
{
	buf_reset(b);
	buf_put_slice(b, text);
}

void
signed_begin(struct signed_form *f, struct slice key)
{
	f->on = key.ptr != NULL;
	f->has_told = f->has_sig = false;
	if (!f->on)
		return;
	buf_reset(&f->bytes);
	buf_put_text(&f->bytes, HEAD);
	put_text(f, "key", key);
}

void
signed_entry(struct signed_form *f, struct slice name)
{
	if (!f->on)
		return;
	set(&f->name, name);
	for (size_t i = 0; i < SIGNED_PARTS; i++)
		f->has[i] = false;
}

void
signed_part(struct signed_form *f, size_t part, struct slice text)
{
	if (!f->on)
		return;
	set(&f->parts[part], text);
	f->has[part] = true;
}

void
signed_grant(struct signed_form *f)
{
	if (!f->on)
		return;
	put_text(f, "grant", buf_slice(&f->name));
	for (size_t i = 0; i < SIGNED_PARTS; i++) {
		if (!f->has[i])
			continue;
		f->bytes.full |= f->parts[i].full;
		put_text(f, labels[i], buf_slice(&f->parts[i]));
	}
	f->bytes.full |= f->name.full;
}

void
signed_told(struct signed_form *f, struct slice notice)
{
	if (!f->on)
		return;
	set(&f->told, notice);
	f->has_told = true;
}

void
signed_sig(struct signed_form *f, struct slice text)
{
	f->has_sig = f->on && base64_bytes(text, f->sig, sizeof(f->sig));
}

void
signed_end(struct signed_form *f)
{
	if (f->on && f->has_told)
		put_text(f, "told", buf_slice(&f->told));
	f->bytes.full |= f->told.full;
}

bool
signed_by(
	const struct signed_form *f, const uint8_t (*signers)[32], size_t count)
{
	if (!f->on || !f->has_sig || f->bytes.full)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct verify_key key;

		memcpy(key.bytes, signers[i], sizeof(key.bytes));
		if (verify_bytes(&key, buf_slice(&f->bytes), f->sig))
			return true;
	}
	return false;
}
