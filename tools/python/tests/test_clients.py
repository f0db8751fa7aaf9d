"""What both clients do about broken connections, refusals and answers out of order."""

import asyncio
import inspect
import pathlib
import struct
import unittest
from collections.abc import Coroutine
from typing import Any, TypeVar

import holdfast.operations
import holdfast.operations_async
from holdfast import (
    NO_RETRIES,
    AsyncClient,
    Client,
    Line,
    MalformedFrame,
    NoAnswer,
    Outcome,
    Refusal,
    Reservation,
    ReservationState,
    RetryPolicy,
    new_id,
)
from holdfast.messages import Hello, Operation, Request, Reserve, Stats, answer_frame, read_request
from holdfast.retry import Attempts
from holdfast.wire import Frame
from tests.scripted import LIMITS, ScriptedServer, refusal, welcome

AnswerT = TypeVar("AnswerT")

QUICK = RetryPolicy(
    attempts_max=5, first_pause_seconds=0.001, longest_pause_seconds=0.004, answer_seconds=5
)
IMPATIENT = RetryPolicy(attempts_max=3, first_pause_seconds=0.001, answer_seconds=0.05)


def held(frame: Frame) -> Frame:
    """An accepted answer to a reserve or commit."""
    reservation = Reservation(8, 1_700_000_000_000, ReservationState.HELD, ())
    return answer_frame(Reserve, reservation, frame.correlation)


def counted(frame: Frame, value: int = 1) -> Frame:
    """An answer to a stats."""
    return answer_frame(Stats, {"connections": value}, frame.correlation)


def a_hold() -> Reserve:
    """A request that changes something."""
    return Reserve((Line("MUG", 1),), new_id())


def called_sync(
    address: str, request: Request[AnswerT], retry: RetryPolicy, secret: str | None = None
) -> AnswerT:
    """What the synchronous client makes of a request."""
    with Client(address, retry=retry, secret=secret) as client:
        return client.call(request)


def called_async(
    address: str, request: Request[AnswerT], retry: RetryPolicy, secret: str | None = None
) -> AnswerT:
    """What the asynchronous client makes of a request."""

    async def run() -> AnswerT:
        async with AsyncClient(address, retry=retry, secret=secret) as client:
            return await client.call(request)

    return finished(run())


def finished(work: Coroutine[Any, Any, AnswerT]) -> AnswerT:
    """Runs a coroutine to its end, with a bound on a hang."""

    async def bounded() -> AnswerT:
        return await asyncio.wait_for(work, 30)

    return asyncio.run(bounded())


BOTH = (called_sync, called_async)


