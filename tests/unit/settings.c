#include "suite.h"

#include "base/file.h"
#include "daemon/sandbox.h"
#include "daemon/settings.h"

#include <ctype.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct result {
	struct settings *s;
	char told[4096];
	enum lethe_status status;
};

/* A file with this text, variables and --set, at most one each. */
static void
read_all(const char *text, const char *variable, const char *set,
	struct result *out)
{
	char path[] = "/tmp/lethe-settings-XXXXXX";
	int fd = mkstemp(path);
	char *variables[] = {(char *)(uintptr_t)variable, NULL};
	const char *sets[] = {set};
	struct settings_source source = {.file = *text ? path : NULL,
		.environment = variables,
		.sets = sets,
		.set_count = set ? 1 : 0};
	struct lethe_error err;
	struct buf told;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	buf_init(&told, 0);
	out->status = settings_open(&source, &out->s, &told, &err);
	snprintf(out->told, sizeof(out->told), "%.*s", (int)told.len,
		told.len ? (const char *)told.ptr : "");
	buf_fini(&told);
	unlink(path);
}

START_TEST(has_defaults)
{
	struct result r;

	read_all("", NULL, NULL, &r);
	ck_assert_msg(!r.status, "%s", r.told);
	ck_assert_str_eq(r.s->application, "lethe");
	ck_assert_str_eq(r.s->group, "lethe");
	ck_assert_ptr_null(r.s->instance);
	ck_assert_int_eq(r.s->commit_interval_ms, 100);
	ck_assert_int_eq(r.s->commit_events, 10000);
	ck_assert_int_eq(r.s->commit_bytes, 16000000);
	ck_assert_int_eq(r.s->status_interval_ms, 10000);
	ck_assert_int_eq(r.s->stop_timeout_ms, 20000);
	ck_assert_int_eq(r.s->poison_stop_share, 0);
	ck_assert_int_eq(r.s->start, START_NONE);
	ck_assert_int_eq(r.s->sandbox, SANDBOX_ON);
	settings_free(r.s);
}
END_TEST

START_TEST(a_later_source_wins)
{
	struct result r;

	read_all("commit.interval: 1s\n", NULL, NULL, &r);
	ck_assert_int_eq(r.s->commit_interval_ms, 1000);
	settings_free(r.s);
	read_all("commit.interval: 1s\n", "LETHE_COMMIT_INTERVAL=2s", NULL, &r);
	ck_assert_int_eq(r.s->commit_interval_ms, 2000);
	settings_free(r.s);
	read_all("commit.interval: 1s\n", "LETHE_COMMIT_INTERVAL=2s",
		"commit.interval=3s", &r);
	ck_assert_int_eq(r.s->commit_interval_ms, 3000);
	settings_free(r.s);
}
END_TEST

START_TEST(nested_maps_are_dotted_names)
{
	struct result r;

	read_all("commit: { interval: 1s, events: 7 }\n"
		 "kafka:\n"
		 "  bootstrap.servers: a:1\n"
		 "  ssl: { ca: { location: /ca.pem } }\n"
		 "  producer: { linger.ms: 7 }\n",
		NULL, NULL, &r);
	ck_assert_msg(!r.status, "%s", r.told);
	ck_assert_int_eq(r.s->commit_events, 7);
	ck_assert_uint_eq(r.s->kafka_count, 3);
	ck_assert_str_eq(r.s->kafka[1].name, "ssl.ca.location");
	ck_assert_str_eq(r.s->kafka[2].name, "linger.ms");
	ck_assert_int_eq(r.s->kafka[2].side, CLIENT_PRODUCER);
	settings_free(r.s);
}
END_TEST

START_TEST(paths_are_relative_to_the_file)
{
	struct result r;

	read_all("policy: p.yaml\nsecret: fd:7\nring: /r\n", NULL, NULL, &r);
	ck_assert_str_eq(r.s->policy, "/tmp/p.yaml");
	ck_assert_str_eq(r.s->secret, "fd:7");
	ck_assert_str_eq(r.s->ring, "/r");
	settings_free(r.s);
	read_all("secret: command:/bin/cat k\nsecret.passphrase: words\n", NULL,
		NULL, &r);
	ck_assert_str_eq(r.s->secret, "command:/bin/cat k");
	ck_assert_str_eq(r.s->secret_passphrase, "/tmp/words");
	settings_free(r.s);
	read_all("kafka.ssl.ca.location: ca.pem\n"
		 "kafka.ssl.key.location: /k\n"
		 "kafka.ssl.ca.pem: ca.pem\n",
		NULL, NULL, &r);
	ck_assert_str_eq(r.s->kafka[0].value, "/tmp/ca.pem");
	ck_assert_str_eq(r.s->kafka[1].value, "/k");
	ck_assert_str_eq(r.s->kafka[2].value, "ca.pem");
	settings_free(r.s);
	read_all("kafka.ssl.ca.location: probe\n", NULL, NULL, &r);
	ck_assert_str_eq(r.s->kafka[0].value, "probe");
	settings_free(r.s);
	read_all("", NULL, "policy=p.yaml", &r);
	ck_assert_str_eq(r.s->policy, "p.yaml");
	settings_free(r.s);
}
END_TEST

