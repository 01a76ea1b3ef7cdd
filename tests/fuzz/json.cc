/*
 * The JSON reader against simdjson's DOM: they accept the same texts, and what
 * the reader tells of an event is what the DOM holds, leaf by leaf.  They may
 * differ in numbers beyond 64 bits or a double (the DOM refuses the whole
 * text), doubled keys and limits.
 */

extern "C" {
#include "event/reader.h"
}

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <simdjson.h>
#include <string>
#include <vector>

namespace
{

struct leaf {
	std::string path;
	std::string value;
};

struct heard {
	std::vector<leaf> leaves;
	bool beyond = false; /* a number that the DOM has no type for */
};

[[noreturn]] void
differ(const char *what)
{
	fprintf(stderr, "the reader and the DOM differ: %s\n", what);
	abort();
}

std::string
bits_of(const char *kind, uint64_t bits)
{
	return kind + std::to_string(bits);
}

std::string
bits_of(double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits_of("double ", bits);
}

std::string
text_of(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL: return "null";
	case VALUE_BOOL: return v->boolean ? "true" : "false";
	case VALUE_INT:
		return bits_of(v->negative ? "int -" : "int ", v->magnitude);
	case VALUE_NUMBER: return bits_of(v->number);
	case VALUE_STRING:
		return std::string("string ") +
		       std::string((const char *)v->text.ptr, v->text.len);
	case VALUE_ARRAY: return "[]";
	case VALUE_OBJECT: return "{}";
	default: return "beyond";
	}
}

void
hear(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *, size_t slot_count)
{
	auto *h = static_cast<struct heard *>(ctx);
	struct leaf l;

	if (slot_count)
		differ("a slot without a path");
	for (size_t i = 0; i < depth; i++)
		if (steps[i].kind == leaf_step::LEAF_KEY)
			l.path += "." +
				  std::string((const char *)steps[i].key.ptr,
					  steps[i].key.len);
		else
			l.path += "[" + std::to_string(steps[i].position) + "]";
	l.value = text_of(v);
	if (v->kind == VALUE_HUGE ||
		(v->kind == VALUE_NUMBER &&
			(v->number >= 0x1p63 || v->number <= -0x1p63)))
		h->beyond = true;
	h->leaves.push_back(l);
}

void
flatten(simdjson::dom::element e, const std::string &path,
	std::vector<leaf> &out)
{
	using simdjson::dom::element_type;
	size_t i = 0;

	switch (e.type()) {
	case element_type::ARRAY: {
		simdjson::dom::array a = e.get_array().value_unsafe();

		for (auto child : a)
			flatten(child, path + "[" + std::to_string(i++) + "]",
				out);
		if (!i)
			out.push_back({path, "[]"});
		break;
	}
	case element_type::OBJECT: {
		simdjson::dom::object o = e.get_object().value_unsafe();

		for (auto child : o) {
			i++;
			flatten(child.value,
				path + "." + std::string(child.key), out);
		}
		if (!i)
			out.push_back({path, "{}"});
		break;
	}
	case element_type::INT64: {
		int64_t n = e.get_int64().value_unsafe();

		out.push_back({path, n < 0 ? bits_of("int -", 0 - (uint64_t)n)
					   : bits_of("int ", (uint64_t)n)});
		break;
	}
	case element_type::UINT64:
		out.push_back(
			{path, bits_of("int ", e.get_uint64().value_unsafe())});
		break;
	case element_type::DOUBLE:
		out.push_back({path, bits_of(e.get_double().value_unsafe())});
		break;
	case element_type::STRING:
		out.push_back({path,
			"string " +
				std::string(e.get_string().value_unsafe())});
		break;
	case element_type::BOOL:
		out.push_back(
			{path, e.get_bool().value_unsafe() ? "true" : "false"});
		break;
	case element_type::NULL_VALUE: out.push_back({path, "null"}); break;
	}
}

struct setup {
	struct trie *none, *some;
	struct reader *reader;
	simdjson::dom::parser parser;

	setup();
};

