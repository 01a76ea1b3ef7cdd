#include "text/time.h"

#include <stdio.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

#define FIRST_MS INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define LAST_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

int64_t
grain_ms(enum time_grain grain)
{
	switch (grain) {
	case GRAIN_SECOND: return SECOND_MS;
	case GRAIN_MINUTE: return MINUTE_MS;
	case GRAIN_HOUR: return HOUR_MS;
	case GRAIN_DAY: return DAY_MS;
	case GRAIN_MS: break;
	}
	return 1;
}

int64_t
time_step(int64_t at, int64_t span)
{
	return span <= 1 ? at : at / span - (at % span < 0);
}

int64_t
time_floor(int64_t ms, enum time_grain grain)
{
	int64_t span = grain_ms(grain);
	int64_t rest = ms % span;

	/* The first border of int64_t itself has none before it. */
	if (rest < 0 && ms < INT64_MIN + span)
		return ms - rest;
	return rest < 0 ? ms - rest - span : ms - rest;
}

static bool
in_range(int64_t ms)
{
	return ms >= FIRST_MS && ms <= LAST_MS;
}

/*
 * Days since 1970-01-01 of a day of the Gregorian calendar, with years that
 * begin in March so that the leap day is the last.
 */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = time_step(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
			     year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static void
date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = time_step(z, 146097);
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			day_of_era / 146096) /
		365;
	int64_t day_of_year =
		day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
	*month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
	*year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int64_t