/* What is wrong, and what the message must hold. */
static const struct {
	const char *text, *variable, *set, *told;
} wrong[] = {
	{"commit.intervall: 1s\n", NULL, NULL, "commit.interval"},
	{"commit.interval: soon\n", NULL, NULL, "`commit.interval` takes"},
	{"commit.interval: 0ms\n", NULL, NULL, "out of its range"},
	{"status.interval: 5ms\n", NULL, NULL, "a time from 1s to 1h"},
	{"commit.interval: 1h\n", NULL, NULL, "from 1ms to 30s"},
	{"lanes: many\n", NULL, NULL, "a whole number from 0 to 256"},
	{"commit.events: 0\n", NULL, NULL, "out of its range"},
	{"start: beginning\n", NULL, NULL, "earliest|latest"},
	{"instance: a b\n", NULL, NULL, "`instance` takes a name"},
	{"sandbox: yes\n", NULL, NULL, "on|off|log"},
	{"poison.stop_share: 5\n", NULL, NULL, "`poison.stop_share`"},
	{"poison.stop_share: 0%\n", NULL, NULL, "off, or a share"},
	{"commit.bytes: 5 parsecs\n", NULL, NULL, "`commit.bytes`"},
	{"lanes: [1, 2]\n", NULL, NULL, "takes one value"},
	{"lanes:\n", NULL, NULL, "has no value"},
	{"lanes: {}\n", NULL, NULL, "`lanes` has no value"},
	{"kafka: { no.such: {} }\n", NULL, NULL, "has no value"},
	{"application: \"shop\\0-b\"\n", NULL, NULL, "holds a NUL"},
	{"lanes: 1\ncommit: { interval: 1s }\ncommit.interval: 1s\n", NULL,
		NULL, "stated twice"},
	{"kafka: { enable.auto.commit: true }\n", NULL, NULL,
		"lethe's own: offsets are committed with the output"},
	{"kafka.isolation.level: read_uncommitted\n", NULL, NULL,
		"lethe's own"},
	{"kafka.transactional.id: x\n", NULL, NULL, "lethe's own"},
	{"kafka.producer.acks: 1\n", NULL, NULL, "lethe's own"},
	{"kafka.auto.offset.reset: earliest\n", NULL, NULL, "start"},
	{"kafka.sasl.password: hunter2\n", NULL, NULL,
		"kafka.sasl.password.file: PATH"},
	{"kafka.sasl.passwrd: hunter2\n", NULL, NULL, "1:21"},
	{"sasl.password: hunter2\n", NULL, NULL, "no setting"},
	{"kafka.sasl.jaas.config: password=\"hunter2\";\n", NULL, NULL, "JAAS"},
	{"kafka.sasl.password.file: [hunter2]\n", NULL, NULL, "one value"},
	{"kafka: a\n   sasl.password: hunter2\n", NULL, NULL, "not YAML"},
	{"kafka.boostrap.servers: a:1\n", NULL, NULL,
		"kafka.bootstrap.servers"},
	{"kafka.linger.ms: soon\n", NULL, NULL, "linger.ms"},
	{"", "LETHE_COMMIT_INTERVAL=soon", NULL, "environment"},
	{"", "LETHE_KAFKA_SASL_PASSWORD=hunter2", NULL, "secret"},
	{"", NULL, "kafka.sasl.password=hunter2", "secret"},
	{"", NULL, "kafka.ssl.key.pem=hunter2", "secret"},
	{"", NULL, "lanes", "--set NAME=VALUE"},
	{"", NULL, "lane=2", "lanes"},
};

START_TEST(a_mistake_is_told_with_its_place)
{
	struct result r;

	read_all(wrong[_i].text, wrong[_i].variable, wrong[_i].set, &r);
	ck_assert_status(r.status, LETHE_ESETTING);
	ck_assert_ptr_null(r.s);
	ck_assert_msg(strstr(r.told, wrong[_i].told), "%s", r.told);
	ck_assert_msg(!strstr(r.told, "hunter2"), "%s", r.told);
}
END_TEST

