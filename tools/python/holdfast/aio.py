"""The asynchronous client: many requests in flight on one connection."""

import asyncio
import contextlib
from itertools import count
from types import TracebackType
from typing import Self, TypeVar

from holdfast.channel import HELLO_CORRELATION, READ_BYTES, unasked_refusal
from holdfast.messages import Hello, Request, read_answer, request_frame
from holdfast.operations_async import AsyncOperations
from holdfast.outcomes import Refusal
from holdfast.retry import DEFAULT_RETRIES, Attempts, RetryPolicy, parsed_address, proof_of
from holdfast.values import ServerLimits
from holdfast.wire import Frame, FrameSplitter, HoldfastError, MalformedFrame

AnswerT = TypeVar("AnswerT")


class _Connection:
    """One connection that has said hello, and those who wait for its answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._reading = asyncio.create_task(self._read_answers())
        self._turns = asyncio.Semaphore(1)
        self.limits: ServerLimits
        self.failure: Exception | None = None

    @classmethod
    async def open(cls, host: str, port: int, hello: Hello) -> "_Connection":
        """Connects and shakes hands. Raises ``OSError`` or the ``Refusal``."""
        connection = cls(*await asyncio.open_connection(host, port))
        try:
            answer = await connection.exchange(request_frame(hello, HELLO_CORRELATION))
            connection.limits = read_answer(Hello, answer)
        except BaseException as error:
            connection.close(error if isinstance(error, Exception) else ConnectionResetError())
            raise
        connection._turns = asyncio.Semaphore(max(1, connection.limits.in_flight_max))
        return connection

    async def exchange(self, frame: Frame) -> Frame:
        """Sends a request and waits for its answer."""
        async with self._turns:
            if self.failure is not None:
                raise self.failure
            answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
            self._waiting[frame.correlation] = answer
            self._writer.write(frame.encoded())
            await self._writer.drain()
            return await answer

    def close(self, failure: Exception) -> None:
        """Closes the connection and tells all who wait why."""
        if self.failure is None:
            self.failure = failure
        self._writer.close()
        self._reading.cancel()
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(self.failure)
                answer.exception()  # Whoever was cancelled meanwhile doesn't ask for it.

    async def closed(self) -> None:
        """Waits until the socket is closed."""
        await asyncio.wait([self._reading])
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read_answers(self) -> None:
        splitter = FrameSplitter()
        try:
            while data := await self._reader.read(READ_BYTES):
                for frame in splitter.frames(data):
                    self._take(frame)
            raise ConnectionResetError("the server closed the connection")
        except (OSError, HoldfastError) as error:
            self.close(error)

    def _take(self, frame: Frame) -> None:
        answer = self._waiting.pop(frame.correlation, None) if frame.is_answer else None
        if answer is None:
            complaint = unasked_refusal(frame)
            raise complaint or MalformedFrame(f"nobody waits for frame {frame.correlation}")
        if not answer.done():
            answer.set_result(frame)


class AsyncClient(AsyncOperations):
    """A connection to a server that mends itself, for one event loop.

    Any number of tasks may call at once: their requests share the connection and are matched to
    their answers by correlation id. It connects with the first request and again whenever the
    connection broke. A call that is cancelled may have been carried out all the same; send the same
    request object again to find out.
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
        self._connecting = asyncio.Lock()
        self._connection: _Connection | None = None
        self._correlations = count(HELLO_CORRELATION + 1)

    def __repr__(self) -> str:
        return f"AsyncClient({self._host}:{self._port}, name={self._hello.name!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection. Requests underway go over a new one; so does the next."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(ConnectionResetError("this client closed the connection"))
            await connection.closed()

    async def limits(self) -> ServerLimits:
        """What the server told of itself at the last handshake; connects if need be."""
        await self.stats()
        return (await self._connected()).limits

    async def call(self, request: Request[AnswerT]) -> AnswerT:
        """Sends a request, again where that helps, and returns its answer.

        Raises the server's ``Refusal``, ``NoAnswer`` after the deadline, and ``ValueError`` for
        what the layout can't carry. ``MalformedFrame`` tells of a server that breaks the protocol.
        """
        frame = request_frame(request, next(self._correlations))
        frame.encoded()  # Refuses a frame that is too large before anything is sent.
        attempts = Attempts(self._retry)
        while True:
            try:
                return read_answer(type(request), await self._attempt(frame, attempts))
            except Refusal as refusal:
                if not refusal.outcome.is_retried:
                    raise
                failure: Exception = refusal
            except OSError as error:
                failure = error
            pause = attempts.next_pause(failure)
            if pause is None:
                raise attempts.failure(failure)
            await asyncio.sleep(pause)

    async def _attempt(self, frame: Frame, attempts: Attempts) -> Frame:
        """Sends a request once. A connection that doesn't answer in time is given up for all."""
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(attempts.answer_seconds()):
                connection = await self._connected()
                return await connection.exchange(frame)
        except TimeoutError:
            failure = TimeoutError("the answer didn't come in time")
            if connection is not None:
                connection.close(failure)
            raise failure from None

    async def _connected(self) -> _Connection:
        async with self._connecting:
            if self._connection is None or self._connection.failure is not None:
                self._connection = await _Connection.open(self._host, self._port, self._hello)
            return self._connection
