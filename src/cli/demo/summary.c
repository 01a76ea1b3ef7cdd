#include "cli/demo/summary.h"

#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>

static void
print_first_records(const struct summary *s)
{
	struct buf text;

	buf_init(&text, 0);
	for (size_t i = 0; i < s->plant->policy->purpose_count; i++) {
		buf_printf(&text, "\n%s: %" PRIu64 " records, the first:\n  ",
			s->plant->outputs[i], check_count(s->check, i));
		check_first(s->check, i, &text);
		buf_put_byte(&text, '\n');
	}
	fwrite(text.ptr, 1, text.len, stdout);
	buf_fini(&text);
}

static void
print_event(const struct summary *s)
{
	struct view_facts f = {.policy = s->plant->policy, .event = s->event};
	struct buf text;

	if (!s->event)
		return;
	buf_init(&text, 0);
	buf_put_text(&text, "\nOne of them, beside what each purpose got:\n\n");
	view_event(&f, false, 110, 24, &text);
	fwrite(text.ptr, 1, text.len, stdout);
	buf_fini(&text);
}

int
summary_print(const struct summary *s)
{
	uint64_t canaries = check_canaries(s->check);
	struct buf text;

	print_event(s);
	print_first_records(s);
	buf_init(&text, 0);
	view_reasons(s->stats, "\n  ", &text);
	printf("\n%" PRIu64 " events taken, %" PRIu64 " records and %" PRIu64
	       " quarantined events written.\n"
	       "Not sent, by reason:%.*s\n",
		s->stats->values[STAT_EVENTS], s->stats->values[STAT_RECORDS],
		s->stats->values[STAT_QUARANTINED], (int)text.len,
		(const char *)text.ptr);
	buf_fini(&text);
	if (s->read != s->written)
		printf("check: %" PRIu64 " messages written, %" PRIu64
		       " read\n",
			s->written, s->read);
	if (canaries)
		printf("check: a canary in %" PRIu64 " of %" PRIu64
		       " messages\n",
			canaries, s->read);
	else
		printf("check: no canary in any of %" PRIu64
		       " messages written\n",
			s->read);
	return canaries || s->read != s->written ? EXIT_NO : EXIT_YES;
}