/* Secrets, in each place where they must not stand. */
static const char *const secrets[] = {
	"sasl.password",
	"ssl.key.password",
	"ssl.key.pem",
	"ssl.keystore.password",
	"sasl.oauthbearer.config",
	"sasl.oauthbearer.client.secret",
	"sasl.oauthbearer.assertion.private.key.pem",
	"sasl.oauthbearer.assertion.private.key.passphrase",
	"consumer.sasl.password",
	"producer.ssl.key.pem",
};

static void
expect_way_out(const struct result *r, const char *name)
{
	const char *bare =
		strncmp(name, "consumer.", 9) && strncmp(name, "producer.", 9)
			? name
			: name + 9;
	char way[128];

	ck_assert_status(r->status, LETHE_ESETTING);
	snprintf(way, sizeof(way), "kafka.%s.file: PATH", bare);
	ck_assert_msg(strstr(r->told, way), "%s", r->told);
	snprintf(way, sizeof(way), "kafka.%s.fd: NUMBER", bare);
	ck_assert_msg(strstr(r->told, way), "%s", r->told);
	ck_assert_msg(!strstr(r->told, "hunter2"), "%s", r->told);
}

START_TEST(a_secret_does_not_stand_in_the_settings)
{
	const char *name = secrets[_i];
	char text[128], variable[128];
	struct result r;

	snprintf(text, sizeof(text), "kafka.%s: hunter2\n", name);
	read_all(text, NULL, NULL, &r);
	expect_way_out(&r, name);
	snprintf(text, sizeof(text), "kafka.%s=hunter2", name);
	read_all("", NULL, text, &r);
	expect_way_out(&r, name);
	snprintf(variable, sizeof(variable), "LETHE_KAFKA_%s=hunter2", name);
	for (char *c = variable; *c != '='; c++)
		*c = *c == '.' ? '_' : (char)toupper((uint8_t)*c);
	read_all("", variable, NULL, &r);
	expect_way_out(&r, name);
}
END_TEST

/* A library that comes with a new secret makes this fail. */
START_TEST(every_secret_of_the_library_is_known)
{
	static const char *const words[] = {
		"password", "secret", "passphrase", "key.pem"};
	char *table = NULL, *rest, *line;
	size_t len, found = 0;
	FILE *f = open_memstream(&table, &len);

	ck_assert_ptr_nonnull(f);
	rd_kafka_conf_properties_show(f);
	fclose(f);
	rest = table;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, " |")] = '\0';
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (strstr(line, words[i]) && !strstr(line, ".file")) {
				found++;
				ck_assert_msg(client_property_secret(line),
					"%s", line);
			}
	}
	ck_assert_uint_ge(found, 4);
	free(table);
}
END_TEST

START_TEST(every_mistake_is_told_in_one_run)
{
	struct result r;

	read_all("lanes: x\nstart: y\n", "LETHE_STOP_TIMEOUT=z", "group=/", &r);
	ck_assert_ptr_nonnull(strstr(r.told, ":1:8"));
	ck_assert_ptr_nonnull(strstr(r.told, ":2:8"));
	ck_assert_ptr_nonnull(strstr(r.told, "environment"));
	ck_assert_ptr_nonnull(strstr(r.told, "--set"));
}
END_TEST

START_TEST(a_secret_comes_from_a_file_or_a_descriptor)
{
	struct result r;

	read_all("kafka.sasl.password.file: pw\n",
		"LETHE_KAFKA_SSL_KEY_PASSWORD_FD=5", NULL, &r);
	ck_assert_msg(!r.status, "%s", r.told);
	ck_assert_uint_eq(r.s->kafka_count, 2);
	ck_assert_str_eq(r.s->kafka[0].name, "sasl.password");
	ck_assert_str_eq(r.s->kafka[0].value, "/tmp/pw");
	ck_assert(r.s->kafka[0].secret);
	ck_assert_str_eq(r.s->kafka[1].value, "fd:5");
	settings_free(r.s);
}
END_TEST

