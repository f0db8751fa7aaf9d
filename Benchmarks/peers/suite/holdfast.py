"""Holdfast, loaded by its own ``bench``, which counts what the server counts."""

import json
import subprocess

from . import processes
from .echo import sample
from .work import LINES, SCARCE_REQUESTS, SCARCE_UNITS, SKUS, Oversold, System

# Touched before it serves: what the tables grow by in a measurement. The first touch of a page is
# dear on a virtual machine.
READY_MEMORY = "3GiB"


class Holdfast(System):
    """A server whose answers wait for the disk (``sync``) or don't (``none``)."""

    def __init__(self, binary, durability, parent):
        self.name = f"holdfast_{durability}"
        self.title = f"Holdfast, {durability}"
        self.binary = binary
        self.durability = durability
        self.parent = parent
        self.folder = None
        self.server = None
        self.address = ""

    def start(self, workload):
        self.folder = processes.temporary_folder(self.parent)
        self.server = processes.start(
            *(self.binary, "serve", "--data-dir", self.folder / "data"),
            *("--listen", "127.0.0.1:0", "--durability", self.durability, "--json"),
            *("--ready-memory", READY_MEMORY),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = json.loads(self.server.stdout.readline())["listening"]
        self.check_scarce()
        self._bench("uniform", "--skus", SKUS, "--count", 1)

    def _run(self, *words):
        output = processes.run(self.binary, *words, "--server", self.address, "--json")
        return json.loads(output.splitlines()[-1])

    def _bench(self, *words):
        return self._run("bench", *words)

    def check_scarce(self):
        report = self._bench(
            *("hot", "--units", SCARCE_UNITS, "--count", SCARCE_REQUESTS, "--connections", 32)
        )
        if report["accepted"] != SCARCE_UNITS:
            raise Oversold(f"{self.title}: held {report['accepted']} of {SCARCE_UNITS} units")

    def measure(self, workload, shape, seconds):
        connections, outstanding = shape
        words = [workload, "--no-stock", "--no-release", "--warmup", 0.5, "--duration", seconds]
        words += ["--connections", connections, "--outstanding", outstanding]
        if workload != "hot":
            words += ["--skus", SKUS]
        if workload == "orders":
            words += ["--lines", LINES]
        before = processes.cpu_seconds(self.server)
        report = self._bench(*words)
        spent = processes.cpu_seconds(self.server) - before
        if report["refused"]:
            raise Oversold(f"{self.title}: refused {report['refusals']}")
        return sample(report, spent)

    def check(self):
        if not self._run("check")["ok"]:
            raise Oversold(f"{self.title}: check found violations")

    def stop(self):
        processes.end(self.server)
        self.server = None
        if self.folder:
            processes.remove(self.folder)
            self.folder = None
