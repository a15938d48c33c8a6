// SPDX-License-Identifier: Apache-2.0
/*
 * workload typings NUMBER [bash|function|split|library PATH]
 *
 * Has so many lines typed, "true 1" and so on. They are typed into an interactive bash on a
 * pseudo-terminal, whose prompt comes before each (bash). By default this program itself has
 * the functions of Readline by their names, the outer of which returns what the inner does
 * (function); with "split" the inner one alone is called. With a library it calls the
 * readline() of that, on a pseudo-terminal.
 *
 * Ends with 77 where there is no bash or no library.
 */
#include "workload.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define EXIT_NO_TOOLS 77
#define LINE_SIZE     64
#define PROMPT	      "%ready%"

#define EXPORTED      __attribute__((noinline, noclone, used))

static long typed;

/* That by which a tracer knows bash. */
EXPORTED void initialize_readline(void)
{
	asm volatile("" : : : "memory");
}

EXPORTED char *readline_internal_teardown(int is_end)
{
	char *line = malloc(LINE_SIZE);

	if (is_end || !line)
		return NULL;
	snprintf(line, LINE_SIZE, "true %ld", ++typed);
	return line;
}

EXPORTED char *readline(const char *prompt)
{
	char *line = readline_internal_teardown(!prompt);

	asm volatile("" : "+r"(line));
	return line;
}

/* Reads what the other side of the terminal shows, up to a prompt. */
static void await_prompt(int terminal)
{
	char byte;

	for (const char *rest = PROMPT; *rest;) {
		if (read(terminal, &byte, 1) != 1)
			die("read the terminal");
		rest = byte == *rest ? rest + 1 : PROMPT + (byte == *PROMPT);
	}
}

static void type_line(int terminal)
{
	char line[LINE_SIZE];
	const int size = snprintf(line, sizeof(line), "true %ld\r", ++typed);

	if (write(terminal, line, size) != size)
		die("type");
}

/* What is typed at last ends the other side. */
static void type_end(int terminal)
{
	char byte;

	if (write(terminal, "\x04", 1) != 1)
		die("type");
	while (read(terminal, &byte, 1) == 1)
		;
	wait(NULL);
}

static void read_lines_by(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	char *(*read_line)(const char *) = library ? dlsym(library, "readline") : NULL;
	char *line;

	if (!read_line)
		exit(EXIT_NO_TOOLS);
	/* Only lines of processes of this name are shown. */
	prctl(PR_SET_NAME, "bash");
	while ((line = read_line(PROMPT)))
		free(line);
	exit(0);
}

static void type_on_terminal(long count, const char *library)
{
	int terminal;
	const pid_t other = forkpty(&terminal, NULL, NULL, NULL);

	if (other < 0)
		die("make a terminal");
	if (!other) {
		setenv("TERM", "dumb", 1);
		setenv("PS1", PROMPT, 1);
		if (library)
			read_lines_by(library);
		execlp("bash", "bash", "--norc", "--noprofile", "-i", NULL);
		exit(EXIT_NO_TOOLS);
	}
	await_prompt(terminal);
	/* The first line is being waited for already. */
	await_go("%d", other);
	while (count--) {
		type_line(terminal);
		await_prompt(terminal);
	}
	type_end(terminal);
}

static int typings(int count, char **arguments)
{
	const char *how = count > 1 ? arguments[1] : "function";
	const long lines = count > 0 ? number(arguments[0]) : 0;

	if (!count || count > 3)
		usage("typings NUMBER [bash|function|split|library PATH]");
	if (!strcmp(how, "bash") || !strcmp(how, "library")) {
		type_on_terminal(lines, count == 3 ? arguments[2] : NULL);
		return 0;
	}
	await_go("%d", getpid());
	initialize_readline();
	for (long line = 0; line < lines; line++)
		free(strcmp(how, "split") ? readline(PROMPT) : readline_internal_teardown(0));
	free(readline(NULL));
	return 0;
}

WORKLOAD(typings, typings);