START_TEST(a_secret_comes_from_a_program)
{
	struct lethe_error err;
	struct result r;

	read_all("kafka.sasl.password.command: /bin/echo pass word\n"
		 "kafka.ssl.key.password.command: command:/bin/false\n",
		NULL, NULL, &r);
	ck_assert_msg(!r.status, "%s", r.told);
	ck_assert_str_eq(r.s->kafka[0].name, "sasl.password");
	ck_assert_str_eq(r.s->kafka[0].value, "command:/bin/echo pass word");
	ck_assert_status(client_secrets_load(r.s->kafka, 1, &err), LETHE_OK);
	ck_assert_str_eq(r.s->kafka[0].text, "pass word");
	ck_assert_status(
		client_secrets_load(r.s->kafka, 2, &err), LETHE_ESETTING);
	ck_assert_ptr_nonnull(strstr(err.what, "kafka.ssl.key.password: "));
	ck_assert_ptr_nonnull(strstr(err.what, "ended with exit code 1"));
	settings_free(r.s);
}
END_TEST

START_TEST(a_stranger_in_the_environment_is_a_warning)
{
	struct result r;

	read_all("", "LETHE_PORT_9092_TCP=tcp://1.2.3.4:5", NULL, &r);
	ck_assert_status(r.status, LETHE_OK);
	ck_assert_ptr_nonnull(strstr(r.told, "warning"));
	ck_assert_ptr_null(strstr(r.told, "1.2.3.4"));
	settings_free(r.s);
}
END_TEST

static const struct {
	const char *text;
	const char *missing; /* NULL: nothing */
} needed[] = {
	{"", "policy"},
	{"policy: p\n", "ring"},
	{"policy: p\nring: r\n", "secret"},
	{"policy: p\nring: r\nsecret: s\n", "instance"},
	{"policy: p\nring: r\nsecret: s\ninstance: i\n", "bootstrap.servers"},
	{"policy: p\nring: r\nsecret: s\ninstance: i\n"
	 "kafka.bootstrap.servers: ''\n",
		"bootstrap.servers"},
	{"policy: p\nring: r\nsecret: s\ninstance: i\n"
	 "kafka.bootstrap.servers: ' , '\n",
		"bootstrap.servers"},
	{"policy: p\nring: r\nsecret: s\ninstance: i\n"
	 "kafka.bootstrap.servers: a:1\n",
		NULL},
};

START_TEST(run_names_what_it_lacks)
{
	struct lethe_error err = {0};
	struct result r;

	read_all(needed[_i].text, NULL, NULL, &r);
	ck_assert_status(settings_check_run(r.s, &err),
		needed[_i].missing ? LETHE_ESETTING : LETHE_OK);
	if (needed[_i].missing)
		ck_assert_ptr_nonnull(strstr(err.what, needed[_i].missing));
	settings_free(r.s);
}
END_TEST

#define RUNS \
	"policy: p\nring: r\nsecret: s\ninstance: i\n" \
	"kafka.bootstrap.servers: a:1\n"

/* The client library runs kinit through a shell. */
static const struct {
	const char *text;
	bool refused;
} logins[] = {
	{RUNS "kafka.security.protocol: sasl_ssl\n", true},
	{RUNS "kafka.security.protocol: SASL_PLAINTEXT\n"
	      "kafka.sasl.mechanism: GSSAPI\n",
		true},
	{RUNS "kafka.consumer.security.protocol: sasl_ssl\n", true},
	{RUNS "kafka.security.protocol: sasl_ssl\n"
	      "kafka.sasl.kerberos.min.time.before.relogin: 0\n",
		false},
	{RUNS "kafka.security.protocol: sasl_ssl\nsandbox: off\n", false},
	{RUNS "kafka.security.protocol: sasl_ssl\n"
	      "kafka.sasl.mechanisms: PLAIN\n",
		false},
	{RUNS "kafka.security.protocol: ssl\n", false},
};

START_TEST(a_login_by_kinit_is_refused_in_the_sandbox)
{
	struct lethe_error err = {0};
	struct result r;

	read_all(logins[_i].text, NULL, NULL, &r);
	ck_assert_msg(!r.status, "%s", r.told);
	ck_assert_status(settings_check_run(r.s, &err),
		logins[_i].refused ? LETHE_ESETTING : LETHE_OK);
	if (logins[_i].refused)
		ck_assert_ptr_nonnull(strstr(err.what,
			"kafka.sasl.kerberos.min.time.before.relogin: 0"));
	settings_free(r.s);
}
END_TEST

