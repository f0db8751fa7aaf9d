"""The work that every system does, and what one measurement tells."""

import dataclasses

SKUS = 100_000
UNITS = 1_000_000_000
SCARCE_UNITS = 1_000
SCARCE_REQUESTS = 4_000
LINES = 4
TIME_TO_LIVE_SECONDS = 900

WORKLOADS = {
    "uniform": "holds of one unit of a SKU drawn evenly from 100,000",
    "hot": "holds of one unit of one SKU",
    "lifecycle": "hold, then commit 80 %, release 15 %, expire 5 % (lives a second)",
    "orders": "holds of four lines, all or nothing",
}
SHAPES = {"1x1": (1, 1), "32x1": (32, 1), "8x64": (8, 64), "16x128": (16, 128)}


class Oversold(Exception):
    """A system's books don't add up."""


@dataclasses.dataclass
class Sample:
    """What came of one load."""

    per_second: float
    requests: int
    p50_us: float | None = None
    p99_us: float | None = None
    cpu_us_per_request: float | None = None


class System:
    """A system that is compared: started with empty books, loaded, checked, ended."""

    name = ""
    title = ""

    def refusal(self, workload, shape):
        """Why this system can't play that, or nothing."""
        return None

    def start(self, workload):
        """Starts it with stock for a workload."""
        raise NotImplementedError

    def check_scarce(self):
        """Many ask for few units of one SKU: exactly those may be held."""

    def measure(self, workload, shape, seconds):
        """Loads it and tells what came of it."""
        raise NotImplementedError

    def check(self):
        """Whether what was held is what was answered, and nothing was sold twice."""

    def stop(self):
        """Ends what was started and removes its data."""
