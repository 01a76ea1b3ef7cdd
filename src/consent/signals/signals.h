#ifndef CONSENT_SIGNALS_H
#define CONSENT_SIGNALS_H

/*
 * The decoders of consent signals: one table of formats; a format is a row of
 * it and a file.  The file says what a source of the format takes, what may be
 * asked of it, and has its two functions: one hears the signal, once an event;
 * one judges what was heard by what a purpose asks.  Both are pure and
 * bounded and allocate nothing, but for parameters of a URL that are encoded,
 * in the event's arena.  docs/policy.md has the table for people.
 */

#include "consent/decide.h"
#include "consent/signals/google/consent_mode.h"
#include "consent/signals/gpp/gpp.h"
#include "consent/signals/onetrust.h"
#include "consent/signals/presets.h"
#include "consent/signals/tcf/tcf.h"
#include "event/reader.h"

/* X(CODE, name, supported, English) */
#define SIGNAL_MAP(X) \
	X(SEGMENT, segment, 1, "Segment's categoryPreferences") \
	X(GPC, gpc, 1, "Global Privacy Control") \
	X(FLAG, flag, 1, "a plain value, compared with a list") \
	X(LEDGER, ledger, 1, "the consent ledger, a compacted topic") \
	X(TCF, tcf, 1, "IAB TCF v2 strings") \
	X(GPP, gpp, 1, "IAB GPP strings") \
	X(GCS, gcs, 1, "Google Consent Mode, gcs") \
	X(GCD, gcd, 1, "Google Consent Mode, gcd") \
	X(ONETRUST, onetrust, 1, "OneTrust groups") \
	X(RUDDERSTACK, rudderstack, 1, "RudderStack consentManagement") \
	X(SNOWPLOW, snowplow, 1, "Snowplow's consent_preferences") \
	X(SNOWPLOW_GDPR, snowplow_gdpr, 1, "Snowplow's gdpr entity") \
	X(SNOWPLOW_WITHDRAWN, snowplow_withdrawn, 1, \
		"Snowplow's consent_withdrawn")

enum signal_format {
#define X(code, name, supported, text) SIGNAL_##code,
	SIGNAL_MAP(X)
#undef X
		SIGNAL_COUNT
};

/* Where a source of the format may stand. */
enum signal_at {
	SIGNAL_AT_VALUE,  /* one value */
	SIGNAL_AT_EACH,	  /* one value, or the elements of an array by [*] */
	SIGNAL_AT_OBJECT, /* an object of the event, of which members are read
			   */
	SIGNAL_AT_TOPIC,  /* not in the event: it has no `path` */
};

/* Keys of a source besides `format` and `path`: bits. */
enum signal_key {
	SIGNAL_KEY_YES = 1 << 0,
	SIGNAL_KEY_EFFECT = 1 << 1,
	SIGNAL_KEY_PRESET = 1 << 2,
	SIGNAL_KEY_WHEN = 1 << 3, /* a place beside `path`, the first member */
	SIGNAL_KEY_SID = 1 << 4,  /* the same, and it may have [*] */
	SIGNAL_KEY_ACT_AS = 1 << 5,
	SIGNAL_KEY_MAX_AGE = 1 << 6,
	SIGNAL_KEY_MIN_POLICY = 1 << 7,
	SIGNAL_KEY_URL = 1 << 8,      /* in place of `path` */
	SIGNAL_KEY_REMEMBER = 1 << 9, /* what it objects to can be kept */
};

/* What a purpose may ask of a source of the format. */
enum signal_asks {
	SIGNAL_ASKS_YES,      /* `yes` and nothing else */
	SIGNAL_ASKS_TEXTS,    /* a text or a list: categories, ids, scopes */
	SIGNAL_ASKS_NAMES,    /* one or a list of the format's `names` */
	SIGNAL_ASKS_PURPOSES, /* a purpose of TCF by its number, or a list */
};

/* A member below a source's path that its format reads. */
struct signal_member {
	const char *key;
	bool each; /* the elements of the array that stands there */
};

#define SIGNAL_MEMBERS_MAX 4

/* What the policy says of one source. */
struct signal_rule {
	const struct value *yes; /* SIGNAL_KEY_YES: scalars, type included */
	size_t yes_count;
	const struct preset *preset; /* SIGNAL_KEY_PRESET; then no `yes` */
	bool objection;	     /* by nature, by its effect or its preset */
	bool each;	     /* the path has [*] */
	unsigned vendor;     /* SIGNAL_KEY_ACT_AS; 0: the publisher */
	int64_t max_age_ms;  /* SIGNAL_KEY_MAX_AGE: a grant ends so long after
				it was given; of the ledger one without an end,
				and 0: never */
	unsigned min_policy; /* SIGNAL_KEY_MIN_POLICY: TcfPolicyVersion */
	bool url; /* SIGNAL_KEY_URL: what stands there is a URL, whose
		     parameters are read */
};

