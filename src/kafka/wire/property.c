#include "kafka/wire/property.h"

#include "crypto/place.h"
#include "crypto/secret.h"
#include "yaml/mistake.h"

#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_BYTES_MAX 65536
#define NAMES_MAX 512

static const struct {
	const char *name;
	const char *why;
} owned[] = {
	{"enable.auto.commit", "offsets are committed with the output"},
	{"auto.commit.enable", "offsets are committed with the output"},
	{"auto.commit.interval.ms", "offsets are committed with the output"},
	{"enable.auto.offset.store", "lethe keeps its own offsets"},
	{"offset.store.method", "lethe keeps its own offsets"},
	{"auto.offset.reset",
		"a lost position must stop, not jump; see the setting start"},
	{"isolation.level", "a restart must not read offsets of an open "
			    "transaction: always read_committed"},
	{"group.id", "it is the setting group"},
	{"group.instance.id", "the lanes of a process would share it"},
	{"group.protocol", "lethe uses the classic protocol"},
	{"transactional.id", "it is made of application, instance and lane"},
	{"enable.idempotence", "transactions need it"},
	{"enable.gapless.guarantee", "transactions keep order by themselves"},
	{"acks", "transactions need all"},
	{"request.required.acks", "transactions need all"},
	{"message.timeout.ms", "it follows transaction.timeout.ms"},
	{"delivery.timeout.ms", "it follows transaction.timeout.ms"},
	{"enable.partition.eof", "the lag rests on it"},
	{"delivery.report.only.error",
		"every commit would wait 10 ms for its reports"},
	{"partitioner", "the partition is murmur2 of the token"},
	{"partitioner_cb", "the partition is murmur2 of the token"},
	{"allow.auto.create.topics", "a misspelt topic must not come to be"},
	{"statistics.interval.ms",
		"lethe sets it: the metric lethe_queue_bytes "
		"rests on it"},
	{"test.mock.num.brokers", "the command demo brings its own broker"},
};

static const char *const secrets[] = {
	"sasl.password",
	"sasl.oauthbearer.config",
	"sasl.oauthbearer.client.secret",
	"ssl.key.password",
	"ssl.key.pem",
	"ssl.keystore.password",
	/* of later libraries */
	"sasl.oauthbearer.assertion.private.key.pem",
	"sasl.oauthbearer.assertion.private.key.passphrase",
};

static const char *const paths[] = {
	"ssl.ca.location",
	"ssl.certificate.location",
	"ssl.key.location",
	"ssl.keystore.location",
	"ssl.crl.location",
	"sasl.kerberos.keytab",
	/* of later libraries */
	"https.ca.location",
};

const char *
client_property_owned(const char *name)
{
	for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++)
		if (!strcmp(owned[i].name, name))
			return owned[i].why;
	return NULL;
}

bool
client_property_secret(const char *name)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (!strcmp(secrets[i], name))
			return true;
	return false;
}

bool
client_property_is_path(const char *name, const char *value)
{
	/* By this word the library looks where systems have authorities. */
	if (!*value || !strcmp(value, "probe"))
		return false;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!strcmp(paths[i], name))
			return true;
	return false;
}

enum lethe_status
client_property_check(
	const char *name, const char *value, struct lethe_error *err)
{
	char text[128];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_conf_res_t res =
		rd_kafka_conf_set(conf, name, value, text, sizeof(text));

	rd_kafka_conf_destroy(conf);
	if (res == RD_KAFKA_CONF_UNKNOWN)
		return fail(err, LETHE_ENOENTRY, 0,
			"the client library has no property %.60s", name);
	if (res != RD_KAFKA_CONF_OK)
		return fail(err, LETHE_ESETTING, 0, "%s", text);
	return LETHE_OK;
}

/* The library's own table, as text; its first column are the names. */
static char *
print_table(void)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	rd_kafka_conf_properties_show(f);
	fclose(f);
	return text;
}

/* Cuts the names out of the table, in place. */
static size_t
cut_names(char *table, const char *names[static NAMES_MAX + 1])
{
	size_t used = 0;
	char *line, *bar;

	while (used < NAMES_MAX && (line = strsep(&table, "\n"))) {
		bar = strchr(line, '|');
		if (!bar || line[0] < 'a' || line[0] > 'z')
			continue;
		line[strcspn(line, " |")] = '\0';
		names[used++] = line;
	}
	names[used] = NULL;
	return used;
}

