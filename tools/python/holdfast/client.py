"""The synchronous client."""

import threading
import time
from collections.abc import Iterable
from itertools import count
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from holdfast.channel import HELLO_CORRELATION, Channel
from holdfast.messages import Hello, Request, read_answer, request_frame
from holdfast.operations import Operations
from holdfast.outcomes import Refusal
from holdfast.retry import (
    DEFAULT_RETRIES,
    Attempts,
    NoAnswer,
    RetryPolicy,
    parsed_address,
    proof_of,
)
from holdfast.values import ServerLimits
from holdfast.wire import Frame, HoldfastError

AnswerT = TypeVar("AnswerT")


class Pending(Generic[AnswerT]):
    """A request in a pipeline, and its answer once there is one."""

    def __init__(self, pipeline: "Pipeline", request: Request[AnswerT], frame: Frame) -> None:
        self._pipeline = pipeline
        self._frame = frame
        self._answer: AnswerT | None = None
        self._failure: Exception | None = None
        self._is_done = False
        self.request = request

    @property
    def is_done(self) -> bool:
        """Whether an answer or a failure is there."""
        return self._is_done

    def result(self) -> AnswerT:
        """The answer; sends the pipeline first if that hasn't happened yet.

        Raises the ``Refusal``, or ``NoAnswer`` if none came before the deadline.
        """
        if not self._is_done:
            self._pipeline.flush()
        if not self._is_done:
            raise NoAnswer("the sending of the pipeline was broken off")
        if self._failure is not None:
            raise self._failure
        return self._answer  # type: ignore[return-value]

    def receive(self, frame: Frame) -> None:
        """Takes the answer's frame."""
        try:
            self._answer = read_answer(type(self.request), frame)
            self._failure = None
        except Refusal as refusal:
            self._failure = refusal
        self._is_done = True

    def fail(self, failure: Exception) -> None:
        """Ends without an answer."""
        self._failure = failure
        self._is_done = True

    @property
    def frame(self) -> Frame:
        """The request's frame: the same bytes in every attempt."""
        return self._frame

    @property
    def is_to_be_sent(self) -> bool:
        """Whether another attempt makes sense: no answer yet, or a refusal that may pass."""
        if not self._is_done:
            return True
        return isinstance(self._failure, Refusal) and self._failure.outcome.is_retried

    @property
    def failure(self) -> Exception | None:
        """Why there is no answer."""
        return self._failure


class Pipeline:
    """Requests that travel together without waiting for each other's answers.

    They are sent when the block ends, with ``flush()``, or by asking for a ``result()``. The server
    may carry them out in any order, so put nothing in that needs the answer of another. A pipeline
    belongs to one thread.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._unsent: list[Pending[Any]] = []

    def send(self, request: Request[AnswerT]) -> Pending[AnswerT]:
        """Puts a request in. Raises ``ValueError`` if the layout can't carry it."""
        pending = Pending(self, request, self._client.frame_of(request))
        self._unsent.append(pending)
        return pending

    def flush(self) -> None:
        """Sends all that was put in and waits until each has its answer or has failed."""
        unsent, self._unsent = self._unsent, []
        self._client.settle(unsent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()


class Client(Operations):
    """A connection to a server that mends itself.

    It connects with the first request and again whenever the connection broke. Threads may share a
    client: their requests take turns, so for speed give each thread its own, or use a pipeline.

    Every request that changes something carries an id that is drawn when the request is made. To
    repeat one that ended with ``NoAnswer``, send the same request object, or give the same id.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:7411",
        *,
        name: str = "python",
        secret: str | bytes | None = None,
        retry: RetryPolicy = DEFAULT_RETRIES,
    ) -> None:
        """A client of the server at ``HOST:PORT``; no connection is made yet.

        ``name`` (1–64 printable ASCII bytes) is the actor of every movement this client makes.
        ``secret`` proves the name to a server that asks for it; it goes over the line as it is and
        is never shown.
        """
        self._host, self._port = parsed_address(address)
        self._hello = Hello(name, proof_of(secret))
        self._retry = retry
        self._lock = threading.RLock()
        self._channel: Channel | None = None
        self._correlations = count(HELLO_CORRELATION + 1)

    def __repr__(self) -> str:
        return f"Client({self._host}:{self._port}, name={self._hello.name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection. The next request opens a new one."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def limits(self) -> ServerLimits:
        """What the server told of itself at the last handshake; connects if need be."""
        self.stats()
        with self._lock:
            return self._connected(self._retry.answer_seconds).limits

    def call(self, request: Request[AnswerT]) -> AnswerT:
        """Sends a request, again where that helps, and returns its answer.

        Raises the server's ``Refusal``, ``NoAnswer`` after the deadline, and ``ValueError`` for
        what the layout can't carry. ``MalformedFrame`` tells of a server that breaks the protocol.
        """
        return self.pipeline().send(request).result()

    def pipeline(self) -> Pipeline:
        """A pipeline to put requests into."""
        return Pipeline(self)

    def frame_of(self, request: Request[Any]) -> Frame:
        """The frame of a request under a correlation id that this client hasn't used yet."""
        frame = request_frame(request, next(self._correlations))
        frame.encoded()  # Refuses a frame that is too large before anything is sent.
        return frame

    def settle(self, pendings: Iterable[Pending[Any]]) -> None:
        """Sends what a pipeline gathered until each has an answer or the attempts are used up."""
        with self._lock:
            attempts = Attempts(self._retry)
            open_ones, failure = list(pendings), None
            while open_ones:
                failure = self._attempt(open_ones, attempts.answer_seconds())
                open_ones = [one for one in open_ones if one.is_to_be_sent]
                if not open_ones:
                    return
                pause = attempts.next_pause(failure or _longest_wait(open_ones))
                if pause is None or _is_final(failure):
                    break
                time.sleep(pause)
            for one in open_ones:
                if not one.is_done:
                    one.fail(attempts.failure(failure))

    def _attempt(self, pendings: list[Pending[Any]], seconds: float) -> Exception | None:
        """Sends the requests once and hands out the answers. Returns what broke, if anything."""
        by_correlation = {one.frame.correlation: one for one in pendings}
        try:
            channel = self._connected(seconds)
            channel.exchange(
                (one.frame for one in pendings),
                seconds,
                lambda frame: by_correlation[frame.correlation].receive(frame),
            )
            return None
        except (OSError, HoldfastError) as error:
            self.close()
            return error
        except BaseException:
            self.close()  # Interrupted: answers that are still to come belong to nobody.
            raise

    def _connected(self, seconds: float) -> Channel:
        if self._channel is None:
            self._channel = Channel(self._host, self._port, self._hello, seconds)
        return self._channel


def _longest_wait(pendings: Iterable[Pending[Any]]) -> Exception | None:
    """The refusal, of requests that are to be sent again, that asks for the longest wait."""
    refusals = [one.failure for one in pendings if isinstance(one.failure, Refusal)]
    return max(refusals, key=lambda one: one.retry_after or 0, default=None)


def _is_final(failure: Exception | None) -> bool:
    """Whether a connection's failure would only come again: refused hello, broken protocol."""
    if isinstance(failure, Refusal):
        return not failure.outcome.is_retried
    return isinstance(failure, HoldfastError)
