"""When a request is sent again, and how long a client waits before it."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from holdfast.outcomes import Refusal
from holdfast.wire import HoldfastError

DEFAULT_PORT = 7411


class NoAnswer(HoldfastError):
    """No answer came before the deadline, however often the request was sent.

    It is wholly done or not done at all. Send the same request object again to find out: it carries
    the same id, and the server does it once.
    """


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long and how often a request is tried.

    A request is sent again, with the same bytes, after a broken connection, after
    ``answer_seconds`` without an answer, and after a refusal that may pass (``shutting_down``,
    ``read_only_disk_full``, ``too_many_connections``, ``too_many_reservations``, ``log_busy``,
    ``rate_limited``).
    The pauses between begin with ``first_pause_seconds`` and double up to
    ``longest_pause_seconds``; each is cut by a random part of up to ``jitter`` (0 … 1), so that
    clients that failed together don't come back together. Where the server says how long to wait,
    a pause is at least as long, and longer by up to ``jitter`` of it. It ends after
    ``attempts_max`` tries or ``deadline_seconds``, whichever is first.
    """

    attempts_max: int = 20
    deadline_seconds: float = 30.0
    answer_seconds: float = 10.0
    first_pause_seconds: float = 0.02
    longest_pause_seconds: float = 2.0
    jitter: float = 0.5

    def pauses(self, draw: Callable[[], float] = random.random) -> Iterator[float]:
        """The pauses in seconds between the attempts: one fewer than there are attempts."""
        pause = self.first_pause_seconds
        for _ in range(self.attempts_max - 1):
            yield pause * (1 - self.jitter * draw())
            pause = min(pause * 2, self.longest_pause_seconds)


DEFAULT_RETRIES = RetryPolicy()
"""Twenty attempts within half a minute."""

NO_RETRIES = RetryPolicy(attempts_max=1)
"""One attempt, for those who decide themselves."""


class Attempts:
    """The attempts of one request, or of requests that travel together, against one deadline."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._pauses = policy.pauses()
        self._jitter = policy.jitter
        self._answer_seconds = policy.answer_seconds
        self._ends_at = time.monotonic() + policy.deadline_seconds

    def answer_seconds(self) -> float:
        """How long to wait for the answer of the attempt that begins now."""
        return max(0.0, min(self._answer_seconds, self._ends_at - time.monotonic()))

    def next_pause(self, failure: Exception | None = None) -> float | None:
        """The pause before the attempt after ``failure``, or None when there is to be none."""
        pause = next(self._pauses, None)
        if pause is None:
            return None
        if isinstance(failure, Refusal) and failure.retry_after is not None:
            wait = failure.retry_after / 1_000
            pause = max(pause, wait * (1 + self._jitter * random.random()))
        if time.monotonic() + pause >= self._ends_at:
            return None
        return pause

    @staticmethod
    def failure(last: Exception | None) -> HoldfastError:
        """What to raise after the last attempt, from how that one failed."""
        if isinstance(last, HoldfastError):
            return last
        failure = NoAnswer(f"no answer: {last or 'out of time'}")
        failure.__cause__ = last
        return failure


def parsed_address(address: str) -> tuple[str, int]:
    """Host and port of ``HOST``, ``HOST:PORT`` or ``[IPV6]:PORT``."""
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        return address.strip("[]"), DEFAULT_PORT
    if not port.isdecimal() or int(port) > 0xFFFF:
        raise ValueError(f"{address!r} isn't HOST:PORT")
    return host.strip("[]"), int(port)


def proof_of(secret: str | bytes | None) -> bytes:
    """A client's secret as it goes over the line."""
    return secret.encode("utf-8") if isinstance(secret, str) else secret or b""
