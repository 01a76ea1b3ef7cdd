#include "cli/keys/known.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_BYTES_MAX ((size_t)4 << 20)

static enum lethe_status
add(struct known_set *k, const struct known *one, struct lethe_error *err)
{
	struct known *list =
		reallocarray(k->list, k->count + 1, sizeof(*k->list));

	if (!list)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a drill");
	k->list = list;
	list[k->count++] = *one;
	return LETHE_OK;
}

static enum lethe_status
add_made(struct known_set *k, const struct ring *r, uint32_t epoch,
	uint32_t class, struct lethe_error *err)
{
	struct known one = {.epoch = epoch, .class = class};
	size_t len = drill_token(r, epoch, class, one.token);

	if (!len)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a key");
	one.token[len] = '\0';
	return add(k, &one, err);
}

enum lethe_status
known_make(const struct ring *r, struct known_set *out, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	*out = (struct known_set){.version = ring_version(r)};
	snprintf(out->ring, sizeof(out->ring), "%s", ring_id(r));
	for (size_t e = 0; e < ring_epoch_count(r); e++)
		for (uint32_t c = 1; !status && c <= ring_class_count(r); c++)
			if (ring_holds(r, e) &&
				drill_uses(r, (uint32_t)e + 1, c))
				status = add_made(
					out, r, (uint32_t)e + 1, c, err);
	return status;
}

enum lethe_status
known_write(
	const struct known_set *k, const char *path, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf out;

	buf_init(&out, 0);
	buf_printf(&out, "lethe-drill 1\nring %s\nversion %u\n", k->ring,
		k->version);
	for (size_t i = 0; i < k->count; i++)
		buf_printf(&out, "token %u %u %s\n", k->list[i].epoch,
			k->list[i].class, k->list[i].token);
	status = out.full ? fail(err, LETHE_ENOMEM, 0, "no memory for a drill")
			  : file_write(path, 0600, true, buf_slice(&out), err);
	buf_fini(&out);
	return status;
}

static bool
take_line(struct known_set *k, size_t number, const char *line, bool *token,
	struct known *one)
{
	int end = 0;

	*token = number > 3;
	if (number == 1)
		return !strcmp(line, "lethe-drill 1");
	if (number == 2)
		return sscanf(line, "ring %32[0-9a-f]%n", k->ring, &end) == 1 &&
		       !line[end];
	if (number == 3)
		return sscanf(line, "version %9u%n", &k->version, &end) == 1 &&
		       !line[end];
	return sscanf(line, "token %9u %9u %63[0-9a-z_]%n", &one->epoch,
		       &one->class, one->token, &end) == 3 &&
	       !line[end];
}

static enum lethe_status
read_lines(struct known_set *k, char *text, const char *path,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	size_t number = 0;

	for (char *line, *rest = text;
		!status && (line = strsep(&rest, "\n"));) {
		struct known one = {0};
		bool token;

		if (!*line && !rest)
			break;
		if (!take_line(k, ++number, line, &token, &one))
			return fail(err, LETHE_EUSAGE, 0,
				"%.80s, line %zu: not as `keys drill --make` "
				"writes it",
				path, number);
		if (token)
			status = add(k, &one, err);
	}
	if (!status && number < 4)
		status = fail(err, LETHE_EUSAGE, 0,
			"%.80s names no token: nothing could be proved", path);
	return status;
}

enum lethe_status
known_read(const char *path, struct known_set *out, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	*out = (struct known_set){0};
	buf_init(&text, 0);
	status = file_read(path, KNOWN_BYTES_MAX, &text, err);
	buf_put_byte(&text, '\0');
	if (!status && text.full)
		status = fail(err, LETHE_ENOMEM, 0, "no memory for a drill");
	if (!status)
		status = read_lines(out, (char *)text.ptr, path, err);
	buf_fini(&text);
	return status;
}

void
known_free(struct known_set *k)
{
	free(k->list);
}