/* What stands at one place of an event. */
struct seen {
	struct value value; /* of a path with [*]: what stands before it */
	const struct capture *first; /* with [*]: the first element, or NULL */
	const struct reading *reading; /* whose captures they are */
};

/* What a source is heard by, once an event. */
struct hearing {
	const struct signal_rule *rule;
	const struct seen *seen; /* at the path, then at the members */
	int64_t now_ms;		 /* processing time */
	struct arena *arena;	 /* of the event: texts out of a URL */
};

/* What one purpose asks of one source. */
struct signal_ask {
	size_t count;
	const struct slice *texts; /* as they are written */
	const size_t *numbers;	   /* SIGNAL_ASKS_NAMES: places in `names` */
	uint64_t purposes;	   /* SIGNAL_ASKS_PURPOSES: TCF_BIT(n) */
	bool interest; /* the purpose rests on legitimate interests */
};

/* RudderStack's consentManagement, its lists as they were read. */
struct rudderstack {
	bool any; /* resolutionStrategy: or */
	const struct capture *allowed, *denied;
	const struct reading *reading;
};

/* Snowplow's consent_preferences that allow something. */
struct snowplow {
	bool consent; /* the basis they name is consent */
	const struct capture *scopes;
	const struct reading *reading;
};

/* A TCF string that is usable. */
struct heard_tcf {
	const struct signal_rule *rule;
	struct tcf string;
};

/* A GPP string that is usable, and the sections that apply. */
struct heard_gpp {
	const struct signal_rule *rule;
	struct gpp_sid sid;
	struct gpp string;
};

/* What a source was heard to say in one event; no longer than the event. */
struct heard {
	/* False: `answer` is what it says, whoever asks.  True: the format's
	   judge() answers by what is asked. */
	bool by_ask;
	struct answer answer;
	union {
		struct consent_mode mode; /* gcs, gcd */
		struct onetrust onetrust;
		struct rudderstack rudderstack;
		struct snowplow snowplow;
		size_t basis;	/* snowplow_gdpr */
		bool opted_out; /* gpp */
	};
	/* Half a kilobyte: not cleared before, hear() sets it whole. */
	union {
		struct heard_tcf tcf;
		struct heard_gpp gpp;
	};
};

static inline void
heard_clear(struct heard *h)
{
	memset(h, 0, offsetof(struct heard, tcf));
}

struct signal {
	enum signal_at at;
	bool objects;	   /* an objection by nature: nobody asks it */
	bool plain;	   /* a value like others: a field may keep it */
	bool never_grants; /* it can refuse, and that is all */
	unsigned keys;
	enum signal_asks asks;
	const char *const *names;	     /* SIGNAL_ASKS_NAMES: NULL-ended */
	const struct signal_member *members; /* SIGNAL_MEMBERS_MAX at most */
	size_t member_count;
	bool below; /* the texts asked may be members of what stands there */

	/* *out is cleared by heard_clear before, which is silence. */
	void (*hear)(const struct hearing *in, struct heard *out);

	/*
	 * Only of what has by_ask set; NULL where nothing ever has.
	 *
	 *   asked   `below`: what stands under each text, in order
	 */
	struct answer (*judge)(const struct heard *h,
		const struct signal_ask *ask, const struct seen *asked);

	/*
	 * Whether the person opted out, whoever asks, and whether what stands
	 * beside it can be used.  NULL: it has no such word; an objection
	 * source has its answer for that.
	 */
	bool (*opted_out)(const struct heard *h);
};

const char *signal_name(enum signal_format f);
const struct signal *signal_of(enum signal_format f); /* NULL: not supported */
enum signal_format signal_find(struct slice name);    /* SIGNAL_COUNT: none */

/*
 * Segment: absent or null map silent; not an object: wrong type; a category
 * that is missing denies, one that is no boolean is of the wrong type;
 * several categories: all must be true.  Source: Segment consent docs.
 */
extern const struct signal signal_segment;

/*
 * GPC: 1, "1", true object (ANSWER_DENY); 0, "0", false, null, absent are
 * silent; anything else is an error.  Never a grant.
 * Source: W3C Global Privacy Control.
 */
extern const struct signal signal_gpc;

/*
 * Flag: a scalar in the list is yes (grant, or an objection), another scalar
 * is no (deny; of an objection: silent), absent or null silent, an object or
 * array an error.  Over [*]: any element that matches is yes, a present array
 * without one is no, a non-array an error.  An objection whose array holds an
 * element that is no scalar, and none that matches, is an error: there a no
 * would let the event pass.
 *
 * With a preset the path is of an object, its member the flag, and every value
 * that is none of the preset's an error.
 */
