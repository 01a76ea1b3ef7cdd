#include "suite.h"

#include "kafka/access/login.h"

#include <string.h>

/* The library's words of a connection that failed, and what people are told. */

#define OLD 0x020002ff
#define NEW 0x020800ff

static const struct {
	rd_kafka_resp_err_t code;
	int certificate;
	const char *mechanism;
	int version;
	const char *says;
	const char *cause; /* a part of it; NULL: none */
	bool refused;
} rows[] = {
	{RD_KAFKA_RESP_ERR__AUTHENTICATION, 0, "PLAIN", OLD,
		"sasl_ssl://b:9093/bootstrap: SASL authentication error: "
		"Authentication failed: Invalid username or password",
		"wrong name or password", true},
	{RD_KAFKA_RESP_ERR__AUTHENTICATION, 0, "SCRAM-SHA-256", OLD,
		"SASL authentication error: Authentication failed",
		"before 2.6.1 at Kafka 4.1", true},
	{RD_KAFKA_RESP_ERR__AUTHENTICATION, 0, "SCRAM-SHA-512", NEW,
		"SASL authentication error: Authentication failed",
		"wrong name or password", true},
	{RD_KAFKA_RESP_ERR__AUTHENTICATION, 0, "SCRAM-SHA-256", OLD,
		"SASL SCRAM-SHA-256 mechanism handshake failed: Broker: "
		"Unsupported SASL mechanism: broker's supported mechanisms: "
		"PLAIN",
		"does not offer this SASL mechanism", true},
	{RD_KAFKA_RESP_ERR__SSL, 10, "GSSAPI", OLD,
		"SSL handshake failed: error:0A000086:SSL routines::"
		"certificate verify failed: broker certificate could not be "
		"verified",
		"the broker's certificate has expired", true},
	{RD_KAFKA_RESP_ERR__SSL, 20, "GSSAPI", OLD, "certificate verify failed",
		"the authority is unknown", true},
	{RD_KAFKA_RESP_ERR__SSL, 19, "GSSAPI", OLD, "certificate verify failed",
		"the authority is unknown", true},
	{RD_KAFKA_RESP_ERR__SSL, 62, "GSSAPI", OLD, "certificate verify failed",
		"for another host name", true},
	{RD_KAFKA_RESP_ERR__SSL, 64, "GSSAPI", OLD, "certificate verify failed",
		"for another address", true},
	{RD_KAFKA_RESP_ERR__SSL, 9, "GSSAPI", OLD, "certificate verify failed",
		"not valid yet", true},
	{RD_KAFKA_RESP_ERR__SSL, 77, "GSSAPI", OLD, "certificate verify failed",
		"cannot be verified", true},
	{RD_KAFKA_RESP_ERR__SSL, 0, "GSSAPI", OLD,
		"SSL handshake failed: error:0A000415:SSL routines::sslv3 "
		"alert certificate expired",
		"the client's certificate has expired", true},
	{RD_KAFKA_RESP_ERR__TRANSPORT, 0, "GSSAPI", OLD,
		"Receive failed: error:0A000416:SSL routines::sslv3 alert "
		"certificate unknown",
		"does not accept the client's certificate", true},
	{RD_KAFKA_RESP_ERR__SSL, 0, "GSSAPI", OLD,
		"error:0A00045C:SSL routines::tlsv13 alert certificate "
		"required",
		"got none", true},
	{RD_KAFKA_RESP_ERR__SSL, 0, "GSSAPI", OLD,
		"error:0A000418:SSL routines::tlsv1 alert unknown ca",
		"does not know the authority", true},
	/* What was once wrong with a certificate is not what is wrong now. */
	{RD_KAFKA_RESP_ERR__SSL, 10, "GSSAPI", OLD,
		"SSL handshake failed: Disconnected", NULL, false},
	{RD_KAFKA_RESP_ERR__TRANSPORT, 0, "GSSAPI", OLD,
		"Connect to ipv4#127.0.0.1:1 failed: Connection refused",
		"nobody listens", false},
	{RD_KAFKA_RESP_ERR__RESOLVE, 0, "GSSAPI", OLD,
		"Failed to resolve 'kafka.invalid:9092'", "not known here",
		false},
	{RD_KAFKA_RESP_ERR__SSL, 0, "PLAIN", OLD,
		"error:0A000126:SSL routines::unexpected eof while reading "
		"(after 0ms in state SSL_HANDSHAKE)",
		"does not speak TLS", false},
	{RD_KAFKA_RESP_ERR__TRANSPORT, 0, "PLAIN", OLD,
		"Disconnected (after 3000ms in state UP)", NULL, false},
	{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, 0, "PLAIN", OLD,
		"1/1 brokers are down", NULL, false},
};