class RetryTests(unittest.TestCase):
    """Sending again, the same for both clients."""

    def test_a_broken_connection_is_mended_with_the_same_bytes(self) -> None:
        """The second connection sees the very frame that the first one lost."""
        for called in BOTH:
            with self.subTest(called.__name__):
                script = lambda frame, number: [held(frame)] if number else None
                with ScriptedServer(script) as server:
                    answer = called(server.address, a_hold(), QUICK)
                    self.assertEqual(answer.lsn, 8)
                    self.assertEqual(len(server.frames), 2)
                    self.assertEqual(server.frames[0].encoded(), server.frames[1].encoded())
                    self.assertEqual(server.connection_count, 2)

    def test_silence_is_given_up_and_sent_again(self) -> None:
        """A connection without an answer in time is left for another."""
        for called in BOTH:
            with self.subTest(called.__name__):
                script = lambda frame, number: [held(frame)] if number == 2 else []
                with ScriptedServer(script) as server:
                    called(server.address, a_hold(), IMPATIENT)
                    self.assertEqual(len({frame.encoded() for frame in server.frames}), 1)
                    self.assertEqual(server.connection_count, 3)

    def test_no_answer_is_told_apart_from_a_refusal(self) -> None:
        """After the last attempt nothing is known, which is an error of its own."""
        for called in BOTH:
            with self.subTest(called.__name__), ScriptedServer(lambda *_: None) as server:
                with self.assertRaises(NoAnswer):
                    called(server.address, a_hold(), QUICK)
                self.assertEqual(len(server.frames), QUICK.attempts_max)

    def test_refusals_that_may_pass_are_tried_again(self) -> None:
        """Each of the five, on the same connection."""
        for called in BOTH:
            for outcome in (
                Outcome.SHUTTING_DOWN,
                Outcome.READ_ONLY_DISK_FULL,
                Outcome.TOO_MANY_CONNECTIONS,
                Outcome.TOO_MANY_RESERVATIONS,
                Outcome.LOG_BUSY,
            ):
                with self.subTest(called.__name__, outcome=outcome.label):
                    self._check_tried_again(called, outcome)

    def _check_tried_again(self, called: Any, outcome: Outcome) -> None:
        seen: list[int] = []

        def script(frame: Frame, number: int) -> list[Frame]:
            seen.append(number)
            return [refusal(frame, outcome) if len(seen) < 3 else held(frame)]

        with ScriptedServer(script) as server:
            called(server.address, a_hold(), QUICK)
            self.assertEqual(len({frame.encoded() for frame in server.frames}), 1)
            self.assertEqual(seen, [0, 0, 0])

    def test_other_refusals_are_raised_at_once(self) -> None:
        """Also one of a number that this client has never heard of."""
        for called in BOTH:
            for number in (Outcome.INSUFFICIENT_STOCK, Outcome(299), Outcome(499), Outcome(700)):
                with self.subTest(called.__name__, number=number.value):
                    script = lambda frame, _, it=number: [refusal(frame, it)]
                    with ScriptedServer(script) as server:
                        with self.assertRaises(Refusal) as caught:
                            called(server.address, a_hold(), QUICK)
                        self.assertEqual(caught.exception.outcome, number)
                        self.assertEqual(len(server.frames), 1)

    def test_the_last_refusal_is_raised_when_the_attempts_are_used_up(self) -> None:
        """What may pass and doesn't is told as it is."""
        for called in BOTH:
            with self.subTest(called.__name__):
                script = lambda frame, _: [refusal(frame, Outcome.LOG_BUSY)]
                with ScriptedServer(script) as server:
                    with self.assertRaises(Refusal) as caught:
                        called(server.address, a_hold(), QUICK)
                    self.assertEqual(caught.exception.outcome, Outcome.LOG_BUSY)
                    self.assertEqual(len(server.frames), QUICK.attempts_max)

    def test_a_full_server_is_tried_again(self) -> None:
        """It says so without being asked, as the last frame, under correlation id 0."""
        for called in BOTH:
            greeting = refusal(Frame(1, 0, b""), Outcome.TOO_MANY_CONNECTIONS).encoded()
            with self.subTest(called.__name__):
                lost = ScriptedServer(lambda *_: None, with_hello=True, greeting=greeting)
                with lost as server:
                    with self.assertRaises(Refusal) as caught:
                        called(server.address, Stats(), QUICK)
                    self.assertEqual(caught.exception.outcome, Outcome.TOO_MANY_CONNECTIONS)
                    self.assertEqual(server.connection_count, QUICK.attempts_max)

    def test_a_refused_hello_is_final(self) -> None:
        """A wrong secret doesn't get better by trying, and is never shown."""
        for called in BOTH:
            script = lambda frame, _: [refusal(frame, Outcome.AUTHENTICATION_FAILED)]
            with self.subTest(called.__name__), ScriptedServer(script, with_hello=True) as server:
                with self.assertRaises(Refusal) as caught:
                    called(server.address, Stats(), QUICK, "open sesame")
                self.assertEqual(caught.exception.outcome, Outcome.AUTHENTICATION_FAILED)
                hello = read_request(Hello, server.frames[0])
                self.assertEqual(getattr(hello, "proof", b""), b"open sesame")
                self.assertNotIn("sesame", repr(hello) + str(caught.exception))
                self.assertEqual(server.connection_count, 1)

    def test_no_retries_means_one_attempt(self) -> None:
        """For those who decide themselves."""
        for called in BOTH:
            with self.subTest(called.__name__), ScriptedServer(lambda *_: None) as server:
                with self.assertRaises(NoAnswer):
                    called(server.address, a_hold(), NO_RETRIES)
                self.assertEqual(len(server.frames), 1)

    def test_pauses_grow_to_their_limit_and_jitter_shortens_them(self) -> None:
        """The schedule without and with chance."""
        policy = RetryPolicy(attempts_max=6, first_pause_seconds=1, longest_pause_seconds=5)
        self.assertEqual(list(policy.pauses(lambda: 0.0)), [1, 2, 4, 5, 5])
        self.assertEqual(list(policy.pauses(lambda: 1.0)), [0.5, 1, 2, 2.5, 2.5])


    def test_a_wait_that_the_server_tells_is_kept(self) -> None:
        """A pause is as long at least, and ends the attempts where it passes the deadline."""
        policy = RetryPolicy(first_pause_seconds=0.001, deadline_seconds=60, jitter=0.5)
        early = Refusal(Outcome.RATE_LIMITED, retry_after=4_000)
        pause = Attempts(policy).next_pause(early)
        assert pause is not None
        self.assertTrue(4 <= pause <= 6)
        self.assertIsNone(Attempts(policy).next_pause(Refusal(early.outcome, retry_after=90_000)))
        self.assertLess(Attempts(policy).next_pause(Refusal(Outcome.LOG_BUSY)) or 1, 0.01)


