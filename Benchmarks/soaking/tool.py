# SPDX-License-Identifier: Apache-2.0
"""A tool at work, and what it has of the machine."""
import calendar
import json
import os
import subprocess
import time

MARK = "soak-mark-"


class Reading:
    """What the processes of a tool have at one time."""

    def __init__(self, pid, second, lost):
        self.resident = self.private = self.descriptors = self.threads = 0
        self.second, self.lost = second, lost
        waiting = [pid]
        while waiting:
            each = waiting.pop()
            try:
                self.add(each)
                for task in os.listdir(f"/proc/{each}/task"):
                    with open(f"/proc/{each}/task/{task}/children") as file:
                        waiting += map(int, file.read().split())
            except (FileNotFoundError, ProcessLookupError, KeyError):
                pass  # It ends or has ended, or the kernel does not list children.

    def add(self, pid):
        with open(f"/proc/{pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        self.resident += int(fields["VmRSS"].split()[0]) * 1024
        self.private += int(fields["RssAnon"].split()[0]) * 1024
        self.threads += int(fields["Threads"])
        self.descriptors += len(os.listdir(f"/proc/{pid}/fd"))


class Tool:
    """A tool at work, whose output is read and dropped but for its end."""

    def __init__(self, folder, name, arguments=()):
        self.name = " ".join((name, *arguments))
        self.readings, self.marks = [], {}
        self.tail, self.errors = b"", b""
        self.lost, self.account = 0, None
        self.is_attached = False
        path = os.path.join(folder, name)
        if not arguments:
            told = subprocess.run([path, "--help"], capture_output=True, text=True).stdout
            # What is only printed at the end may grow until then.
            arguments = ("--interval", "10") if "--interval" in told else ()
        self.process = subprocess.Popen(
            [path, "--verbose", "--json", "--accounts", *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def read_output(self, chunk):
        self.tail += chunk
        if self.marks:
            for line in self.tail.split(b"\n")[:-1]:
                if MARK.encode() in line:
                    self.note(json.loads(line))
        start = self.tail.rfind(b'{"type":"account"')
        line, end, _ = self.tail[start:].partition(b"\n") if start >= 0 else (b"", b"", b"")
        if end:
            self.lost = self.losses(json.loads(line))
        # A summary is shorter, and it is the last line.
        last = self.tail.rfind(b"\n", 0, -1)
        self.tail = self.tail[max(last + 1, 0):][-65536:]

    def read_errors(self, chunk):
        self.errors = (self.errors + chunk)[-65536:]
        self.is_attached |= b"attached by" in self.errors

    @staticmethod
    def losses(account):
        return sum(account[key] for key in ("lost", "map_full", "missed"))

    def note(self, event):
        """How far the time of an event is from when it was made, in nanoseconds."""
        mark = self.marks.get(event["path"].rpartition(MARK)[2])
        if mark is None or len(mark) == 3:
            return
        second, _, fraction = event["time"].removesuffix("Z").partition(".")
        at = calendar.timegm(time.strptime(second, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction)
        before, after = mark
        mark.append(max(before - at, at - after, 0))

    def finish(self):
        try:
            self.account = json.loads(self.tail)
        except ValueError:
            self.account = None
        if self.account and self.account.get("type") != "summary":
            self.account = None
        if self.account:
            self.lost = self.losses(self.account)
