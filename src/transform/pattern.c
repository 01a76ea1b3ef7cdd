#define PCRE2_CODE_UNIT_WIDTH 8

#include "transform/pattern.h"

#include <pcre2.h>
#include <stdatomic.h>

/*
 * A match that needs more is no match.  Nearly all need less than the first
 * limit; one that does not begins again under the second, and one field of an
 * event has so many of those: values by the hundred, each as dear as one may
 * be, would hold a worker up together.  The limit of the heap binds the
 * interpreter, which stands in where there is no JIT; the JIT has its stack.
 * A step of the interpreter takes some thirty times the memory: with less than
 * this it would give up on values that the JIT matches.
 */
#define EASY_LIMIT 2000
#define MATCH_LIMIT 100000
#define HARD_MAX 64
#define DEPTH_LIMIT MATCH_LIMIT
#define HEAP_LIMIT_KIB 8192
#define STACK_BYTES 32768
#define STACK_BYTES_MAX 262144

#define COMPILE_OPTIONS \
	(PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | \
		PCRE2_NEVER_BACKSLASH_C)

static atomic_bool refused;

struct pattern {
	pcre2_code *code;
	bool jit;
};

struct pattern_scratch {
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	unsigned hard; /* matches that may still go beyond EASY_LIMIT */
};

static int
refuse_callout(pcre2_callout_enumerate_block *block, void *ctx)
{
	*(size_t *)ctx = block->pattern_position;
	return 1;
}

static enum lethe_status
compile(struct slice text, pcre2_code **out, bool *jit, struct lethe_error *err)
{
	PCRE2_UCHAR message[LETHE_WHAT_BYTES];
	PCRE2_SIZE at = 0;
	size_t size = 0;
	int code = 0;

	*out = pcre2_compile(text.len ? text.ptr : (PCRE2_SPTR) "", text.len,
		COMPILE_OPTIONS, &code, &at, NULL);
	if (!*out) {
		pcre2_get_error_message(code, message, sizeof(message));
		return fail(err, LETHE_EPOLICY, at, "%s", (char *)message);
	}
	if (pcre2_callout_enumerate(*out, refuse_callout, &at) != 0) {
		pcre2_code_free(*out);
		*out = NULL;
		return fail(err, LETHE_EPOLICY, at, "callouts are not allowed");
	}
	/* Without JIT, or where memory may not be made executable, it is
	 * interpreted: slower, and the same. */
	if (pcre2_jit_compile(*out, PCRE2_JIT_COMPLETE) == PCRE2_ERROR_NOMEMORY)
		atomic_store_explicit(&refused, true, memory_order_relaxed);
	/* (*NO_JIT) compiles to nothing, without an error. */
	(void)pcre2_pattern_info(*out, PCRE2_INFO_JITSIZE, &size);
	*jit = size;
	return LETHE_OK;
}

enum lethe_status
pattern_new(struct slice text, struct pattern **out, struct lethe_error *err)
{
	enum lethe_status status;
	struct pattern *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	status = compile(text, &p->code, &p->jit, err);
	if (status) {
		pattern_free(p);
		return status;
	}
	*out = p;
	return LETHE_OK;
}

void
pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_code_free(p->code);
	free(p);
}

void
pattern_scratch_begin(struct pattern_scratch *s)
{
	s->hard = HARD_MAX;
}

enum lethe_status
pattern_scratch_new(struct pattern_scratch **out, struct lethe_error *err)
{
	struct pattern_scratch *s = calloc(1, sizeof(*s));
	uint32_t jit = 0;

	*out = NULL;
	if (!s)
		goto out;
	s->match = pcre2_match_data_create(1, NULL);
	s->context = pcre2_match_context_create(NULL);
	pcre2_config(PCRE2_CONFIG_JIT, &jit);
	if (jit)
		s->stack = pcre2_jit_stack_create(
			STACK_BYTES, STACK_BYTES_MAX, NULL);
	if (!s->match || !s->context || (jit && !s->stack))
		goto out;
	pcre2_set_match_limit(s->context, EASY_LIMIT);
	pcre2_set_depth_limit(s->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
	if (s->stack)
		pcre2_jit_stack_assign(s->context, NULL, s->stack);
	pattern_scratch_begin(s);
	*out = s;
	return LETHE_OK;
out:
	pattern_scratch_free(s);
	return fail(err, LETHE_ENOMEM, 0, "out of memory");
}

void
pattern_scratch_free(struct pattern_scratch *s)
{
	if (!s)
		return;
	pcre2_jit_stack_free(s->stack);
	pcre2_match_context_free(s->context);
	pcre2_match_data_free(s->match);
	free(s);
}

static int
match(const struct pattern *p, struct slice text, struct pattern_scratch *s)
{
	PCRE2_SPTR at = text.len ? text.ptr : (PCRE2_SPTR) "";

	if (p->jit && s->stack)
		return pcre2_jit_match(p->code, at, text.len, 0,
			PCRE2_NO_UTF_CHECK, s->match, s->context);
	return pcre2_match(p->code, at, text.len, 0, PCRE2_NO_UTF_CHECK,
		s->match, s->context);
}

bool
pattern_match(
	const struct pattern *p, struct slice text, struct pattern_scratch *s)
{
	int n = match(p, text, s);

	if (n == PCRE2_ERROR_MATCHLIMIT && s->hard) {
		s->hard--;
		pcre2_set_match_limit(s->context, MATCH_LIMIT);
		n = match(p, text, s);
		pcre2_set_match_limit(s->context, EASY_LIMIT);
	}
	/* (*ACCEPT) may end a match early. */
	return n >= 0 && pcre2_get_ovector_pointer(s->match)[1] == text.len;
}

bool
pattern_interpreted(void)
{
	return atomic_load_explicit(&refused, memory_order_relaxed);
}

const char *
pattern_library(void)
{
	static char text[64] = "PCRE2 ";

	(void)pcre2_config(PCRE2_CONFIG_VERSION, text + strlen("PCRE2 "));
	return text;
}
