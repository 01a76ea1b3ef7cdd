#include "cli/keys/signers.h"

#include "cli/load.h"

int
signers_read(const struct options *o, struct trust *out)
{
	struct lethe_error err = {0};
	struct verify_key key;
	const char *path;
	size_t at = 0;

	*out = (struct trust){0};
	while ((path = option_each(o, "public", &at)))
		if (verify_key_open(path, &key, &err) ||
			trust_add(out, &key, &err))
			return report_opening(&err);
	return EXIT_YES;
}
