#include "consent/ledger/record/telling.h"

/* Top, purposes, an entry. */
static const struct limits limits = {.bytes = LEDGER_RECORD_BYTES_MAX,
	.depth = 3,
	.members = 512,
	.string = 1024};

struct ledger_decoder {
	const struct ledger_layout *layout;
	struct reader *reader;
	struct trie *nothing; /* leaves are told to a visitor alone */
	struct signed_form form;
};

static enum lethe_status
read_value(struct ledger_decoder *d, struct slice value, struct telling *t,
	struct lethe_error *err)
{
	const struct leaf_visitor visitor = {.ctx = t, .leaf = telling_leaf};
	enum event_format format = format_sniff(value);
	enum lethe_status status = format_check_start(value, err);
	struct reading reading;

	if (!status && format == FORMAT_UNKNOWN)
		status = fail(err, LETHE_POISON_FORMAT, 0,
			"the first byte starts neither a JSON object nor a "
			"MessagePack map");
	if (!status)
		status = reader_read(d->reader, d->nothing, &limits, format,
			value, &visitor, &reading, err);
	if (!status) {
		telling_end(t);
		status = t->status;
	}
	return status;
}

/* Whether all of its grants count. */
static bool
may_grant(const struct ledger_decoder *d)
{
	const struct ledger_layout *l = d->layout;

	return !l->signer_count ||
	       signed_by(&d->form, l->signers, l->signer_count);
}

enum lethe_status
ledger_decode_of(struct ledger_decoder *d, struct slice key, struct slice value,
	struct ledger_row *out, struct lethe_error *err)
{
	struct telling t;
	enum lethe_status status;

	signed_begin(
		&d->form, d->layout->signer_count ? key : (struct slice){0});
	out->kind = LEDGER_ROW_STALE;
	out->count = 0;
	if (!value.ptr) {
		out->kind = LEDGER_ROW_ABSENT;
		out->count = d->layout->purpose_count;
		return LETHE_OK;
	}
	telling_init(&t, d->layout, &d->form, err);
	status = read_value(d, value, &t, err);
	if (status)
		return status;
	if (d->form.on && d->form.bytes.full)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	if (!may_grant(d))
		telling_refuse_grants(&t);
	telling_settle(&t, out);
	return LETHE_OK;
}

enum lethe_status
ledger_decode(struct ledger_decoder *d, struct slice value,
	struct ledger_row *out, struct lethe_error *err)
{
	return ledger_decode_of(d, (struct slice){0}, value, out, err);
}

enum lethe_status
ledger_signed_bytes(struct ledger_decoder *d, struct slice key,
	struct slice value, struct buf *out, struct lethe_error *err)
{
	struct telling t;
	enum lethe_status status;

	signed_begin(&d->form, key);
	telling_init(&t, d->layout, &d->form, err);
	status = read_value(d, value, &t, err);
	if (status)
		return status;
	buf_put_slice(out, buf_slice(&d->form.bytes));
	if (d->form.bytes.full || out->full)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	return LETHE_OK;
}

enum lethe_status
ledger_decoder_new(const struct ledger_layout *layout, uint64_t seed,
	struct ledger_decoder **out, struct lethe_error *err)
{
	struct ledger_decoder *d = calloc(1, sizeof(*d));
	enum lethe_status status;

	*out = NULL;
	bug_if(!layout->purpose_count ||
		layout->purpose_count > LEDGER_PURPOSES_MAX ||
		layout->notice_count > LEDGER_NOTICES_MAX);
	if (!d)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	d->layout = layout;
	status = reader_new(seed, &d->reader, err);
	if (!status)
		status = trie_new(&d->nothing, err);
	if (!status)
		status = trie_seal(d->nothing, 0, err);
	if (status) {
		ledger_decoder_free(d);
		return status;
	}
	*out = d;
	return LETHE_OK;
}

void
ledger_decoder_free(struct ledger_decoder *d)
{
	if (!d)
		return;
	reader_free(d->reader);
	trie_free(d->nothing);
	signed_fini(&d->form);
	free(d);
}
