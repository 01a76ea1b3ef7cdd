#include "kafka/access/login.h"

#include "kafka/wire/client.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* From here on the library logs in by SCRAM to Kafka 4.1. */
#define SCRAM_VERSION 0x020601ff

#define BROKER_LOGS "the broker's log says more"

/* OpenSSL's numbers (x509_vfy.h) for what is wrong with a certificate. */
static const struct {
	int number; /* 0: any other */
	struct login_cause cause;
} certificates[] = {
	{9, {true, "the broker's certificate is not valid yet",
		    "look at this machine's clock and at the certificate"}},
	{10, {true, "the broker's certificate has expired",
		     "give the broker a new certificate"}},
	{18, {true, "the broker's certificate is signed by itself",
		     "let kafka.ssl.ca.location name the authority that "
		     "signed it"}},
	{19, {true,
		     "nobody in kafka.ssl.ca.location has signed the broker's "
		     "certificate: the authority is unknown",
		     "let kafka.ssl.ca.location name the authority that "
		     "signed it"}},
	{20, {true,
		     "nobody in kafka.ssl.ca.location has signed the broker's "
		     "certificate: the authority is unknown",
		     "let kafka.ssl.ca.location name the authority that "
		     "signed it"}},
	{23, {true, "the broker's certificate is revoked",
		     "give the broker a new certificate"}},
	{62, {true, "the broker's certificate is for another host name",
		     "use a name that stands in the certificate, in "
		     "kafka.bootstrap.servers and the brokers' "
		     "advertised.listeners"}},
	{64, {true, "the broker's certificate is for another address",
		     "use a name that stands in the certificate, in "
		     "kafka.bootstrap.servers and the brokers' "
		     "advertised.listeners"}},
	{0, {true, "the broker's certificate cannot be verified",
		    "let kafka.ssl.ca.location name the authority that "
		    "signed it, and look at the certificate"}},
};

static const struct login_cause scram_pair = {true,
	"wrong name or password, or librdkafka before 2.6.1 at Kafka 4.1, "
	"where it cannot log in by SCRAM",
	"check name and password; with Kafka 4.1 use PLAIN over TLS, mutual "
	"TLS, librdkafka 2.6.1 or later, or brokers of Kafka 3.9"};

/* Told in the order of the table; the first that fits. */
static const struct {
	const char *says; /* a part of the library's words */
	struct login_cause cause;
} words[] = {
	{"mechanism handshake failed",
		{true, "the broker does not offer this SASL mechanism",
			"set kafka.sasl.mechanisms to one that it names"}},
	{"certificate expired",
		{true, "the broker says: the client's certificate has expired",
			"renew kafka.ssl.certificate.location"}},
	{"unknown ca", {true,
			       "the broker does not know the authority of the "
			       "client's certificate",
			       "let the broker's truststore have it, or use a "
			       "certificate of an authority that it knows"}},
	{"certificate unknown",
		{true,
			"the broker does not accept the client's certificate: "
			"it has expired, or its authority is unknown there",
			"renew kafka.ssl.certificate.location, or let the "
			"broker's truststore have its "
			"authority; " BROKER_LOGS}},
	{"certificate revoked",
		{true, "the broker says: the client's certificate is revoked",
			"renew kafka.ssl.certificate.location"}},
	{"certificate required",
		{true, "the broker asks for a client certificate, and got none",
			"set kafka.ssl.certificate.location and "
			"kafka.ssl.key.location"}},
	{"bad certificate",
		{true,
			"the broker wants a client certificate that it can "
			"verify: there is none, or it is not accepted",
			"set kafka.ssl.certificate.location and "
			"kafka.ssl.key.location; " BROKER_LOGS}},
	{"handshake failure",
		{true,
			"the broker ends the TLS handshake: it may want a "
			"client certificate",
			"set kafka.ssl.certificate.location and "
			"kafka.ssl.key.location; " BROKER_LOGS}},
	{"wrong version number",
		{false, "this port of the broker does not speak TLS",
			"set kafka.security.protocol, or the port, to what "
			"the broker's listener has"}},
	{"while requesting ApiVersion",
		{false,
			"the broker hangs up on the first request: its port "
			"may speak TLS",
			"set kafka.security.protocol, or the port, to what "
			"the broker's listener has"}},
	{"might require SASL",
		{false, "the broker hangs up: its port may want a login",
			"set kafka.security.protocol to what the broker's "
			"listener has"}},
	{"Failed to resolve",
		{false, "the host name is not known here",
			"mend the name in kafka.bootstrap.servers, or the "
			"resolver"}},
	{"Connection refused",
		{false, "nobody listens there",
			"start the broker, or mend host and port in "
			"kafka.bootstrap.servers"}},
	{"SSL_HANDSHAKE",
		{false,
			"the TLS handshake broke off: the broker went away, or "
			"its port does not speak TLS",
			"set kafka.security.protocol, or the port, to what "
			"the broker's listener has"}},
	{"onnection setup timed out",
		{false, "the host does not answer",
			"look at host, port and firewalls"}},
};

static const struct login_cause wrong_login = {true, "wrong name or password",
	"mend kafka.sasl.username and the file of kafka.sasl.password"};

static const struct login_cause *
certificate_cause(int number)
{
	size_t i = 0;

	while (certificates[i].number && certificates[i].number != number)
		i++;
	return &certificates[i].cause;
}

const struct login_cause *
login_cause(const struct login_trouble *t)
{
	if (strcasestr(t->says, "certificate verify failed"))
		return certificate_cause(t->certificate);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasestr(t->says, words[i].says))
			return &words[i].cause;
	if (t->code != RD_KAFKA_RESP_ERR__AUTHENTICATION &&
		t->code != RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED)
		return NULL;
	return !strncmp(t->mechanism, "SCRAM-", 6) && t->version < SCRAM_VERSION
		       ? &scram_pair
		       : &wrong_login;
}

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

void
login_as(rd_kafka_t *rk, char out[static LOGIN_AS_BYTES])
{
	char protocol[24], mechanism[24], name[40], file[512];
	const char *slash, *over;

	get(rk, "security.protocol", protocol, sizeof(protocol));
	over = strstr(protocol, "ssl") ? "over TLS" : "without TLS";
	if (!strncmp(protocol, "sasl_", 5)) {
		get(rk, "sasl.mechanisms", mechanism, sizeof(mechanism));
		get(rk,
			strcmp(mechanism, "GSSAPI") ? "sasl.username"
						    : "sasl.kerberos.principal",
			name, sizeof(name));
		(void)snprintf(out, LOGIN_AS_BYTES, "User:%s (%s %s)",
			*name ? name : "?", mechanism, over);
		return;
	}
	get(rk, "ssl.certificate.location", file, sizeof(file));
	slash = strrchr(file, '/');
	if (!strstr(protocol, "ssl"))
		(void)snprintf(
			out, LOGIN_AS_BYTES, "nobody (no login, no TLS)");
	else if (*file)
		(void)snprintf(out, LOGIN_AS_BYTES,
			"the certificate %.40s (mutual TLS)",
			slash ? slash + 1 : file);
	else
		(void)snprintf(out, LOGIN_AS_BYTES,
			"nobody (TLS without a client certificate)");
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
		certificate_cause(*number)->cause, *number);
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
login_can_scram(void)
{
	return rd_kafka_version() >= SCRAM_VERSION;
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