days_in_month(int64_t year, int64_t month)
{
	static const uint8_t days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Exactly `count` digits, taken off the text. */
static bool
take_digits(struct slice *text, size_t count, int64_t *out)
{
	*out = 0;
	if (text->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint8_t digit = (uint8_t)(text->ptr[i] - '0');

		if (digit > 9)
			return false;
		*out = *out * 10 + digit;
	}
	text->ptr += count;
	text->len -= count;
	return true;
}

/* One byte out of `set`, taken off the text; 0 when it is another. */
static inline char
take_any(struct slice *text, const char *set)
{
	char c = text->len ? (char)text->ptr[0] : '\0';

	while (*set && *set != c)
		set++;
	if (!*set)
		return '\0';
	text->ptr++;
	text->len--;
	return c;
}

/* `2026-05-04` as milliseconds. */
static bool
take_date(struct slice *text, int64_t *ms)
{
	int64_t year, month, day;

	if (!take_digits(text, 4, &year) || !take_any(text, "-") ||
		!take_digits(text, 2, &month) || !take_any(text, "-") ||
		!take_digits(text, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 ||
		day > days_in_month(year, month))
		return false;
	*ms = days_of(year, month, day) * DAY_MS;
	return true;
}

/* `.249` as 249; what is finer is cut, what is missing is 0. */
static bool
take_fraction(struct slice *text, int64_t *ms)
{
	int64_t digit, weight = 100;

	*ms = 0;
	if (!take_any(text, "."))
		return true;
	if (!take_digits(text, 1, &digit))
		return false;
	do {
		*ms += digit * weight;
		weight /= 10;
	} while (take_digits(text, 1, &digit));
	return true;
}

/* `10:15:07.249`; a second 60 is let through for the caller to judge. */
static bool
take_clock(struct slice *text, int64_t *ms, bool *leap)
{
	int64_t hour, minute, second, fraction;

	if (!take_digits(text, 2, &hour) || !take_any(text, ":") ||
		!take_digits(text, 2, &minute) || !take_any(text, ":") ||
		!take_digits(text, 2, &second) ||
		!take_fraction(text, &fraction))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*leap = second == 60;
	*ms = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS +
	      fraction;
	return true;
}

/* `Z` or `+02:00`, as what is to be taken off the local time. */
static bool
take_offset(struct slice *text, int64_t *ms)
{
	int64_t hour, minute;
	char sign;

	*ms = 0;
	if (take_any(text, "Zz"))
		return true;
	sign = take_any(text, "+-");
	if (!sign || !take_digits(text, 2, &hour) || !take_any(text, ":") ||
		!take_digits(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ms = hour * HOUR_MS + minute * MINUTE_MS;
	if (sign == '-')
		*ms = -*ms;
	return true;
}

bool
time_parse_rfc3339(struct slice text, int64_t *ms)
{
	int64_t date, clock, offset, at;
	bool leap;

	*ms = 0;
	if (!take_date(&text, &date) || !take_any(&text, "Tt ") ||
		!take_clock(&text, &clock, &leap) ||
		!take_offset(&text, &offset) || text.len)
		return false;
	at = date + clock - offset;
	/* Leap seconds end a day of UTC. */
	if (leap && time_floor(at, GRAIN_SECOND) != time_floor(at, GRAIN_DAY))
		return false;
	if (!in_range(at))
		return false;
	*ms = at;
	return true;
}

bool
time_from_unix(int64_t value, enum time_form form, int64_t *ms)
{
	int64_t at = value;

	*ms = 0;
	if (form == TIME_RFC3339)
		return false;
	if (form == TIME_UNIX_S &&
		__builtin_mul_overflow(value, SECOND_MS, &at))
		return false;
	if (form == TIME_UNIX_US)
		at = time_step(value, 1000);
	if (!in_range(at))
		return false;
	*ms = at;
	return true;
}

/* Digits up to the end of the text. */
static bool
parse_digits(struct slice text, int64_t *out)
{
	*out = 0;
	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t digit = (uint8_t)(text.ptr[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(*out, 10, out) ||
			__builtin_add_overflow(*out, digit, out))
			return false;
	}
	return true;
}

bool
time_parse_unix(struct slice text, enum time_form form, int64_t *ms)
{
	bool negative = take_any(&text, "-") != '\0';
	int64_t value;

	*ms = 0;
	if (!parse_digits(text, &value))
		return false;
	return time_from_unix(negative ? -value : value, form, ms);
}

/* Two digits of a value that has no more. */
static void
put_two(char *out, unsigned value)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
}

size_t
time_format(int64_t ms, enum time_grain grain, char out[static TIME_TEXT_BYTES])
{
	unsigned rest, second;
	int year, month, day;
	int64_t days;

	out[0] = '\0';
	if (!in_range(ms))
		return 0;
	ms = time_floor(ms, grain);
	days = time_step(ms, DAY_MS);
	rest = (unsigned)(ms - days * DAY_MS);
	second = rest / 1000;
	date_of(days, &year, &month, &day);
	memcpy(out, "YYYY-MM-DDThh:mm:ss.mmmZ", TIME_TEXT_BYTES);
	put_two(out, (unsigned)year / 100);
	put_two(out + 2, (unsigned)year % 100);
	put_two(out + 5, (unsigned)month);
	put_two(out + 8, (unsigned)day);
	put_two(out + 11, second / 3600);
	put_two(out + 14, second / 60 % 60);
	put_two(out + 17, second % 60);
	if (grain != GRAIN_MS) {
		out[19] = 'Z';
		out[20] = '\0';
		return 20;
	}
	put_two(out + 20, rest % 1000 / 10);
	out[22] = (char)('0' + rest % 10);
	return TIME_TEXT_BYTES - 1;
}

static const struct {
	const char *unit;
	int64_t ms;
} units[] = {{"ms", 1}, {"s", SECOND_MS}, {"m", MINUTE_MS}, {"h", HOUR_MS},
	{"d", DAY_MS}};

#define UNITS (sizeof(units) / sizeof(units[0]))

bool
duration_parse(struct slice text, int64_t *ms)
{
	size_t digits = 0;
	int64_t value;

	*ms = 0;
	while (digits < text.len && (uint8_t)(text.ptr[digits] - '0') <= 9)
		digits++;
	if (!parse_digits(slice_make(text.ptr, digits), &value))
		return false;
	text.ptr += digits;
	text.len -= digits;
	for (size_t i = 0; i < UNITS; i++)
		if (slice_is(text, units[i].unit)) {
			if (!__builtin_mul_overflow(value, units[i].ms, ms))
				return true;
			*ms = 0;
			return false;
		}
	return false;
}

void
duration_format(int64_t ms, char out[static DURATION_TEXT_BYTES])
{
	size_t i = ms ? UNITS - 1 : 0;

	while (ms % units[i].ms)
		i--;
	(void)snprintf(out, DURATION_TEXT_BYTES, "%lld%s",
		(long long)(ms / units[i].ms), units[i].unit);
}
