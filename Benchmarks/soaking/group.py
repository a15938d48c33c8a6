# SPDX-License-Identifier: Apache-2.0
"""Tools that run at once, and what is done to them."""
import functools
import os
import selectors
import signal
import subprocess
import sys
import time

from soaking.storms import MEGABYTE
from soaking.tool import MARK, Reading, Tool

STOPPED = 10
# The memory of all tools is read so often in a run, and each minute in a long one.
READINGS = 6
# What a tool says where this machine lacks what it needs, or where it needs an argument.
REFUSALS = (64, 69)


def tell(text):
    print(f"soak: {text}", file=sys.stderr, flush=True)


class Group:
    """Tools, the first of which shows what this process opens."""

    def __init__(self, folder, names, scratch):
        self.scratch = scratch
        self.selector = selectors.DefaultSelector()
        self.refused, self.broken, self.clock = [], [], None
        own = Tool(folder, "opensnoop", ("-p", str(os.getpid())))
        own.marks["none"] = [0, 0, 0]
        self.tools, self.marker = [own], own
        for name in names:
            self.tools.append(Tool(folder, name))
        for tool in self.tools:
            for pipe, take in (
                (tool.process.stdout, tool.read_output), (tool.process.stderr, tool.read_errors)):
                os.set_blocking(pipe.fileno(), False)
                self.selector.register(pipe, selectors.EVENT_READ, take)

    def drain(self, until):
        """Reads what the tools write."""
        while True:
            left = until() if callable(until) else until - time.monotonic()
            if left <= 0 or not self.selector.get_map():
                return
            for key, _ in self.selector.select(min(left, 0.5)):
                chunk = key.fileobj.read(1 << 18)
                if chunk:
                    key.data(chunk)
                elif chunk == b"":
                    self.selector.unregister(key.fileobj)

    def attach(self):
        end = time.monotonic() + 300
        self.drain(lambda: any(
            not tool.is_attached and tool.process.poll() is None for tool in self.tools)
            and end - time.monotonic())
        for tool in list(self.tools):
            if tool.is_attached and tool.process.poll() is None:
                continue
            self.tools.remove(tool)
            lines = tool.errors.decode(errors="replace").strip().splitlines()
            told = f"{tool.name}: {lines[-1] if lines else 'not attached in time'}"
            (self.refused if tool.process.poll() in REFUSALS else self.broken).append(told)
            tool.process.kill()

    def mark(self):
        """Opens a file whose name an event has."""
        number = str(len(self.marker.marks))
        before = time.time_ns()
        os.close(os.open(os.path.join(self.scratch, MARK + number), os.O_CREAT | os.O_RDWR))
        self.marker.marks[number] = [before, time.time_ns()]

    def read(self, second):
        for tool in self.tools:
            if tool.process.poll() is None:
                tool.readings.append(Reading(tool.process.pid, second, tool.lost))
        now = [tool.readings[-1] for tool in self.tools if tool.readings]
        tell(
            f"{sum(each.resident for each in now) // MEGABYTE} MB,"
            f" {sum(each.private for each in now) // MEGABYTE} of them private,"
            f" {sum(each.descriptors for each in now)} descriptors,"
            f" {sum(each.threads for each in now)} threads,"
            f" {sum(each.lost for each in now)} lost or missed")

    def signal_all(self, number):
        for tool in self.tools:
            if tool.process.poll() is None:
                tool.process.send_signal(number)

    def stop_a_while(self):
        self.signal_all(signal.SIGSTOP)
        time.sleep(STOPPED)
        self.signal_all(signal.SIGCONT)

    def change_clock(self):
        """An hour ahead and back, with an event at each time."""
        try:
            for step in (3600, -3600):
                time.clock_settime_ns(time.CLOCK_REALTIME, time.time_ns() + step * 10**9)
                self.drain(time.monotonic() + 2)
                self.mark()
                self.drain(time.monotonic() + 2)
            self.clock = "an hour ahead and back"
        except PermissionError:
            self.clock = "not permitted here"

    def run(self, seconds, sets_clock):
        begin = time.monotonic()
        step = min(seconds / READINGS, 60)
        due = [
            (step * number, functools.partial(self.read, step * number))
            for number in range(1, int(seconds / step + 0.5) + 1)]
        due += [(second, self.mark) for second in range(2, int(seconds), 10)]
        due.append((seconds / 2, self.stop_a_while))
        if sets_clock:
            due.append((seconds * 2 / 3, self.change_clock))
        for second, action in sorted(due, key=lambda each: each[0]):
            self.drain(begin + second)
            action()
        self.drain(begin + seconds)

    def finish(self):
        for tool in self.tools:
            if tool.process.poll() is not None:
                self.broken.append(f"{tool.name}: ended by itself with {tool.process.returncode}")
        self.signal_all(signal.SIGINT)
        end = time.monotonic() + 120
        self.drain(lambda: end - time.monotonic())
        for tool in self.tools:
            try:
                status = tool.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                tool.process.kill()
                status = "no end"
            if status != 0:
                lines = tool.errors.decode(errors="replace").strip().splitlines()
                self.broken.append(f"{tool.name}: status {status}: {lines[-1] if lines else ''}")
            tool.finish()
