// SPDX-License-Identifier: Apache-2.0
/*
 * workload languages NUMBER LANGUAGE [MICROSECONDS]
 *
 * Does so many times what a program in this language does, by passing by the probes of its
 * runtime (java, perl, php, python, ruby, tcl or node), as far as that has them:
 *
 *   the method outer of Work, which calls inner twice, and thrown once, which never returns;
 *   inner takes some time and makes a system call (getppid)
 *   an Item of 16 bytes and a string of 40, a collection of garbage, a class, an exception,
 *   a thread
 *
 * Methods of ruby have a semaphore, and are told only where it is set. With c there are two
 * blocks of memory, of 1,000 and 3,000 bytes; hostile is ruby with names that are long, empty
 * or nowhere, or no text.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include "notes.h"
#include "workload.h"

/* What a tracer counts up while it looks. */
volatile unsigned short ruby_method_semaphore __attribute__((section(".probes"), used));

static long microseconds;

static int size_of(const char *text)
{
	return strlen(text);
}

/* What nobody has read is not in memory yet, and a tracer does not fetch it. */
static void touch(const char *text)
{
	asm volatile("" : : "r"(*(volatile const char *)text));
}

/* Java's names have no NUL: what comes after them is no part of them. */
#define JAVA_METHOD(NAME, CLASS, METHOD)                                              \
	NOTE("hotspot", NAME, "0", "8@%0 8@%1 -4@%2 8@%3 -4@%4", "r"(1l), "r"(CLASS), \
	     "r"(size_of(CLASS) - 1), "r"(METHOD), "r"(size_of(METHOD) - 1))

static void java_begins(const char *class, const char *method)
{
	JAVA_METHOD("method__entry", class, method);
}

static void java_ends(const char *class, const char *method)
{
	JAVA_METHOD("method__return", class, method);
}

#define NAMES_NOTE(PROVIDER, NAME, SEMAPHORE, FIRST, SECOND) \
	NOTE(PROVIDER, NAME, SEMAPHORE, "8@%0 8@%1 -4@%2", "r"(FIRST), "r"(SECOND), "r"(1))

static void perl_begins(const char *file, const char *sub)
{
	NAMES_NOTE("perl", "sub__entry", "0", sub, file);
}

static void perl_ends(const char *file, const char *sub)
{
	NAMES_NOTE("perl", "sub__return", "0", sub, file);
}

static void python_begins(const char *file, const char *function)
{
	NAMES_NOTE("python", "function__entry", "0", file, function);
}

static void python_ends(const char *file, const char *function)
{
	NAMES_NOTE("python", "function__return", "0", file, function);
}

static void ruby_begins(const char *class, const char *method)
{
	if (ruby_method_semaphore)
		NAMES_NOTE("ruby", "method__entry", "ruby_method_semaphore", class, method);
}

static void ruby_ends(const char *class, const char *method)
{
	if (ruby_method_semaphore)
		NAMES_NOTE("ruby", "method__return", "ruby_method_semaphore", class, method);
}

#define PHP_FUNCTION(NAME, CLASS, FUNCTION)                                                    \
	NOTE("php", NAME, "0", "8@%0 8@%1 -4@%2 8@%3 8@%4", "r"(FUNCTION), "r"(CLASS), "r"(1), \
	     "r"(CLASS), "r"("::"))

static void php_begins(const char *class, const char *function)
{
	PHP_FUNCTION("function__entry", class, function);
}

static void php_ends(const char *class, const char *function)
{
	PHP_FUNCTION("function__return", class, function);
}

static void tcl_begins(const char *nothing, const char *procedure)
{
	PROBE("tcl", "proc__entry", "0", procedure, nothing);
}

static void tcl_ends(const char *nothing, const char *procedure)
{
	PROBE("tcl", "proc__return", "0", procedure, nothing);
}

static void no_method(const char *class, const char *method)
{
}

static void java_rest(const char *item)
{
	NOTE("hotspot", "object__alloc", "0", "8@%0 8@%1 -4@%2 8@%3", "r"(1l), "r"(item),
	     "r"(size_of(item)), "r"(16l));
	NOTE("hotspot", "object__alloc", "0", "8@%0 8@%1 -4@%2 8@%3", "r"(1l), "r"("string"),
	     "r"(6), "r"(40l));
	NOTE("hotspot", "gc__begin", "0", "4@%0", "r"(0));
	NOTE("hotspot", "gc__end", "0", "");
	NOTE("hotspot", "class__loaded", "0", "8@%0 -4@%1", "r"(item), "r"(size_of(item)));
	NOTE("hotspot", "thread__start", "0", "8@%0 -4@%1 8@%2 8@%3", "r"(item), "r"(size_of(item)),
	     "r"(1l), "r"(1l));
	NOTE("hotspot", "thread__stop", "0", "8@%0 -4@%1 8@%2 8@%3", "r"(item), "r"(size_of(item)),
	     "r"(1l), "r"(1l));
}

