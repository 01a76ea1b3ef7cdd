#include "kafka/ledger/self.h"

#include "base/log.h"
#include "crypto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define ASK_MOST_MS 100
#define ASK_LEAST_MS 10
#define ASK_PART 5 /* of max_staleness */

/* ---- its file */

static enum lethe_status
check_folder(const char *folder, struct lethe_error *err)
{
	struct stat st;

	if (mkdir(folder, 0700) && errno != EEXIST)
		return fail(err, LETHE_ESETTING, 0,
			"ledger.path: the folder %.80s cannot be made: %s",
			folder, strerror(errno));
	if (stat(folder, &st) || !S_ISDIR(st.st_mode))
		return fail(err, LETHE_ESETTING, 0,
			"ledger.path: %.80s is no folder", folder);
	return LETHE_OK;
}

/* Two processes with one file would each take the other's offsets. */
static enum lethe_status
own_file(struct keeper *k, struct lethe_error *err)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s.owner", k->path);
	k->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (k->lock < 0)
		return fail(err, LETHE_ESETTING, 0,
			"ledger.path: no file can be made in %.80s: %s",
			k->o.folder, strerror(errno));
	if (flock(k->lock, LOCK_EX | LOCK_NB))
		return fail(err, LETHE_EINSTANCE, 0,
			"another process has the consent ledger's file: is "
			"`instance` stated twice?");
	return LETHE_OK;
}

static enum lethe_status
take_path(struct keeper *k, struct lethe_error *err)
{
	char path[PATH_BYTES];
	int n = snprintf(
		path, sizeof(path) - 16, "%s/%s", k->o.folder, k->o.name);
	enum lethe_status status = check_folder(k->o.folder, err);

	if (status)
		return status;
	if (n < 0 || (size_t)n >= sizeof(path) - 16)
		return fail(err, LETHE_ESETTING, 0,
			"ledger.path: the path is too long");
	k->path = strdup(path);
	if (!k->path)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ledger");
	return own_file(k, err);
}

/* ---- its client */