class BrokenServerTests(unittest.TestCase):
    """Answers that break the protocol."""

    def test_malformed_answers_are_refused(self) -> None:
        """Each is an error at once; nothing is sent again to a server that can't speak."""
        good = counted(Frame(0, 1, b""))
        bad = {
            "size below a header": struct.pack("<IHHQ", 15, 0, 2, 1),
            "size over the limit": struct.pack("<IHHQ", 1_048_577, 0, 2, 1),
            "not an answer": struct.pack("<IHHQ", 16, 0, 0, 1),
            "unknown flags": struct.pack("<IHHQ", 16, 0, 6, 1),
            "an answer nobody waits for": Frame(0, 99, good.body, True).encoded(),
            "a body cut short": Frame(0, 1, good.body[:-1], True).encoded(),
            "a body too long": Frame(0, 1, good.body + b"\0", True).encoded(),
            "a refusal cut short": Frame(200, 1, b"\0\0\0\0", True).encoded(),
        }
        for called in BOTH:
            for name, data in bad.items():
                with self.subTest(called.__name__, name=name):
                    raw = _RawFrame(data)
                    with ScriptedServer(lambda *_, raw=raw: [raw]) as server:
                        with self.assertRaises(MalformedFrame):
                            called(server.address, Stats(), QUICK)
                        self.assertEqual(len(server.frames), 1)


