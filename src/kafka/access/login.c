#include "kafka/access/login.h"

#include "kafka/wire/client.h"
#include "kafka/wire/verdict.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* A property as the client has it; "" when it has none. */
static void
get(rd_kafka_t *rk, const char *name, char *out, size_t size)
{
	size_t used = size;

	*out = '\0';
	if (rd_kafka_conf_get(rd_kafka_conf(rk), name, out, &used) !=
		RD_KAFKA_CONF_OK)
		*out = '\0';
	out[size - 1] = '\0';
}

/* Where the client's certificate comes from; false: it has none. */
static bool
get_certificate(rd_kafka_t *rk, char *out, size_t size)
{
	char pem[8];

	get(rk, "ssl.certificate.location", out, size);
	if (!*out)
		get(rk, "ssl.keystore.location", out, size);
	if (*out)
		return true;
	get(rk, "ssl.certificate.pem", pem, sizeof(pem));
	(void)snprintf(out, size, "of its settings");
	return *pem != '\0';
}

void
login_as(rd_kafka_t *rk, char out[static LOGIN_AS_BYTES])
{
	char protocol[24], mechanism[24], name[64], file[512];
	const char *slash;
	bool tls;

	get(rk, "security.protocol", protocol, sizeof(protocol));
	tls = strstr(protocol, "ssl");
	if (!strncmp(protocol, "sasl_", 5)) {
		get(rk, "sasl.mechanisms", mechanism, sizeof(mechanism));
		get(rk,
			strcmp(mechanism, "GSSAPI") ? "sasl.username"
						    : "sasl.kerberos.principal",
			name, sizeof(name));
		(void)snprintf(out, LOGIN_AS_BYTES, "User:%.36s (%.20s %s)",
			*name ? name : "?", mechanism,
			tls ? "over TLS" : "without TLS");
		return;
	}
	if (!tls) {
		(void)snprintf(
			out, LOGIN_AS_BYTES, "nobody (no login, no TLS)");
	} else if (get_certificate(rk, file, sizeof(file))) {
		slash = strrchr(file, '/');
		(void)snprintf(out, LOGIN_AS_BYTES,
			"the certificate %.40s (mutual TLS)",
			slash ? slash + 1 : file);
	} else {
		(void)snprintf(out, LOGIN_AS_BYTES,
			"nobody (TLS without a client certificate)");
	}
}

static void
tell(const rd_kafka_t *rk, const struct login *l, int code, const char *reason,
	const struct login_cause *cause)
{
	const char *name = rd_kafka_err2name((rd_kafka_resp_err_t)code);
	char patience[256];

	if (!cause) {
		LOG(LOG_WARN, "client_error",
			LOG_TEXT("client", rd_kafka_name(rk)),
			LOG_TEXT("code", name), LOG_TEXT("says", reason),
			LOG_TEXT("do", "nothing: the client tries again"));
		return;
	}
	(void)snprintf(patience, sizeof(patience),
		"nothing: the client tries again; if it stays, %s",
		cause->remedy);
	LOG(cause->refused ? LOG_ERROR : LOG_WARN,
		cause->refused ? "login_refused" : "client_error",
		LOG_TEXT("client", rd_kafka_name(rk)), LOG_TEXT("code", name),
		LOG_TEXT("cause", cause->cause), LOG_TEXT("as", l->as),
		LOG_TEXT("says", reason),
		LOG_TEXT("do", cause->refused ? cause->remedy : patience));
}

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct login *l = opaque;
	char mechanism[24];
	struct login_trouble t = {.code = (rd_kafka_resp_err_t)code,
		.says = reason,
		.certificate = atomic_load(&l->certificate),
		.mechanism = mechanism,
		.version = rd_kafka_version()};
	const struct login_cause *cause;
	bool told;

	get(rk, "sasl.mechanisms", mechanism, sizeof(mechanism));
	login_as(rk, l->as);
	(void)snprintf(l->says, sizeof(l->says), "%s", reason);
	cause = login_cause(&t);
	if (cause)
		l->last = cause;
	told = cause && cause->refused && l->refused;
	if (cause && cause->refused && !l->refused)
		l->refused = cause;
	if (!l->quiet && !told)
		tell(rk, l, code, reason, cause);
}

/*
 * The library's words do not say what is wrong with a certificate; OpenSSL's
 * number does.  Nothing is decided here: what was wrong stays wrong.
 */
static int
on_certificate(rd_kafka_t *rk, const char *broker, int32_t id, int *number,
	int depth, const char *der, size_t len, char *text, size_t text_size,
	void *opaque)
{
	struct login *l = opaque;

	(void)rk;
	(void)broker;
	(void)id;
	(void)depth;
	(void)der;
	(void)len;
	if (!*number)
		return 1;
	atomic_store(&l->certificate, *number);
	(void)snprintf(text, text_size, "%s (OpenSSL's error %d)",
		login_certificate(*number)->cause, *number);
	return 0;
}

/*
 * Which topic of a transaction it was that refused, the library tells in its
 * log alone:  Failed to add partition "TOPIC" [1] to transaction: ...
 */
static void
on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	static const char mark[] = "Failed to add partition \"";
	struct login *l = rd_kafka_opaque(rk);
	const char *name = strstr(text, mark);
	size_t len = name ? strcspn(name + strlen(mark), "\"") : 0;

	client_log(rk, level, facility, text);
	if (!len || len >= sizeof(l->unwritable) ||
		!strstr(text, "authorization") || atomic_load(&l->has_topic))
		return;
	memcpy(l->unwritable, name + strlen(mark), len);
	atomic_store(&l->has_topic, true);
}

const char *
login_unwritable(const struct login *l)
{
	return atomic_load(&l->has_topic) ? l->unwritable : NULL;
}

void
login_listen(struct login *l, rd_kafka_conf_t *conf)
{
	rd_kafka_conf_set_opaque(conf, l);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	/* A library without TLS has no certificates to look at. */
	(void)rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
}

enum lethe_status
login_check(const struct login *l, struct lethe_error *err)
{
	if (!l || !l->refused)
		return LETHE_OK;
	return fail(err, LETHE_EDENIED, 0, "%s: %s", l->as, l->refused->cause);
}

enum lethe_status
login_poll(struct login *l, rd_kafka_t *rk, struct lethe_error *err)
{
	if (!l)
		return LETHE_OK;
	rd_kafka_poll(rk, 0);
	return login_check(l, err);
}

bool
login_is_right(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
		return true;
	default: return false;
	}
}

enum lethe_status
login_lacks(rd_kafka_t *rk, rd_kafka_resp_err_t code, const char *right,
	const char *name, struct lethe_error *err)
{
	char as[LOGIN_AS_BYTES];

	login_as(rk, as);
	return fail(err, client_verdict_code(code), 0,
		"%s lacks the right to %s %.60s", as, right, name);
}