extern const struct signal signal_flag;

/*
 * gcs: a flag that is denied denies; one that is not set is silent, or leaves
 * the others unsaid; granted grants.  Source: Google, Consent Mode.
 */
extern const struct signal signal_gcs;

/* gcd: the same but that granted is silent, for want of a source. */
extern const struct signal signal_gcd;

/*
 * OneTrust: a group that is on grants, one that is off or missing denies;
 * groups named twice are malformed; no groups at all are silent.  Of the SDK's
 * status 1 grants, 0 and a missing one deny, -1 is silent, another integer
 * malformed, anything else of the wrong type.  With effect: objection only the
 * cookie's isGpcEnabled counts: 1 objects; no cookie is an error.
 * Source: OneTrust's cookie and SDK docs.
 */
extern const struct signal signal_onetrust;

/*
 * RudderStack: an id in allowedConsentIds and not in deniedConsentIds grants;
 * `and` (also without a strategy): every id asked must; `or`: one must; else
 * deny.  An id in both denies.  A list that is none, an element that is no
 * string, another strategy: an error.  Source: RudderStack's docs; its server
 * lets pass where this denies.
 */
extern const struct signal signal_rudderstack;

/*
 * Snowplow, consent_preferences: allow_all and allow_selected grant the scopes
 * that consentScopes names, on the basis consent; other scopes they deny, and
 * on another basis they are silent.  deny_all, withdrawn and expired deny;
 * pending and implicit_consent are silent.  Another word, or one of the three
 * members missing: malformed.  Source: Snowplow's schema of version 1-0-0.
 */
extern const struct signal signal_snowplow;

/*
 * Snowplow, gdpr: the basis on which the tracker sends is among those asked:
 * silent; else deny.  Never a grant.
 */
extern const struct signal signal_snowplow_gdpr;

/* Snowplow, consent_withdrawn: where it stands it denies. */
extern const struct signal signal_snowplow_withdrawn;

/*
 * tcf: as tcf_hear and tcf_answer; by consent, of a purpose on legitimate
 * interests by that.  `when` (gdprApplies) that is false: silent; `when` that
 * is neither: an error.  Older than `min_policy`: an error.  Of a URL the
 * parameters `gdpr` and `gdpr_consent` are read; without the second silent; no
 * URL, one of them twice or wrongly encoded: malformed.
 * Source: IAB TCF v2.
 */
extern const struct signal signal_tcf;

/* The parameters of a URL that say consent, by their names in queries. */
#define SIGNAL_URL_SCOPE "gdpr"
#define SIGNAL_URL_STRING "gdpr_consent"

/*
 * gpp: as gpp_hear and gpp_answer; every opt-out denies whatever is asked.
 * Source: IAB GPP.
 */
extern const struct signal signal_gpp;

/*
 * The consent ledger: it stands in no event, so what hears events hears an
 * error (ledger_stale).  The engine asks its rows instead.
 */
extern const struct signal signal_ledger;

/* For the formats' own files. */

/* What a purpose wants of a TCF string, under a source's rule. */
struct tcf_ask
signal_tcf_ask(const struct signal_rule *rule, const struct signal_ask *ask);

/* NONE and which of the six bases of Snowplow's schemas, or why it is none. */
#define SNOWPLOW_CONSENT 0
enum lethe_reason snowplow_basis(const struct value *v, size_t *basis);

/* NONE, or why what stands there is no array of texts; absent is an empty one.
 */
enum lethe_reason signal_check_texts(const struct seen *list);

/* Whether a text is among the elements of an array. */
bool signal_has(const struct capture *first, const struct reading *r,
	struct slice text);

/* Both must say yes: error, deny, silent, grant; what stands first wins. */
struct answer signal_and(struct answer a, struct answer b);

/*
 * The text that stands there; false: `out` says what there is instead of one,
 * silence or the wrong type.
 */
LETHE_CHECKED bool
signal_text(const struct seen *seen, struct slice *text, struct heard *out);

static inline struct answer
signal_says(enum answer_kind kind)
{
	return (struct answer){.kind = kind};
}

static inline struct answer
signal_fails(enum lethe_reason reason)
{
	return (struct answer){.kind = ANSWER_ERROR, .reason = reason};
}

/* Neither an array nor an object nor what has no form at all. */
static inline bool
signal_is_scalar(const struct value *v)
{
	return v->kind != VALUE_ARRAY && v->kind != VALUE_OBJECT &&
	       v->kind != VALUE_OTHER;
}

/* Whether a value says nothing at all. */
static inline bool
signal_is_silent(const struct value *v)
{
	return v->kind == VALUE_ABSENT || v->kind == VALUE_NULL;
}

#endif
