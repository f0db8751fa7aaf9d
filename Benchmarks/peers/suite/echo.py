"""A bare SwiftNIO echo: what frames of these sizes cost when nothing is done with them."""

import json
import subprocess

from . import processes
from .work import Sample, System

REQUEST_BYTES = 78  # A hold of one line with a SKU of 12 bytes.
ANSWER_BYTES = 67  # Its answer with one share of a warehouse of 5 bytes.


class Echo(System):
    """The echo server and its load."""

    name = "echo"
    title = "SwiftNIO echo"

    def __init__(self, peers_load):
        self.peers_load = peers_load
        self.server = None
        self.port = 0

    def refusal(self, workload, shape):
        return None if workload == "uniform" else "does nothing: measured once, as uniform"

    def start(self, workload):
        self.server = processes.start(
            *(self.peers_load, "echo-server", *self._sizes()),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.server.stdout.readline())

    @staticmethod
    def _sizes():
        return ["--request-bytes", REQUEST_BYTES, "--answer-bytes", ANSWER_BYTES]

    def measure(self, workload, shape, seconds):
        connections, outstanding = shape
        before = processes.cpu_seconds(self.server)
        output = processes.run(
            *(self.peers_load, "echo", "--port", self.port, *self._sizes()),
            *("--connections", connections, "--outstanding", outstanding),
            *("--seconds", seconds),
        )
        spent = processes.cpu_seconds(self.server) - before
        return sample(json.loads(output), spent)

    def stop(self):
        processes.end(self.server)
        self.server = None


def sample(report, cpu_seconds):
    """A sample of what ``peers-load`` and ``holdfast bench`` print."""
    return Sample(
        per_second=report["per_second"],
        requests=report["requests"],
        p50_us=report["latency_us"]["p50"],
        p99_us=report["latency_us"]["p99"],
        cpu_us_per_request=1e6 * cpu_seconds / max(1, report["requests"]),
    )
