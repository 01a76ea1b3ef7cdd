#include "engine/quarantine/form.h"

#include "event/writer.h"

#include <inttypes.h>
#include <stdio.h>

static const char start[] = "{\"v\":1,\"mark\":";

void
quarantine_id(
	const struct quarantine_clear *clear, uint8_t out[static DIGEST_BYTES])
{
	char text[512];
	int n;

	if (clear->topic[0])
		n = snprintf(text, sizeof(text),
			"%s %" PRId32 " %" PRId64 " %" PRId64, clear->topic,
			clear->partition, clear->position, clear->at_ms);
	else /* a line of a file has no other name */
		n = snprintf(text, sizeof(text),
			" %" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64
			" %s %s",
			clear->at_ms, clear->position, clear->bytes,
			clear->offset, clear->reason, clear->policy);
	bug_if(n < 0 || (size_t)n >= sizeof(text));
	digest(slice_make(text, (size_t)n), out);
}

enum lethe_status
quarantine_mark_write(const struct quarantine_clear *clear, const char *group,
	int64_t now_ms, struct buf *out, struct lethe_error *err)
{
	uint8_t id[DIGEST_BYTES];
	char hex[2 * DIGEST_BYTES + 1];
	struct writer w;

	quarantine_id(clear, id);
	hex_text(id, sizeof(id), hex);
	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 8);
	write_member_int(&w, "v", 1);
	write_member_text(&w, "mark", "replayed");
	write_member_text(&w, "group", group);
	write_member_int(&w, "at", now_ms);
	write_member_text(&w, "topic", clear->topic[0] ? clear->topic : NULL);
	write_member_int(&w, "partition", clear->partition);
	write_member_int(&w, "position", clear->position);
	write_member_text(&w, "id", hex);
	write_object_end(&w);
	return out->full ? fail(err, LETHE_ENOMEM, 0, "no memory for a mark")
			 : LETHE_OK;
}

bool
quarantine_is_mark(struct slice record)
{
	return record.len > sizeof(start) &&
	       !memcmp(record.ptr, start, sizeof(start) - 1);
}

enum lethe_status
quarantine_mark_read(struct slice record, char group[static 256],
	uint8_t id[static DIGEST_BYTES], struct lethe_error *err)
{
	enum lethe_status status;
	struct form form;
	char mark[16];

	status = form_read(&form, record, err);
	if (status == LETHE_OK)
		status = form_version(&form, err);
	if (status == LETHE_OK)
		status = form_text(
			&form, SLOT_MARK, FORM_LOWER, mark, sizeof(mark), err);
	if (status == LETHE_OK && strcmp(mark, "replayed") != 0)
		status = form_refuse(err, SLOT_MARK);
	if (status == LETHE_OK)
		status = form_text(
			&form, SLOT_GROUP, FORM_NAME, group, 256, err);
	if (status == LETHE_OK) {
		const struct value *v = reading_get(&form.found, SLOT_ID);

		if (v->kind != VALUE_STRING ||
			!hex_get(v->text, id, DIGEST_BYTES))
			status = form_refuse(err, SLOT_ID);
	}
	form_fini(&form);
	return status;
}
