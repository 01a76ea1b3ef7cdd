#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

/*
 * The settings: one table.  The struct, the parser, the help text and the
 * check of the docs come from it.  A later source wins over an earlier one:
 * the default, the file, the environment (LETHE_COMMIT_INTERVAL for
 * commit.interval), --set NAME=VALUE.
 *
 * kafka.NAME, kafka.consumer.NAME and kafka.producer.NAME pass to the client
 * library, except what lethe alone sets; secrets only as kafka.NAME.file,
 * kafka.NAME.fd or kafka.NAME.command.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "kafka/wire/property.h"

#include <stdint.h>

/*
 * X(field, "name", TYPE, default, least, most, "unit", "help")
 *
 * TYPE     field           written as
 * NAME     const char *    letters, digits, `.`, `_`, `-`; least..most of them
 * PATH     const char *    a path; in the file, relative to the file; fd:N and
 *                          command:… stay as they are
 * COUNT    int64_t         digits
 * TIME     int64_t, ms     100ms, 10s, 5m
 * BYTES    int64_t         500000, 16MB, 64KB (powers of 1000), 64KiB
 * SHARE    int64_t, ppm    5%, 0.1%, off
 * ADDRESS  const char *    off, or HOST:PORT; "" when off
 * CHOICE   int64_t         one of `unit`, counted from 1; 0: not stated
 */
#define SETTINGS_MAP(X) \
	X(policy, "policy", PATH, NULL, 0, 0, "file", \
		"what may leave, for " \
		"whom and why") \
	X(ring, "ring", PATH, NULL, 0, 0, "file", "the key ring") \
	X(ring_trust, "ring.trust", PATH, NULL, 0, 0, "file", \
		"whose signatures on the ring count; default: those that the " \
		"ring names") \
	X(secret, "secret", PATH, NULL, 0, 0, "file, fd, command", \
		"this process's secret key; opens its share of the ring: a " \
		"path, fd:N, or command:PROGRAM ARGUMENTS") \
	X(secret_passphrase, "secret.passphrase", PATH, NULL, 0, 0, \
		"file, fd, command", \
		"where the passphrase of that key is found, if it has one") \
	X(application, "application", NAME, "lethe", 1, 100, "name", \
		"what this job is called in the cluster") \
	X(instance, "instance", NAME, NULL, 1, 100, "name", \
		"this process among those of the job; stable over restarts, " \
		"never twice at a time") \
	X(group, "group", NAME, NULL, 1, 200, "name", \
		"the consumer group; default: the application") \
	X(purpose, "purpose", NAME, NULL, 1, 200, "name", \
		"one purpose alone, with a group and transactional ids of " \
		"its own; default: all") \
	X(lanes, "lanes", COUNT, "0", 0, 256, "threads", \
		"how many lanes work at a time; 0: one a core") \
	X(start, "start", CHOICE, NULL, 0, 0, "earliest|latest", \
		"where a group that never committed begins; there is no " \
		"default") \
	X(commit_interval_ms, "commit.interval", TIME, "100ms", 1, 30000, \
		"time", "a transaction is committed after this long") \
	X(commit_events, "commit.events", COUNT, "10000", 1, 1000000, \
		"events", "or after this many events") \
	X(commit_bytes, "commit.bytes", BYTES, "16MB", 1, 1000000000, "bytes", \
		"or after this many bytes of them") \
	X(memory_mb, "memory_mb", COUNT, "0", 0, 1000000, "MB", \
		"what this process may hold, all lanes together: fetched, " \
		"retained and written; 0: the client's own limits") \
	X(fetch_wake, "fetch.wake", COUNT, "20", 0, 1000, "requests", \
		"how often a second and broker a client library before 2.2.0 " \
		"is woken that sleeps on a full fetch queue; 0: never") \
	X(status_interval_ms, "status.interval", TIME, "10s", 1000, 3600000, \
		"time", "a status line in the log every so often") \
	X(stop_timeout_ms, "stop.timeout", TIME, "20s", 1000, 600000, "time", \
		"how long a stop may take before it is forced") \
	X(poison_stop_share, "poison.stop_share", SHARE, "off", 1, 1000000, \
		"share", \
		"stop when more of the last minute's events are poison") \
	X(quarantine_max_bytes, "quarantine.max_bytes", BYTES, "900KB", 1000, \
		100000000, "bytes", \
		"a quarantine record above this keeps its coordinates alone") \
	X(http_listen, "http.listen", ADDRESS, "127.0.0.1:9464", 0, 0, \
		"address, or off", \
		"where metrics, health and the status page are shown; port " \
		"0: any that is free") \
	X(policy_watch_ms, "policy.watch", TIME, "5s", 0, 3600000, "time", \
		"how often the files of policy and ring are looked at for a " \
		"change; 0s: on SIGHUP alone") \
	X(clock_topic, "clock.topic", NAME, NULL, 1, 249, "topic", \
		"where this machine's clock is measured against the " \
		"broker's; the broker stamps its records (LogAppendTime); " \
		"default: not measured") \
	X(clock_skew_max_ms, "clock.skew.max", TIME, "1s", 10, 3600000, \
		"time", \
		"with clock.topic: the process stops when the clocks are " \
		"further apart") \
	X(stall_report_ms, "stall.report", TIME, "30s", 5000, 3600000, "time", \
		"a lane that gets no further for so long while input waits " \
		"is told in the log and by /healthz") \
	X(stall_stop_ms, "stall.stop", TIME, "10m", 0, 86400000, "time", \
		"and after so long the process ends, for its supervisor to " \
		"start it again; 0s: never") \
	X(ledger_path, "ledger.path", PATH, NULL, 0, 0, "folder", \
		"where the file of the consent ledger lies, which is made " \
		"there; default: $STATE_DIRECTORY, as systemd sets it, else " \
		"/var/lib/lethe") \
	X(retention_check, "retention.check", CHOICE, "refuse", 0, 0, \
		"refuse|warn", \
		"what a start does when an output topic keeps longer than " \
		"the policy allows") \
	X(log_format, "log.format", CHOICE, "text", 0, 0, "text|json", \
		"how the lines of the log are written") \
	X(sandbox, "sandbox", CHOICE, "on", 0, 0, "on|off|log", \
		"whether system calls that lethe never makes are refused " \
		"once " \
		"it has started; log: only logged, by the kernel")

