"""A server that does what a test says, frame by frame, on a real socket."""

import socket
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from holdfast import Durability, Outcome, Refusal, ServerLimits
from holdfast.messages import Hello, Operation, Stats, answer_frame
from holdfast.wire import Frame, FrameSplitter

LIMITS = ServerLimits(1, Durability.SYNC, 0, 1_700_000_000_000, 1_048_576, 4, 4_096, 1_024)

Script = Callable[[Frame, int], list[Frame] | None]
"""Answers to a frame that came over the connection of this number; None closes it."""


def welcome(frame: Frame) -> Frame:
    """The accepted answer to a hello."""
    return answer_frame(Hello, LIMITS, frame.correlation)


def refusal(frame: Frame, outcome: Outcome, detail: str = "") -> Frame:
    """A refusal of any request."""
    return answer_frame(Stats, Refusal(outcome, detail=detail), frame.correlation)


class ScriptedServer:
    """Listens on a free port, keeps every frame it got, and answers as its script says.

    Hello is welcomed without asking the script, unless ``with_hello``. ``greeting`` is sent as soon
    as a connection opens.
    """

    def __init__(self, script: Script, *, with_hello: bool = False, greeting: bytes = b"") -> None:
        self._script = script
        self._with_hello = with_hello
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.frames: list[Frame] = []
        """Every frame but the welcomed hellos, in the order of their coming."""
        self.connection_count = 0

    @property
    def address(self) -> str:
        """Where it listens, as ``HOST:PORT``."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            number = self.connection_count
            self.connection_count += 1
            self._start(partial(self._serve, connection, number))

    def _serve(self, connection: socket.socket, number: int) -> None:
        splitter = FrameSplitter()
        with connection:
            try:
                connection.sendall(self._greeting)
                while data := connection.recv(65_536):
                    for frame in splitter.frames(data):
                        if not self._answer(connection, frame, number):
                            return
            except OSError:
                return

    def _answer(self, connection: socket.socket, frame: Frame, number: int) -> bool:
        if frame.number == Operation.HELLO and not self._with_hello:
            connection.sendall(welcome(frame).encoded())
            return True
        with self._lock:
            self.frames.append(frame)
            answers = self._script(frame, number)
        if answers is None:
            return False
        connection.sendall(b"".join(answer.encoded() for answer in answers))
        return True