static void php_rest(const char *item)
{
	PROBE("php", "compile__file__entry", "0", item, item);
	PROBE("php", "exception__thrown", "0", item, item);
}

static void python_rest(const char *item)
{
	PROBE("python", "gc__start", "0", 2l, item);
	PROBE("python", "gc__done", "0", 7l, item);
}

static void ruby_rest(const char *item)
{
	NAMES_NOTE("ruby", "object__create", "0", item, item);
	NAMES_NOTE("ruby", "string__create", "0", 40l, item);
	PROBE("ruby", "gc__mark__begin", "0", 0l, item);
	PROBE("ruby", "gc__mark__end", "0", 0l, item);
	NAMES_NOTE("ruby", "require__entry", "0", item, item);
	NAMES_NOTE("ruby", "raise", "0", item, item);
}

static void tcl_rest(const char *item)
{
	PROBE("tcl", "obj__create", "0", 1l, item);
	PROBE("tcl", "obj__create", "0", 2l, item);
}

static void node_rest(const char *item)
{
	PROBE("node", "gc__start", "0", 1l, item);
	PROBE("node", "gc__done", "0", 1l, item);
}

static void nothing_more(const char *item)
{
}

static void c_rest(const char *item)
{
	void *small = malloc(1000), *large = malloc(3000);

	/* Or the compiler leaves them out. */
	asm volatile("" : "+r"(small), "+r"(large));
	free(small);
	free(large);
}

static void hostile_rest(const char *item)
{
	static char long_name[5000], bytes[] = "\033[31m\"\n\\\xff\xfe";

	memset(long_name, 'x', sizeof(long_name) - 1);
	touch(bytes);
	NAMES_NOTE("ruby", "object__create", "0", bytes, item);
	NAMES_NOTE("ruby", "object__create", "0", long_name, item);
	NAMES_NOTE("ruby", "object__create", "0", 1l, item);
	NAMES_NOTE("ruby", "string__create", "0", -1l, item);
	ruby_begins(bytes, long_name);
	ruby_ends(bytes, long_name);
	ruby_begins("", (const char *)1);
	ruby_ends("", (const char *)1);
}

static const struct language {
	const char *name;
	void (*begins)(const char *class, const char *method);
	void (*ends)(const char *class, const char *method);
	void (*rest)(const char *item);
} languages[] = {
	{ "java", java_begins, java_ends, java_rest },
	{ "perl", perl_begins, perl_ends, nothing_more },
	{ "php", php_begins, php_ends, php_rest },
	{ "python", python_begins, python_ends, python_rest },
	{ "ruby", ruby_begins, ruby_ends, ruby_rest },
	{ "tcl", tcl_begins, tcl_ends, tcl_rest },
	{ "node", no_method, no_method, node_rest },
	{ "c", no_method, no_method, c_rest },
	{ "hostile", no_method, no_method, hostile_rest },
};

static void run(const struct language *language)
{
	/* The character after Java's names is not told. */
	bool java = !strcmp(language->name, "java");
	const char *class = java ? "Work/" : "Work", *outer = java ? "outer(" : "outer";
	const char *inner = java ? "inner(" : "inner", *thrown = java ? "thrown(" : "thrown";

	language->begins(class, outer);
	for (int time = 0; time < 2; time++) {
		language->begins(class, inner);
		syscall(SYS_getppid);
		if (microseconds)
			usleep(microseconds);
		language->ends(class, inner);
	}
	language->begins(class, thrown);
	language->ends(class, outer);
	language->rest("Item");
}

static int run_languages(int count, char **arguments)
{
	const struct language *language = NULL;
	long left;

	if (count != 2 && count != 3)
		usage("languages NUMBER LANGUAGE [MICROSECONDS]");
	left = number(arguments[0]);
	for (size_t index = 0; index < sizeof(languages) / sizeof(languages[0]); index++) {
		if (!strcmp(languages[index].name, arguments[1]))
			language = &languages[index];
	}
	if (!language)
		usage("languages NUMBER LANGUAGE [MICROSECONDS]");
	microseconds = count == 3 ? number(arguments[2]) : 0;
	await_go("%d", getpid());
	while (left--)
		run(language);
	return 0;
}

WORKLOAD(languages, run_languages);
