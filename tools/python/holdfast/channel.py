"""One connection of the synchronous client: a socket, its handshake, and exchanges over it."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable

from holdfast.messages import Hello, read_answer, request_frame
from holdfast.outcomes import Refusal
from holdfast.values import ServerLimits
from holdfast.wire import Frame, FrameSplitter, MalformedFrame

READ_BYTES = 262_144
HELLO_CORRELATION = 0
"""The correlation id of hello. No later request has it."""


class Channel:
    """A connection that has said hello. Not safe for threads: its client takes turns on it."""

    def __init__(self, host: str, port: int, hello: Hello, seconds: float) -> None:
        """Connects and shakes hands.

        Raises ``OSError`` if there is no connection and the ``Refusal`` if hello is refused.
        """
        ends_at = time.monotonic() + seconds
        self._socket = socket.create_connection((host, port), timeout=max(seconds, 0.001))
        self._splitter = FrameSplitter()
        self._selector = selectors.DefaultSelector()
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setblocking(False)
            self._selector.register(self._socket, selectors.EVENT_READ)
            self.limits = self._shake_hands(hello, ends_at)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the socket; what is underway gets no answer any more."""
        self._selector.close()
        self._socket.close()

    def _shake_hands(self, hello: Hello, ends_at: float) -> ServerLimits:
        answers: list[Frame] = []
        self._exchange([request_frame(hello, HELLO_CORRELATION)], 1, ends_at, answers.append)
        return read_answer(Hello, answers[0])

    def exchange(
        self, frames: Iterable[Frame], seconds: float, receive: Callable[[Frame], None]
    ) -> None:
        """Sends requests and hands over each answer as it comes, until all have come.

        It reads while it writes, so neither side waits for the other, and has no more requests in
        flight than the server allows. Raises ``OSError`` if the connection breaks, ``TimeoutError``
        (which is one) if nothing comes for ``seconds``, ``MalformedFrame`` if the server breaks the
        protocol.
        """
        self._exchange(frames, self.limits.in_flight_max, time.monotonic() + seconds, receive)

    def _exchange(
        self,
        frames: Iterable[Frame],
        in_flight_max: int,
        ends_at: float,
        receive: Callable[[Frame], None],
    ) -> None:
        waiting = deque(frames)
        in_flight: set[int] = set()
        unsent = bytearray()
        patience = ends_at - time.monotonic()
        while waiting or in_flight:
            while waiting and len(in_flight) < max(1, in_flight_max) and len(unsent) < READ_BYTES:
                frame = waiting.popleft()
                in_flight.add(frame.correlation)
                unsent += frame.encoded()
            if self._step(unsent, in_flight, ends_at, receive):
                ends_at = max(ends_at, time.monotonic() + patience)

    def _step(
        self,
        unsent: bytearray,
        in_flight: set[int],
        ends_at: float,
        receive: Callable[[Frame], None],
    ) -> bool:
        """Writes and reads what it can at once; waits for one of both if neither is possible.

        Returns whether an answer came.
        """
        seconds = ends_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the answer didn't come in time")
        writing = selectors.EVENT_WRITE if unsent else 0
        self._selector.modify(self._socket, selectors.EVENT_READ | writing)
        ready = sum(events for _, events in self._selector.select(seconds))
        if ready & selectors.EVENT_WRITE:
            del unsent[: self._socket.send(unsent)]
        if not ready & selectors.EVENT_READ:
            return False
        data = self._socket.recv(READ_BYTES)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        count = 0
        for frame in self._splitter.frames(data):
            self._take(frame, in_flight)
            receive(frame)
            count += 1
        return count > 0

    @staticmethod
    def _take(frame: Frame, in_flight: set[int]) -> None:
        """Checks a frame off, or raises if it isn't the answer to a request on this connection."""
        if frame.is_answer and frame.correlation in in_flight:
            in_flight.remove(frame.correlation)
            return
        complaint = unasked_refusal(frame)
        if complaint is None:
            raise MalformedFrame(f"a frame that nobody waits for: {frame.correlation}")
        raise complaint


def unasked_refusal(frame: Frame) -> Exception | None:
    """The refusal in a frame that answers no request: the connection's last words.

    One that may pass, such as ``shutting_down``, is a ``ConnectionError`` to those who wait.
    """
    if not frame.is_answer or frame.correlation != HELLO_CORRELATION:
        return None
    try:
        read_answer(Hello, frame)
    except Refusal as refusal:
        return ConnectionResetError(str(refusal)) if refusal.outcome.is_retried else refusal
    return None
