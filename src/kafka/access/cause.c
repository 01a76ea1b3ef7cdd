#include "kafka/access/login.h"

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
			"verify: there is none, or the client's certificate "
			"is of an authority that it does not know",
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

const struct login_cause *
login_certificate(int number)
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
		return login_certificate(t->certificate);
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

bool
login_can_scram(void)
{
	return rd_kafka_version() >= SCRAM_VERSION;
}
