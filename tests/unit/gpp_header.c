#include "bit_text.h"

#include "consent/signals/gpp/gpp.h"

static void
put_fibonacci(struct bit_text *b, uint32_t n)
{
	uint32_t numbers[25] = {1, 2};
	bool set[25] = {false};
	int top = 0;

	for (int i = 2; i < 25; i++)
		numbers[i] = numbers[i - 1] + numbers[i - 2];
	for (int i = 24; i >= 0; i--) {
		if (numbers[i] > n)
			continue;
		n -= numbers[i];
		set[i] = true;
		top = i > top ? i : top;
	}
	for (int i = 0; i <= top; i++)
		put_bits(b, set[i], 1);
	put_bits(b, 1, 1);
}

static void
put_header(struct bit_text *b, unsigned items)
{
	put_bits(b, 3, 6);
	put_bits(b, 1, 6);
	put_bits(b, items, 12);
}

START_TEST(reads_every_id_that_there_can_be)
{
	for (uint32_t id = 1; id <= 75024; id++) {
		struct bit_text b = {0};
		struct finding f;
		struct gpp g;

		put_header(&b, 1);
		put_bits(&b, 0, 1);
		put_fibonacci(&b, id);
		f = gpp_header(bit_slice(&b), &g);
		ck_assert_int_eq(
			f.code, id <= 65535 ? FOUND_OK : FOUND_BAD_RANGE);
		ck_assert(gpp_ids_have(&g.ids, id) == (id <= 65535));
	}
}
END_TEST

START_TEST(adds_ranges_up_and_stops_at_their_end)
{
	struct bit_text b = {0};
	struct gpp_span span = {0};
	struct finding f;
	struct gpp g;

	put_header(&b, 3);
	put_bits(&b, 1, 1);
	put_fibonacci(&b, 2);
	put_fibonacci(&b, 3); /* 2 to 5 */
	put_bits(&b, 0, 1);
	put_fibonacci(&b, 2); /* 7 */
	put_bits(&b, 1, 1);
	put_fibonacci(&b, 65528 - 7);
	put_fibonacci(&b, 7); /* to 65535 */
	f = gpp_header(bit_slice(&b), &g);
	ck_assert_int_eq(f.code, FOUND_OK);
	for (uint32_t id = 0; id < 65540; id++)
		ck_assert(gpp_ids_have(&g.ids, id) ==
			  ((id >= 2 && id <= 5) || id == 7 ||
				  (id >= 65528 && id <= 65535)));
	ck_assert(gpp_ids_next(&g.ids, &span));
	ck_assert(gpp_ids_next(&g.ids, &span));
	ck_assert(gpp_ids_next(&g.ids, &span));
	ck_assert(!gpp_ids_next(&g.ids, &span));
}
END_TEST

START_TEST(refuses_a_range_past_the_last_id)
{
	struct bit_text b = {0};
	struct gpp g;

	put_header(&b, 2);
	put_bits(&b, 1, 1);
	put_fibonacci(&b, 1);
	put_fibonacci(&b, 65534);
	put_bits(&b, 0, 1);
	put_fibonacci(&b, 1);
	ck_assert_int_eq(gpp_header(bit_slice(&b), &g).code, FOUND_BAD_RANGE);
	ck_assert(!gpp_ids_have(&g.ids, 1));
}
END_TEST

START_TEST(a_code_that_does_not_end_is_no_number)
{
	for (unsigned zeros = 0; zeros < 64; zeros++) {
		struct bit_text b = {0};
		struct gpp g;

		put_header(&b, 1);
		put_bits(&b, 0, 1);
		put_bits(&b, 1, 1);
		for (unsigned i = 0; i < zeros; i++)
			put_bits(&b, 0, 1);
		ck_assert_int_eq(gpp_header(bit_slice(&b), &g).code,
			b.bits <= 24 + 24 ? FOUND_TRUNCATED : FOUND_BAD_RANGE);
	}
}
END_TEST

START_TEST(names_the_sections_that_are_registered)
{
	ck_assert_str_eq(gpp_section_name(2), "tcfeuv2");
	ck_assert_str_eq(gpp_section_name(27), "usri");
	ck_assert_ptr_null(gpp_section_name(0));
	ck_assert_ptr_null(gpp_section_name(1));
	ck_assert_ptr_null(gpp_section_name(28));
	ck_assert_ptr_null(gpp_section_name(65535));
}
END_TEST

SUITE("gpp_header", TEST(reads_every_id_that_there_can_be),
	TEST(adds_ranges_up_and_stops_at_their_end),
	TEST(refuses_a_range_past_the_last_id),
	TEST(a_code_that_does_not_end_is_no_number),
	TEST(names_the_sections_that_are_registered))