/* A lane moves when it commits, and a skew is measured somewhere. */
static const struct {
	const char *text;
	const char *names; /* the setting that it does not go with; or NULL */
} pairs[] = {
	{RUNS, NULL},
	{RUNS "clock.topic: clock\n", NULL},
	{RUNS "clock.topic: clock\nclock.skew.max: 1s\n", NULL},
	{RUNS "clock.skew.max: 1s\n", "clock.topic"},
	{RUNS "commit.interval: 30s\n", "stall.report"},
	{RUNS "commit.interval: 29s\n", NULL},
	{RUNS "commit.interval: 10s\nstall.report: 5s\n", "stall.report"},
	{RUNS "commit.interval: 10s\nstall.stop: 10s\n", "stall.stop"},
	{RUNS "commit.interval: 10s\nstall.stop: 11s\n", NULL},
	{RUNS "commit.interval: 10s\nstall.stop: 0s\n", NULL},
};

START_TEST(settings_go_together)
{
	struct lethe_error err = {0};
	struct result r;

	read_all(pairs[_i].text, NULL, NULL, &r);
	ck_assert_msg(!r.status, "%s", r.told);
	ck_assert_status(settings_check_run(r.s, &err),
		pairs[_i].names ? LETHE_ESETTING : LETHE_OK);
	if (pairs[_i].names)
		ck_assert_ptr_nonnull(strstr(err.what, pairs[_i].names));
	settings_free(r.s);
}
END_TEST

static const struct {
	const char *text;
	int64_t bytes;
} sizes[] = {
	{"500000", 500000},
	{"16MB", 16000000},
	{"64KiB", 65536},
	{"1MiB", 1048576},
	{"64KB", 64000},
	{"7B", 7},
};

START_TEST(sizes_have_units)
{
	char text[64];
	struct result r;

	snprintf(text, sizeof(text), "commit.bytes: %s\n", sizes[_i].text);
	read_all(text, NULL, NULL, &r);
	ck_assert_int_eq(r.s->commit_bytes, sizes[_i].bytes);
	settings_free(r.s);
}
END_TEST

static const struct {
	const char *name;
	const char *standard; /* or NULL */
} table[] = {
#define X(field, name, type, def, least, most, unit, help) {name, def},
	SETTINGS_MAP(X)
#undef X
};

/* The example holds each setting once, with its default where it has one. */
START_TEST(the_example_shows_every_setting)
{
	char line[128];
	struct lethe_error err;
	struct buf text;

	buf_init(&text, 0);
	ck_assert_status(
		file_read("config/lethe.example.yaml", 65536, &text, &err),
		LETHE_OK);
	buf_put_byte(&text, 0);
	snprintf(line, sizeof(line), "\n%s%s: %s",
		table[_i].standard ? "# " : "", table[_i].name,
		table[_i].standard ? table[_i].standard : "");
	if (!strcmp(table[_i].name, "group") ||
		!strcmp(table[_i].name, "purpose") ||
		!strcmp(table[_i].name, "ring.trust") ||
		!strcmp(table[_i].name, "secret.passphrase") ||
		!strcmp(table[_i].name, "ledger.path") ||
		!strcmp(table[_i].name, "clock.topic"))
		snprintf(line, sizeof(line), "\n# %s: ", table[_i].name);
	ck_assert_msg(strstr((const char *)text.ptr, line), "lacks:%s", line);
	buf_fini(&text);
}
END_TEST

START_TEST(the_example_can_be_read)
{
	struct settings_source source = {.file = "config/lethe.example.yaml"};
	struct settings *s = NULL;
	struct lethe_error err;
	struct buf told;

	buf_init(&told, 0);
	ck_assert_status(settings_open(&source, &s, &told, &err), LETHE_OK);
	ck_assert_uint_eq(told.len, 0);
	ck_assert_status(settings_check_run(s, &err), LETHE_OK);
	ck_assert_str_eq(s->policy, "config/policy.yaml");
	settings_free(s);
	buf_fini(&told);
}
END_TEST

SUITE("settings", TEST(has_defaults), TEST(a_later_source_wins),
	TEST(nested_maps_are_dotted_names),
	TEST(paths_are_relative_to_the_file),
	ROWS(a_mistake_is_told_with_its_place, wrong),
	ROWS(a_secret_does_not_stand_in_the_settings, secrets),
	TEST(every_secret_of_the_library_is_known),
	TEST(every_mistake_is_told_in_one_run),
	TEST(a_secret_comes_from_a_file_or_a_descriptor),
	TEST(a_secret_comes_from_a_program),
	TEST(a_stranger_in_the_environment_is_a_warning),
	ROWS(run_names_what_it_lacks, needed),
	ROWS(a_login_by_kinit_is_refused_in_the_sandbox, logins),
	ROWS(settings_go_together, pairs), ROWS(sizes_have_units, sizes),
	ROWS(the_example_shows_every_setting, table),
	TEST(the_example_can_be_read))