const char *const paths[] = {"$.a", "$.a.b", "$.a[*].x", "$.a[k=v].x",
	"$.a[k=\"1\"].b[*].x", "$.j:json.a", "$.j:json.a[k=v].j:json.x",
	"$.a[*]:json.x", "$.a[k=v].j:json:json"};

setup::setup()
{
	struct arena a;
	uint32_t slot = 0;

	arena_init(&a, 0);
	if (trie_new(&none, nullptr) || trie_new(&some, nullptr) ||
		reader_new(1, &reader, nullptr) || trie_seal(none, 0, nullptr))
		abort();
	for (const char *text : paths) {
		struct path p;

		if (path_parse(&a, slice_of(text), &p, nullptr) ||
			trie_add(some, &p, slot++, nullptr))
			abort();
	}
	if (trie_seal(some, slot, nullptr))
		abort();
	arena_fini(&a);
}

/* Whether the reader may refuse what the DOM accepts. */
bool
is_stricter(enum lethe_status status)
{
	return status == LETHE_POISON_DUPLICATE ||
	       status == LETHE_POISON_TOO_DEEP ||
	       status == LETHE_POISON_TOO_MANY || status == LETHE_POISON_STRING;
}

void
check_failure(enum lethe_status status, const struct lethe_error &err,
	size_t size, const struct reading &r)
{
	if (lethe_status_class(status) != LETHE_CLASS_POISON)
		differ("a failure that is not poison");
	if (err.offset > size || r.captures || r.first)
		differ("a failure that leaves something behind");
}

void
compare(setup &s, const uint8_t *data, size_t size)
{
	const struct limits wide = {
		1 << 20, READER_DEPTH_MAX, 1 << 20, 1 << 20};
	struct heard h;
	struct leaf_visitor visitor = {&h, hear};
	struct lethe_error err = {};
	struct reading r;
	enum lethe_status status = reader_read(s.reader, s.none, &wide,
		FORMAT_JSON, slice_make(data, size), &visitor, &r, &err);
	std::vector<leaf> expected;
	simdjson::dom::element root;
	auto refused = s.parser.parse(data, size, true).get(root);

	if (status)
		check_failure(status, err, size, r);
	/* Newer versions of the DOM step over a mark. */
	if (size >= 3 && !memcmp(data, "\xef\xbb\xbf", 3)) {
		if (!status)
			differ("a byte order mark is taken");
		return;
	}
	if (refused) {
		if (!status && !h.beyond)
			differ("the reader takes what the DOM refuses");
		return;
	}
	if (!root.is_object()) {
		if (status != LETHE_POISON_NOT_OBJECT)
			differ("the top is no object");
		return;
	}
	if (status) {
		if (!is_stricter(status))
			differ("the reader refuses what the DOM takes");
		return;
	}
	flatten(root, "", expected);
	if (expected.size() != h.leaves.size())
		differ("the number of leaves");
	for (size_t i = 0; i < expected.size(); i++)
		if (expected[i].path != h.leaves[i].path ||
			expected[i].value != h.leaves[i].value)
			differ("a leaf");
}

void
follow_paths(setup &s, const uint8_t *data, size_t size)
{
	const struct limits narrow = {1 << 20, 6, 20, 40};
	struct lethe_error err = {};
	struct reading r;
	enum lethe_status status = reader_read(s.reader, s.some, &narrow,
		FORMAT_JSON, slice_make(data, size), nullptr, &r, &err);

	if (status) {
		check_failure(status, err, size, r);
		return;
	}
	for (uint32_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		for (auto *c = reading_first(&r, i); c; c = reading_next(&r, c))
			if (c->value.kind == VALUE_STRING &&
				(c->value.text.len > narrow.string ||
					!simdjson::validate_utf8(
						(const char *)c->value.text.ptr,
						c->value.text.len)))
				differ("a string that is none");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static setup s;

	/* The registry's frame is refused before JSON is looked at. */
	if (size > 1 << 16 || (size >= 5 && !data[0]))
		return 0;
	compare(s, data, size);
	follow_paths(s, data, size);
	return 0;
}