#define SETTING_C_NAME const char *
#define SETTING_C_PATH const char *
#define SETTING_C_COUNT int64_t
#define SETTING_C_TIME int64_t
#define SETTING_C_BYTES int64_t
#define SETTING_C_SHARE int64_t
#define SETTING_C_CHOICE int64_t
#define SETTING_C_ADDRESS const char *

enum setting_start {
	START_NONE,
	START_EARLIEST,
	START_LATEST,
};

enum setting_retention {
	RETENTION_TO_REFUSE = 1,
	RETENTION_TO_WARN,
};

enum setting_log {
	LOG_AS_TEXT = 1,
	LOG_AS_JSON,
};

/* NULL where a text was not stated. */
struct settings {
	struct arena arena; /* owns every text */
#define X(field, name, type, def, least, most, unit, help) \
	SETTING_C_##type field;
	SETTINGS_MAP(X)
#undef X
	uint64_t stated; /* a bit a row: what is no default */
	struct client_property *kafka;
	size_t kafka_count;
};

struct settings_source {
	const char *file;	  /* NULL: none */
	char *const *environment; /* environ, or NULL: not read */
	const char *const *sets;  /* "name=value" each */
	size_t set_count;
};

/*
 * Reads the settings from all sources; every mistake is told in one run.
 *
 *   told   mistakes and warnings for people are appended
 *   out    the caller's; settings_free ends it; NULL on failure
 *
 * Fails: LETHE_ESETTING when there are mistakes; LETHE_EIO, LETHE_ENOMEM.
 * Thread: start-up only.
 */
LETHE_CHECKED enum lethe_status
settings_open(const struct settings_source *source, struct settings **out,
	struct buf *told, struct lethe_error *err);
void settings_free(struct settings *s); /* or NULL */

/*
 * Whether everything is there that `lethe run` cannot do without.
 *
 * Fails: LETHE_ESETTING naming the setting and how to state it.
 */
LETHE_CHECKED enum lethe_status
settings_check_run(const struct settings *s, struct lethe_error *err);

/*
 * Whether everything is there by which the job is found in its cluster: the
 * policy and the brokers.
 *
 * Fails: as settings_check_run.
 */
LETHE_CHECKED enum lethe_status
settings_check_cluster(const struct settings *s, struct lethe_error *err);

/* The brokers to begin with, or NULL where none is named; borrowed. */
const char *settings_brokers(const struct settings *s);

/* One line a setting, for --help and the docs: name, default, unit, help. */
void settings_help(struct buf *out);

#endif