class _RawFrame(Frame):
    """Bytes that a scripted server sends as they are."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0, 0, data)

    def encoded(self) -> bytes:
        """The bytes."""
        return self.body


class PipelineTests(unittest.TestCase):
    """Many requests in flight."""

    def test_a_pipeline_matches_answers_by_correlation_id(self) -> None:
        """The server answers in pairs, the later first."""
        waiting: list[Frame] = []

        def script(frame: Frame, _: int) -> list[Frame]:
            waiting.append(frame)
            if len(waiting) < 2:
                return []
            answers = [counted(one, one.correlation) for one in reversed(waiting)]
            waiting.clear()
            return answers

        with ScriptedServer(script) as server, Client(server.address, retry=QUICK) as client:
            with client.pipeline() as pipeline:
                pending = [pipeline.send(Stats()) for _ in range(50)]
            values = [one.result()["connections"] for one in pending]
            self.assertEqual(values, list(range(1, 51)))

    def test_a_pipeline_has_no_more_in_flight_than_the_server_allows(self) -> None:
        """The server here answers only when its limit is reached, and sees no frame beyond."""
        waiting: list[Frame] = []
        most = [0]

        def script(frame: Frame, _: int) -> list[Frame]:
            waiting.append(frame)
            most[0] = max(most[0], len(waiting))
            if len(waiting) < LIMITS.in_flight_max:
                return []
            answers = [counted(one) for one in waiting]
            waiting.clear()
            return answers

        with ScriptedServer(script) as server, Client(server.address, retry=QUICK) as client:
            with client.pipeline() as pipeline:
                for _ in range(10 * LIMITS.in_flight_max):
                    pipeline.send(Stats())
            self.assertEqual(most[0], LIMITS.in_flight_max)

    def test_only_requests_without_an_answer_are_sent_again(self) -> None:
        """Three of the first four are answered; the connection breaks at the seventh.

        No frame is unread then, as four are in flight at most: a close with unread bytes could take
        answers along that were underway.
        """

        def script(frame: Frame, number: int) -> list[Frame] | None:
            count = len(server.frames)
            if number:
                return [counted(frame)]
            if count == 7:
                return None
            return [counted(one) for one in server.frames[:3]] if count == 4 else []

        with ScriptedServer(script) as server, Client(server.address, retry=QUICK) as client:
            with client.pipeline() as pipeline:
                pending = [pipeline.send(Stats()) for _ in range(8)]
            self.assertTrue(all(one.result() for one in pending))
            again = [frame.correlation for frame in server.frames[7:]]
            self.assertEqual(sorted(again), [4, 5, 6, 7, 8])

    def test_a_refusal_in_a_pipeline_leaves_the_others(self) -> None:
        """It is raised by its own result only."""

        def script(frame: Frame, _: int) -> list[Frame]:
            is_second = frame.correlation == 2
            return [refusal(frame, Outcome.UNKNOWN_SKU) if is_second else counted(frame)]

        with ScriptedServer(script) as server, Client(server.address, retry=QUICK) as client:
            pipeline = client.pipeline()
            first, second, third = (pipeline.send(Stats()) for _ in range(3))
            self.assertEqual(first.result(), {"connections": 1})
            self.assertTrue(third.is_done)
            with self.assertRaises(Refusal):
                second.result()

    def test_tasks_share_a_connection(self) -> None:
        """Their answers come in the opposite order, each to its own task."""
        waiting: list[Frame] = []

        def script(frame: Frame, _: int) -> list[Frame]:
            waiting.append(frame)
            if len(waiting) < LIMITS.in_flight_max:
                return []
            answers = [counted(one, one.correlation) for one in reversed(waiting)]
            waiting.clear()
            return answers

        async def run(address: str) -> list[int]:
            async with AsyncClient(address, retry=QUICK) as client:
                calls = (client.stats() for _ in range(10 * LIMITS.in_flight_max))
                return [answer["connections"] for answer in await asyncio.gather(*calls)]

        with ScriptedServer(script) as server:
            values = finished(run(server.address))
            self.assertEqual(values, list(range(1, 10 * LIMITS.in_flight_max + 1)))
            self.assertEqual(server.connection_count, 1)

    def test_a_cancelled_call_leaves_the_others(self) -> None:
        """Its answer comes all the same, and is passed over."""
        waiting: list[Frame] = []

        def script(frame: Frame, _: int) -> list[Frame]:
            waiting.append(frame)
            return [counted(one) for one in waiting] if len(waiting) == 2 else []

        async def run(address: str) -> None:
            async with AsyncClient(address, retry=QUICK) as client:
                lost = asyncio.create_task(client.stats())
                while not server.frames:
                    await asyncio.sleep(0)
                lost.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await lost
                await client.stats()
                self.assertEqual(server.connection_count, 1)

        with ScriptedServer(script) as server:
            finished(run(server.address))


class ArgumentTests(unittest.TestCase):
    """What is refused before anything is sent."""

    def test_what_the_layout_cannot_carry_is_a_value_error(self) -> None:
        """No connection is made for it."""
        bad: list[Request[Any]] = [
            Reserve((Line("MUG", -1),), new_id()),
            Reserve((Line("MUG", 1 << 32),), new_id()),
            Reserve((Line("M" * 256, 1),), new_id()),
            Reserve((Line("MÜG", 1),), new_id()),
            Reserve((Line("MUG", 1),), b"short"),
            Reserve((Line("M" * 255, 1),) * 4_096, new_id()),
        ]
        for called in BOTH:
            for request in bad:
                with self.subTest(called.__name__), ScriptedServer(lambda *_: None) as server:
                    with self.assertRaises(ValueError):
                        called(server.address, request, QUICK)
                    self.assertEqual(server.connection_count, 0)

    def test_the_secret_is_never_shown(self) -> None:
        """Neither client tells it."""

        async def shown() -> str:
            return repr(AsyncClient(secret="open sesame"))

        both = repr(Client(secret="open sesame")) + finished(shown())
        self.assertNotIn("sesame", both)
        self.assertIn("127.0.0.1:7411", both)

    def test_both_clients_have_the_same_operations(self) -> None:
        """The asynchronous ones are the others with `async` and `await`, and nothing else."""
        text = pathlib.Path(inspect.getfile(holdfast.operations)).read_text(encoding="utf-8")
        made = (
            text.replace("    def ", "    async def ")
            .replace("return self.call(", "return await self.call(")
            .replace("class Operations(", "class AsyncOperations(")
        )
        path = pathlib.Path(inspect.getfile(holdfast.operations_async))
        there = path.read_text(encoding="utf-8")
        self.assertEqual(made.split('"""', 2)[2], there.split('"""', 2)[2])
        methods = {name for name in vars(holdfast.operations.Operations) if name[0] != "_"}
        self.assertEqual(methods - {"call"}, {one.label for one in Operation} - {"hello"})


class HelloTests(unittest.TestCase):
    """The handshake."""

    def test_the_limits_of_the_server_are_told(self) -> None:
        """As they came in the answer to hello."""

        def script(frame: Frame, _: int) -> list[Frame]:
            is_hello = frame.number == Operation.HELLO
            return [welcome(frame) if is_hello else counted(frame)]

        with ScriptedServer(script, with_hello=True) as server:
            with Client(server.address, name="checkout-7") as client:
                self.assertEqual(client.limits(), LIMITS)
            hello = read_request(Hello, server.frames[0])
            self.assertEqual(hello, Hello("checkout-7"))


if __name__ == "__main__":
    unittest.main()
