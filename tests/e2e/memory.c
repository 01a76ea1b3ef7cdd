/*
 * Searches all of a process's memory, pages that it may not touch itself too.
 *
 *     memory PID < needles > finds
 *
 * A needle is a line: a name, a space, the bytes in hex.  A find is a line: the
 * needle's name, how the mapping is locked and left out of core dumps (`lo`,
 * `dd`; `--` where not), its rights, its name.  The last line is `searched`,
 * bytes, mappings, bytes that were in swap.  It needs root.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEEDLES 8192
#define NEEDLE_MAX 64
#define PAGE 4096u
#define RUN_PAGES 1024
#define PRESENT (UINT64_C(1) << 63)
#define SWAPPED (UINT64_C(1) << 62)

struct needle {
	char name[64];
	unsigned char bytes[NEEDLE_MAX];
	size_t len;
	int next; /* of those that begin with the same two bytes, or -1 */
};

struct mapping {
	unsigned long from, to;
	char rights[8], name[128], flags[8];
};

static struct needle needles[NEEDLES];
static int first[1 << 16];
static int memory, pages;
static unsigned char run[RUN_PAGES * PAGE];
static unsigned long long searched, mappings, swapped;

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

static unsigned
head(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void
read_needles(void)
{
	char hex[2 * NEEDLE_MAX + 2];
	int count = 0;

	memset(first, -1, sizeof(first));
	while (count < NEEDLES &&
		scanf("%63s %129s", needles[count].name, hex) == 2) {
		struct needle *n = &needles[count];

		n->len = strlen(hex) / 2;
		for (size_t i = 0; i < n->len; i++)
			sscanf(hex + 2 * i, "%2hhx", &n->bytes[i]);
		n->next = first[head(n->bytes)];
		first[head(n->bytes)] = count++;
	}
	if (!count || count == NEEDLES)
		exit(3);
}

static void
search(const struct mapping *m, const unsigned char *at, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		for (int k = first[head(at + i)]; k >= 0; k = needles[k].next)
			if (needles[k].len <= len - i &&
				!memcmp(at + i, needles[k].bytes,
					needles[k].len))
				printf("%s %s %s %s\n", needles[k].name,
					m->flags, m->rights, m->name);
}

/* Pages in one piece, which the process has or had to give to the swap. */
static void
search_run(const struct mapping *m, unsigned long from, size_t count)
{
	ssize_t got = pread(memory, run, count * PAGE, (off_t)from);

	if (got <= 0)
		return;
	searched += (unsigned long long)got;
	search(m, run, (size_t)got);
}

static void
search_mapping(const struct mapping *m)
{
	size_t count = (m->to - m->from) / PAGE, begin = 0, len = 0;
	uint64_t *bits = calloc(count, sizeof(*bits));

	if (!bits)
		die("calloc");
	if (pread(pages, bits, count * sizeof(*bits),
		    (off_t)(m->from / PAGE * sizeof(*bits))) < 0)
		count = 0;
	mappings++;
	for (size_t i = 0; i <= count; i++) {
		int there = i < count && bits[i] & (PRESENT | SWAPPED);

		swapped += i < count && bits[i] & SWAPPED ? PAGE : 0;
		if (there && !len++)
			begin = i;
		if (len && (!there || len == RUN_PAGES)) {
			search_run(m, m->from + begin * PAGE, len);
			/* The last page again: for what lies across two. */
			begin += len - 1;
			len = there ? 1 : 0;
		}
	}
	free(bits);
}

static void
take_flags(struct mapping *m, const char *words)
{
	strcpy(m->flags, strstr(words, " lo") ? "lo," : "--,");
	strcat(m->flags, strstr(words, " dd") ? "dd" : "--");
}

int
main(int argc, char **argv)
{
	char path[64], line[4096];
	struct mapping m = {0};
	FILE *maps;

	if (argc != 2)
		return 3;
	read_needles();
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	memory = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[1]);
	pages = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%s/smaps", argv[1]);
	maps = fopen(path, "r");
	if (memory < 0 || pages < 0 || !maps)
		die(path);
	while (fgets(line, sizeof(line), maps)) {
		struct mapping next = {.name = "anonymous"};

		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %127s", &next.from,
			    &next.to, next.rights, next.name) >= 3)
			m = next;
		else if (!strncmp(line, "VmFlags:", 8) &&
			 strncmp(m.name, "[v", 2) != 0) {
			take_flags(&m, line);
			search_mapping(&m);
		}
	}
	printf("searched %llu %llu %llu\n", searched, mappings, swapped);
	return 0;
}