const char *
client_property_nearest(const char *name, char out[static 64])
{
	const char *names[NAMES_MAX + 1], *near = NULL;
	char *table = print_table();

	if (table && cut_names(table, names))
		near = nearest_name(slice_of(name), names);
	if (near)
		snprintf(out, 64, "%s", near);
	free(table);
	return near ? out : NULL;
}

static enum lethe_status
check_mode(int fd, const char *name, struct lethe_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return fail(err, LETHE_ESETTING, 0,
			"kafka.%.60s: the file cannot be looked at", name);
	if (S_ISREG(st.st_mode) && st.st_mode & 06)
		return fail(err, LETHE_ESETTING, 0,
			"kafka.%.60s: others may read or write the file", name);
	return LETHE_OK;
}

/* A file or descriptor, to its end. */
static enum lethe_status
read_file(const struct client_property *p, char *raw, size_t *used,
	struct lethe_error *err)
{
	bool is_fd = !strncmp(p->value, "fd:", 3);
	int fd = is_fd ? (int)strtol(p->value + 3, NULL, 10)
		       : open(p->value, O_RDONLY | O_CLOEXEC);
	enum lethe_status status = LETHE_OK;
	ssize_t n = 0;

	if (fd < 0)
		return fail(err, LETHE_ESETTING, 0,
			"kafka.%.60s: the file cannot be opened", p->name);
	if (!is_fd)
		status = check_mode(fd, p->name, err);
	while (!status && *used < SECRET_BYTES_MAX &&
		(n = read(fd, raw + *used, SECRET_BYTES_MAX - *used)) > 0)
		*used += (size_t)n;
	close(fd);
	if (!status && (n < 0 || *used == SECRET_BYTES_MAX))
		return fail(err, LETHE_ESETTING, 0,
			"kafka.%.60s: the file holds no secret", p->name);
	return status;
}

/* One line, as text. */
static enum lethe_status
check_text(const struct client_property *p, char *raw, size_t used,
	struct lethe_error *err)
{
	while (used && (raw[used - 1] == '\n' || raw[used - 1] == '\r'))
		used--;
	raw[used] = '\0';
	if (!used || strlen(raw) != used)
		return fail(err, LETHE_ESETTING, 0,
			"kafka.%.60s: what is there is no secret", p->name);
	return LETHE_OK;
}

static enum lethe_status
run_program(const struct client_property *p, char *raw, size_t *used,
	struct lethe_error *err)
{
	struct lethe_error why = {0};

	if (!secret_place_read(
		    p->value, p->name, raw, SECRET_BYTES_MAX, used, &why))
		return LETHE_OK;
	return fail(
		err, LETHE_ESETTING, 0, "kafka.%.60s: %s", p->name, why.what);
}

static enum lethe_status
load_secret(struct client_property *p, struct lethe_error *err)
{
	bool is_command = !strncmp(p->value, "command:", 8);
	char *raw = NULL;
	enum lethe_status status =
		secret_new(SECRET_BYTES_MAX + 1, (void **)&raw, err);
	size_t used = 0;

	if (status)
		return status;
	status = is_command ? run_program(p, raw, &used, err)
			    : read_file(p, raw, &used, err);
	if (!status)
		status = check_text(p, raw, used, err);
	if (status) {
		secret_free(raw);
		return status;
	}
	secret_seal(raw);
	p->text = raw;
	return LETHE_OK;
}

enum lethe_status
client_files_check(const struct client_property *props, size_t count,
	struct lethe_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct client_property *p = &props[i];

		if (p->secret || !client_property_is_path(p->name, p->value))
			continue;
		if (access(p->value, R_OK))
			return fail(err, LETHE_ESETTING, 0,
				"kafka.%.40s: %.70s: %s", p->name, p->value,
				strerror(errno));
	}
	return LETHE_OK;
}

enum lethe_status
client_secrets_load(
	struct client_property *props, size_t count, struct lethe_error *err)
{
	enum lethe_status status = client_files_check(props, count, err);

	for (size_t i = 0; !status && i < count; i++)
		if (props[i].secret && !props[i].text)
			status = load_secret(&props[i], err);
	if (status)
		client_secrets_free(props, count);
	return status;
}

void
client_secrets_free(struct client_property *props, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		secret_free(props[i].text);
		props[i].text = NULL;
	}
}