START_TEST(the_cause_is_told)
{
	const struct login_trouble t = {.code = rows[_i].code,
		.says = rows[_i].says,
		.certificate = rows[_i].certificate,
		.mechanism = rows[_i].mechanism,
		.version = rows[_i].version};
	const struct login_cause *cause = login_cause(&t);

	if (!rows[_i].cause) {
		ck_assert_msg(!cause, "%s", cause ? cause->cause : "");
		return;
	}
	ck_assert_ptr_nonnull(cause);
	ck_assert_msg(strstr(cause->cause, rows[_i].cause), "%s", cause->cause);
	ck_assert_int_eq(cause->refused, rows[_i].refused);
	ck_assert_int_gt((int)strlen(cause->remedy), 10);
}
END_TEST

/* Whoever cannot log in by SCRAM is told all the ways out. */
START_TEST(the_scram_pair_has_its_ways_out)
{
	static const char *const ways[] = {"PLAIN over TLS", "mutual TLS",
		"librdkafka 2.6.1", "Kafka 3.9"};
	const struct login_trouble t = {
		.code = RD_KAFKA_RESP_ERR__AUTHENTICATION,
		.says = "SASL authentication error",
		.mechanism = "SCRAM-SHA-256",
		.version = OLD};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		ck_assert_ptr_nonnull(strstr(login_cause(&t)->remedy, ways[i]));
}
END_TEST

/* As whom a client of these properties comes. */
static const struct {
	const char *props[4][2];
	const char *as;
} names[] = {
	{{{NULL, NULL}}, "nobody (no login, no TLS)"},
	{{{"security.protocol", "ssl"}},
		"nobody (TLS without a client certificate)"},
	{{{"security.protocol", "sasl_ssl"}, {"sasl.mechanisms", "PLAIN"},
		 {"sasl.username", "lethe"}},
		"User:lethe (PLAIN over TLS)"},
	{{{"security.protocol", "sasl_plaintext"},
		 {"sasl.mechanism", "SCRAM-SHA-512"},
		 {"sasl.username", "lethe"}},
		"User:lethe (SCRAM-SHA-512 without TLS)"},
};

START_TEST(the_principal_is_told)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[512], as[LOGIN_AS_BYTES];
	rd_kafka_t *rk;

	for (size_t i = 0; i < 4 && names[_i].props[i][0]; i++)
		ck_assert_int_eq(
			rd_kafka_conf_set(conf, names[_i].props[i][0],
				names[_i].props[i][1], text, sizeof(text)),
			RD_KAFKA_CONF_OK);
	if (strstr(names[_i].as, "User:"))
		ck_assert_int_eq(rd_kafka_conf_set(conf, "sasl.password",
					 "hunter2", text, sizeof(text)),
			RD_KAFKA_CONF_OK);
	rd_kafka_conf_set_log_cb(conf, NULL);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	ck_assert_msg(rk, "%s", text);
	login_as(rk, as);
	ck_assert_str_eq(as, names[_i].as);
	rd_kafka_destroy(rk);
}
END_TEST

SUITE("login", ROWS(the_cause_is_told, rows),
	TEST(the_scram_pair_has_its_ways_out),
	ROWS(the_principal_is_told, names))