static enum lethe_status
open_client(struct keeper *k, struct lethe_error *err)
{
	char fetch_ms[24], queue_kb[24];
	const struct client_set own[] = {
		/* No member of it: without a group nothing is assigned. */
		{"group.id", k->o.group},
		{"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"auto.offset.reset", "error"},
		{"isolation.level", "read_committed"},
		/* Behind the last record there may be marks alone: only this
		   tells that the end is reached. */
		{"enable.partition.eof", "true"},
		{"allow.auto.create.topics", "false"},
		{"statistics.interval.ms", "0"},
		{"fetch.wait.max.ms", fetch_ms},
		{"queued.max.messages.kbytes", queue_kb},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status;

	/* So long a mark of a transaction, which no reader sees, is waited
	   for before the end behind it is known. */
	(void)snprintf(queue_kb, sizeof(queue_kb), "%zu",
		k->o.queue_kbytes ? k->o.queue_kbytes : KEEPER_QUEUE_KB);
	(void)snprintf(fetch_ms, sizeof(fetch_ms), "%lld",
		(long long)k->ask_every_ms / 2);
	status = client_conf(
		CLIENT_CONSUMER, k->o.props, k->o.prop_count, own, &conf, err);
	if (status)
		return status;
	k->login.given_up = k->o.given_up;
	login_listen(&k->login, conf);
	status = client_new(CLIENT_CONSUMER, conf, &k->rk, err);
	if (status)
		return status;
	rd_kafka_poll_set_consumer(k->rk);
	k->rkt = rd_kafka_topic_new(k->rk, k->ledger->topic, NULL);
	return k->rkt ? LETHE_OK
		      : fail(err, LETHE_ENOMEM, 0, "no memory for a topic");
}

static enum lethe_status
fill_form(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status = keeper_ask_topic(k, err);

	if (status)
		return status;
	k->form = (struct ledger_form){.path = k->path,
		.keys = k->keys,
		.layout = &k->ledger->layout,
		.ring_id = k->ring_id,
		.topic_id = k->topic_id,
		.partitions = (uint32_t)k->topic.partitions,
		.map_bytes = k->o.map_bytes};
	k->parts = calloc((size_t)k->topic.partitions, sizeof(*k->parts));
	return k->parts ? LETHE_OK
			: fail(err, LETHE_ENOMEM, 0, "no memory for a ledger");
}

static enum lethe_status
fill(struct keeper *k, struct lethe_error *err)
{
	enum lethe_status status;
	uint64_t seed;

	random_bytes(&seed, sizeof(seed));
	(void)snprintf(
		k->ring_id, sizeof(k->ring_id), "%s", ring_id(k->o.ring));
	status = ring_keyed(k->o.ring, &k->keys, err);
	if (!status)
		status = take_path(k, err);
	if (!status)
		status = ledger_decoder_new(
			&k->ledger->layout, seed, &k->decoder, err);
	if (!status)
		status = beat_reader_new(&k->beats, err);
	if (!status)
		status = open_client(k, err);
	return status ? status : fill_form(k, err);
}

static int64_t
ask_every(const struct policy_ledger *l)
{
	int64_t every = l->max_staleness_ms / ASK_PART;

	every = every > ASK_MOST_MS ? ASK_MOST_MS : every;
	return every < ASK_LEAST_MS ? ASK_LEAST_MS : every;
}

enum lethe_status
keeper_new(const struct keeper_options *options, struct keeper **out,
	struct lethe_error *err)
{
	struct keeper *k = calloc(1, sizeof(*k));
	enum lethe_status status;

	*out = NULL;
	if (!k)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ledger");
	k->o = *options;
	k->o.policy = lethe_policy_ref(options->policy);
	k->ledger = &k->o.policy->ledger;
	k->lock = -1;
	k->load_left_ms = -1;
	k->ask_every_ms = ask_every(k->ledger);
	arena_init(&k->scratch, 0);
	status = fill(k, err);
	k->o.ring = NULL;
	if (status)
		keeper_free(k);
	else
		*out = k;
	return status;
}

/* ---- its thread */

/* The next start makes the file anew. */
static void
spoil(struct keeper *k)
{
	struct lethe_error err = {0};

	if (!k->file || !atomic_load(&k->damaged))
		return;
	ledger_write_abort(k->write);
	k->write = NULL;
	if (ledger_spoil(k->file, &err))
		LOG(LOG_ERROR, "ledger_not_spoilt", LOG_TEXT("file", k->path),
			LOG_TEXT("why", err.what),
			LOG_TEXT("do", "remove the file: the next start would "
				       "find it usable"));
}

static void
give_in(struct keeper *k, const struct lethe_error *err)
{
	LOG(LOG_ERROR, "ledger_failed", LOG_TEXT("topic", k->ledger->topic),
		LOG_TEXT("status", lethe_status_name(err->status)),
		LOG_TEXT("why", err->what),
		LOG_TEXT("do", "nothing: the process ends, and its next start "
			       "makes the file anew if need be"));
	if (k->o.failed)
		k->o.failed(k->o.ctx, err);
}

static void *
work(void *arg)
{
	struct keeper *k = arg;
	struct lethe_error err = {0};
	enum lethe_status status = LETHE_OK;

	while (!status && !atomic_load_explicit(&k->stop, memory_order_relaxed))
		status = keeper_turn(k, &err);
	if (!status)
		status = keeper_commit(k, true, &err);
	spoil(k);
	if (status) {
		err.status = status;
		give_in(k, &err);
	}
	return NULL;
}

enum lethe_status
keeper_start(struct keeper *k, struct lethe_error *err)
{
	sigset_t all, old;

	bug_if(!k->file);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	k->started = true;
	if (pthread_create(&k->thread, NULL, work, k))
		k->started = false;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return k->started ? LETHE_OK
			  : fail(err, LETHE_ENOMEM, 0, "a thread cannot start");
}

void
keeper_stop(struct keeper *k)
{
	if (!k || !k->started)
		return;
	atomic_store_explicit(&k->stop, true, memory_order_relaxed);
	pthread_join(k->thread, NULL);
	k->started = false;
}

static void
close_client(struct keeper *k)
{
	if (k->rkt)
		rd_kafka_topic_destroy(k->rkt);
	if (!k->rk)
		return;
	rd_kafka_consumer_close(k->rk);
	rd_kafka_destroy_flags(k->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void
keeper_free(struct keeper *k)
{
	if (!k)
		return;
	keeper_stop(k);
	keeper_forget(k);
	close_client(k);
	ledger_load_free(k->load);
	ledger_write_abort(k->write);
	spoil(k);
	ledger_close(k->file);
	if (k->lock >= 0)
		close(k->lock);
	beat_reader_free(k->beats);
	ledger_decoder_free(k->decoder);
	keyed_free(k->keys);
	arena_fini(&k->scratch);
	lethe_policy_drop(k->o.policy);
	free(k->parts);
	free(k->path);
	free(k);
}
