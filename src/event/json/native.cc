#include "event/json/native.h"

#include <charconv>
#include <cmath>
#include <new>
#include <simdjson.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define SIMDJSON_VERSION_TEXT TEXT(SIMDJSON_VERSION)

struct json_index {
	simdjson::dom::parser parser;
};

struct json_index *
json_index_new(void)
{
	return new (std::nothrow) json_index;
}

void
json_index_free(struct json_index *x)
{
	delete x;
}

static enum json_index_result
result_of(simdjson::error_code code)
{
	switch (code) {
	case simdjson::SUCCESS: return JSON_INDEX_OK;
	case simdjson::EMPTY: return JSON_INDEX_EMPTY;
	case simdjson::UTF8_ERROR: return JSON_INDEX_UTF8;
	case simdjson::UNCLOSED_STRING: return JSON_INDEX_STRING;
	case simdjson::UNESCAPED_CHARS: return JSON_INDEX_CONTROL;
	case simdjson::MEMALLOC: return JSON_INDEX_MEMORY;
	default: return JSON_INDEX_SYNTAX;
	}
}

/* Doubles, so that a stream of growing events soon allocates no more. */
static simdjson::error_code
index_reserve(struct json_index *x, size_t len)
{
	size_t capacity = 4096;

	if (x->parser.implementation && x->parser.capacity() >= len)
		return simdjson::SUCCESS;
	if (len > simdjson::SIMDJSON_MAXSIZE_BYTES / 2)
		return simdjson::CAPACITY;
	while (capacity < len)
		capacity *= 2;
	/* The depth sizes tables of stage 2, which is never run. */
	return x->parser.allocate(capacity, 1);
}

enum json_index_result
json_index_run(struct json_index *x, const uint8_t *text, size_t len,
	const uint32_t **at, size_t *count)
{
	simdjson::error_code code;

	*at = nullptr;
	*count = 0;
	if (!len)
		return JSON_INDEX_EMPTY;
	code = index_reserve(x, len);
	if (code)
		return result_of(code);
	auto &stages = *x->parser.implementation;
	code = stages.stage1(text, len, simdjson::stage1_mode::regular);
	if (code)
		return result_of(code);
	*at = stages.structural_indexes.get();
	*count = stages.n_structural_indexes;
	return JSON_INDEX_OK;
}

size_t
native_number_digits(
	double value, char digits[NUMBER_DIGITS_MAX], int *exponent)
{
	/* d.dddddddddddddddde-308 */
	char text[32];
	size_t count = 0;
	const char *p = text;

	auto end = std::to_chars(text, text + sizeof(text), std::fabs(value),
		std::chars_format::scientific);
	for (; p < end.ptr && *p != 'e'; p++)
		if (*p != '.' && count < NUMBER_DIGITS_MAX)
			digits[count++] = *p;
	*exponent = 0;
	if (p < end.ptr)
		p++;
	if (p < end.ptr && *p == '+')
		p++;
	std::from_chars(p, end.ptr, *exponent);
	return count;
}

/* Whether a number out of a double's range is so for being too small. */
static bool
is_tiny(const char *text, size_t len)
{
	const char *end = text + len, *p = text;
	long point = 0, exponent = 0;
	bool fraction = false, started = false;

	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.')
			fraction = true;
		else if (*p >= '1' && *p <= '9')
			started = true;
		if (*p >= '0' && *p <= '9') {
			if (started && !fraction)
				point++;
			else if (!started && fraction)
				point--;
		}
	}
	if (p < end)
		p++;
	if (p < end && *p == '+')
		p++;
	if (std::from_chars(p, end, exponent).ec != std::errc())
		return p < end && *p == '-';
	return exponent < -point;
}

bool
native_number_parse(const char *text, size_t len, double *out)
{
	double value = 0;
	auto end = std::from_chars(text, text + len, value);

	*out = 0;
	if (end.ec == std::errc::result_out_of_range) {
		if (!is_tiny(text, len))
			return false;
		value = *text == '-' ? -0.0 : 0.0;
	}
	if (!std::isfinite(value))
		return false;
	*out = value;
	return true;
}

bool
native_utf8_valid(const uint8_t *text, size_t len)
{
	return simdjson::validate_utf8((const char *)text, len);
}

const char *
native_library(void)
{
	return "simdjson " SIMDJSON_VERSION_TEXT;
}
