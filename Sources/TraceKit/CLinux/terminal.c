// SPDX-License-Identifier: Apache-2.0
/* The terminal as keys are read from it, and as it was. */
#define _GNU_SOURCE
#include "linux.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before, during;
static volatile sig_atomic_t is_taken;

/* Those that end a process unless it says otherwise. */
static const int ending[] = { SIGHUP,  SIGINT,	SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,
			      SIGBUS,  SIGFPE,	SIGSEGV, SIGTERM, SIGALRM, SIGUSR1,
			      SIGUSR2, SIGXCPU, SIGXFSZ, SIGPWR,  SIGSYS };

/* The handler is gone by now, so the signal does what it always does. */
static void end(int signal)
{
	linux_release_terminal();
	raise(signal);
}

static void stop(int signal)
{
	int number = errno;

	(void)signal;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raise(SIGSTOP);
	if (is_taken)
		tcsetattr(STDIN_FILENO, TCSANOW, &during);
	errno = number;
}

int linux_take_terminal(void)
{
	struct sigaction action = { .sa_handler = end, .sa_flags = SA_RESETHAND };

	if (tcgetattr(STDIN_FILENO, &before))
		return errno;
	during = before;
	during.c_lflag &= ~(ICANON | ECHO);
	during.c_cc[VMIN] = 1;
	during.c_cc[VTIME] = 0;
	is_taken = 1;
	for (size_t index = 0; index < sizeof(ending) / sizeof(*ending); index++)
		sigaction(ending[index], &action, NULL);
	action.sa_handler = stop;
	action.sa_flags = 0;
	sigaction(SIGTSTP, &action, NULL);
	if (!tcsetattr(STDIN_FILENO, TCSANOW, &during))
		return 0;
	is_taken = 0;
	return errno;
}

void linux_release_terminal(void)
{
	if (!is_taken)
		return;
	is_taken = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

int linux_terminal_lines(int descriptor)
{
	struct winsize size = {};

	return ioctl(descriptor, TIOCGWINSZ, &size) ? 0 : size.ws_row;
}
