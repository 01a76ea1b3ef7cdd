#include "transform/rows.h"

/*
 * Which word of a user agent tells the family.  The row nearest to the top
 * decides: nearly everybody says Mozilla, Chrome and Safari too, so those who
 * say more come before those whose name they take.
 */
static const struct {
	const char *word;
	const char *family;
} families[] = {
	{"HeadlessChrome/", "bot"},
	{"Edg/", "Edge"},
	{"EdgA/", "Edge"},
	{"EdgiOS/", "Edge"},
	{"Edge/", "Edge"},
	{"OPR/", "Opera"},
	{"OPiOS/", "Opera"},
	{"OPT/", "Opera"},
	{"Opera/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	/* Browsers with no row of their own, under borrowed names. */
	{"YaBrowser/", "other"},
	{"UCBrowser/", "other"},
	{"Vivaldi/", "other"},
	{"MiuiBrowser/", "other"},
	{"DuckDuckGo/", "other"},
	{"Ddg/", "other"},
	{"GSA/", "other"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Chromium/", "Chrome"},
	{"MSIE ", "Internet Explorer"},
	{"Trident/", "Internet Explorer"},
	/* The browser of Android before Chrome. */
	{"Android", "other"},
	{"Safari/", "Safari"},
};

#define FAMILIES (sizeof(families) / sizeof(families[0]))

/* How words of machines end, in any case: Googlebot, AdsBot, AhrefsCrawler. */
static const char *const endings[] = {"bot", "crawler", "spider"};

/* How they begin. */
static const char *const machines[] = {"slurp", "facebookexternalhit",
	"lighthouse", "curl/", "wget/", "python-requests/", "python-urllib/",
	"go-http-client/", "java/", "axios/", "node-fetch", "phantomjs"};

static bool
is_letter(uint8_t c)
{
	c |= 0x20;
	return c >= 'a' && c <= 'z';
}

static size_t
letters(struct slice text)
{
	size_t n = 0;

	while (n < text.len && is_letter(text.ptr[n]))
		n++;
	return n;
}

/* `text` is not empty; most words are told apart by their first letter. */
static bool
starts_with_fold(struct slice text, const char *word)
{
	size_t len;

	if ((text.ptr[0] | 0x20) != word[0])
		return false;
	len = strlen(word);
	return text.len >= len &&
	       !strncasecmp((const char *)text.ptr, word, len);
}

static bool
ends_with_fold(struct slice word, const char *ending)
{
	size_t len = strlen(ending);

	return word.len >= len &&
	       starts_with_fold(
		       slice_make(word.ptr + word.len - len, len), ending);
}

/* Whether a machine's word of `n` letters stands here. */
static bool
is_machine(struct slice text, size_t n)
{
	struct slice word = slice_make(text.ptr, n);

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (starts_with_fold(text, machines[i]))
			return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends_with_fold(word, endings[i]))
			/* Cubot makes phones. */
			return !ends_with_fold(word, "cubot");
	return false;
}

/* The first row above `best` whose word stands here, or `best`. */
static size_t
find_row(struct slice text, size_t best)
{
	for (size_t i = 0; i < best; i++) {
		const char *word = families[i].word;
		size_t len;

		if (text.ptr[0] != (uint8_t)word[0])
			continue;
		len = strlen(word);
		if (text.len >= len && !memcmp(text.ptr, word, len))
			return i;
	}
	return best;
}

static const char *
family_of(struct slice text)
{
	size_t best = FAMILIES, n;

	for (; text.len; text = slice_make(text.ptr + n, text.len - n)) {
		n = letters(text);
		if (!n) {
			n = 1;
			continue;
		}
		if (is_machine(text, n))
			return "bot";
		best = find_row(text, best);
	}
	return best < FAMILIES ? families[best].family : "other";
}

bool
apply_family(const struct transform *t, const struct value *in,
	struct transform_scratch *s, struct value *out)
{
	(void)t;
	(void)s;
	if (in->kind != VALUE_STRING)
		return false;
	*out = (struct value){
		.kind = VALUE_STRING, .text = slice_of(family_of(in->text))};
	return true;
}
