/* Plays files and folders through a fuzz target: the corpus as a regression
 * test where there is no libFuzzer. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static size_t
play_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);
	FILE *f = fopen(path, "rb");

	if (!data || !f || fread(data, 1, size, f) != size) {
		fprintf(stderr, "replay: cannot read %s\n", path);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static size_t
play(const char *path)
{
	struct stat st;
	struct dirent *entry;
	char below[4096];
	size_t count = 0;
	DIR *dir;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return play_file(path, (size_t)st.st_size);
	dir = opendir(path);
	if (!dir) {
		fprintf(stderr, "replay: cannot open %s\n", path);
		exit(1);
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		count += play(below);
	}
	closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	size_t count = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		count += play(argv[i]);
	if (count == 0) {
		fprintf(stderr, "replay: no input\n");
		return 1;
	}
	printf("%zu passed, 0 failed\n", count);
	return 0;
}
