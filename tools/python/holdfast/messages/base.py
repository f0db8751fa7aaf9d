"""What every request is: an operation, a body, and the layout of its answer."""

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import Any, ClassVar, Generic, Self, TypeVar

from holdfast.alternatives import LineAlternatives
from holdfast.messages.alternatives import read_alternatives, write_alternatives
from holdfast.messages.members import member
from holdfast.outcomes import Figures, MissingUnits, Outcome, Refusal
from holdfast.values import ReservationState
from holdfast.wire import Frame, MalformedFrame, Reader, Writer

AnswerT = TypeVar("AnswerT")

NONE_INDEX = -1
NONE_STATE = 255
DETAIL_BYTES_MAX = 512

_FOLLOWS_NOTHING, _FOLLOWS_FIGURES, _FOLLOWS_MISSING, _FOLLOWS_ALTERNATIVES = 0, 1, 2, 3
_FOLLOWS_WAIT = 4
_TELL_ALTERNATIVES = (
    Outcome.INSUFFICIENT_STOCK,
    Outcome.CONSTRAINTS_UNMET,
    Outcome.CAPACITY_EXHAUSTED,
    Outcome.WAREHOUSE_CLOSED,
)


class Operation(IntEnum):
    """The number of each kind of request."""

    HELLO = 1
    STATS = 2
    CHECK = 3
    RESERVE = 10
    COMMIT = 11
    RELEASE = 12
    SHOW = 13
    FULFIL = 14
    CANCEL = 15
    EXTEND = 16
    OWNER_SHOW = 17
    SOURCE = 18
    REROUTE = 19
    STOCK_WRITE = 20
    STOCK_SHOW = 21
    STOCK_LIST = 22
    SKU_WRITE = 23
    AVAILABILITY = 24
    STOCK_HOLDS = 25
    WAREHOUSE_WRITE = 30
    WAREHOUSE_LIST = 31
    WAREHOUSE_SET_STATE = 32
    WAREHOUSE_FILL = 33
    POLICY_WRITE = 34
    POLICY_LIST = 35
    RATES_WRITE = 36
    RATES_LIST = 37
    SUBSTITUTES_WRITE = 38
    SUBSTITUTES_LIST = 39
    REROUTE_START = 40
    REROUTE_STATUS = 41
    HOLD_AGAIN = 42
    SNAPSHOT_START = 50
    SNAPSHOT_STATUS = 51
    CHECK_START = 52
    CHECK_STATUS = 53
    SNAPSHOT_LIST = 54
    BACKUP_START = 55
    BACKUP_READ = 56
    BACKUP_END = 57
    SALE_WRITE = 60
    SALE_LIST = 61
    SALE_STATUS = 62
    SALE_REPORT = 63
    FENCE = 64

    @property
    def label(self) -> str:
        """The name as the protocol writes it."""
        return self.name.lower()


class Request(ABC, Generic[AnswerT]):
    """A request with the layouts of its body and of its answer, each in both directions."""

    operation: ClassVar[Operation]

    @abstractmethod
    def write(self, writer: Writer) -> None:
        """Writes the body. Raises ``ValueError`` for what the layout can't carry."""

    @classmethod
    @abstractmethod
    def read(cls, reader: Reader) -> Self:
        """Reads a body. Raises ``MalformedFrame`` where it breaks the layout."""

    @staticmethod
    @abstractmethod
    def read_answer(reader: Reader, is_repeated: bool) -> AnswerT:
        """Reads the body of an accepted answer."""

    @staticmethod
    @abstractmethod
    def write_answer(answer: AnswerT, writer: Writer) -> None:
        """Writes the body of an accepted answer."""


def request_frame(request: Request[Any], correlation: int) -> Frame:
    """The frame of a request."""
    writer = Writer()
    request.write(writer)
    return Frame(request.operation.value, correlation, writer.body())


def answer_frame(
    kind: type[Request[AnswerT]], answer: AnswerT | Refusal, correlation: int
) -> Frame:
    """The frame of an answer or a refusal, as a server would write it."""
    writer = Writer()
    if isinstance(answer, Refusal):
        _write_refusal(answer, writer)
        return Frame(answer.outcome.value, correlation, writer.body(), is_answer=True)
    kind.write_answer(answer, writer)
    is_repeated = bool(getattr(answer, "is_repeated", False))
    return Frame(Outcome.ACCEPTED.value, correlation, writer.body(), True, is_repeated)


def read_request(kind: type[Request[AnswerT]], frame: Frame) -> Request[AnswerT]:
    """The request in a frame. Raises ``MalformedFrame`` if it isn't one of this kind."""
    if frame.is_answer or frame.number != kind.operation.value:
        raise MalformedFrame(f"the frame isn't a request {kind.operation.label}")
    reader = Reader(frame.body)
    request = kind.read(reader)
    reader.finish()
    return request


def read_answer(kind: type[Request[AnswerT]], frame: Frame) -> AnswerT:
    """The answer in a frame. Raises the ``Refusal`` in it, or ``MalformedFrame``."""
    if not frame.is_answer:
        raise MalformedFrame("a request where an answer was awaited")
    reader = Reader(frame.body)
    if frame.number != Outcome.ACCEPTED.value:
        if frame.is_repeated:
            raise MalformedFrame("a refusal that says that it is repeated")
        refusal = _read_refusal(Outcome(frame.number), reader)
        reader.finish()
        raise refusal
    answer = kind.read_answer(reader, frame.is_repeated)
    reader.finish()
    return answer


def _write_refusal(refusal: Refusal, writer: Writer) -> None:
    writer.i32(NONE_INDEX if refusal.index is None else refusal.index)
    writer.u8(NONE_STATE if refusal.state is None else refusal.state.value)
    follows = _FOLLOWS_FIGURES if refusal.figures is not None else _FOLLOWS_NOTHING
    follows = _FOLLOWS_ALTERNATIVES if refusal.alternatives else follows
    follows = _FOLLOWS_WAIT if refusal.retry_after is not None else follows
    writer.u8(_FOLLOWS_MISSING if refusal.missing else follows)
    detail = refusal.detail.encode("ascii")
    writer.u16(len(detail))
    writer.raw(detail)
    if refusal.missing:
        writer.u16(len(refusal.missing))
        for one in refusal.missing:
            writer.u16(one.line)
            writer.zeros(2)
            writer.u32(one.needed)
            writer.u32(one.there)
    elif refusal.retry_after is not None:
        writer.u32(refusal.retry_after)
    elif refusal.alternatives:
        write_alternatives(refusal.alternatives, writer)
    elif refusal.figures is not None:
        figures = refusal.figures
        writer.u64(figures.version)
        for value in (figures.on_hand, figures.reserved, figures.committed):
            writer.i64(value)
        writer.i64(figures.safety_stock)
        writer.i64(figures.backorder_limit)


def _read_refusal(outcome: Outcome, reader: Reader) -> Refusal:
    index, state, follows = reader.i32(), reader.u8(), reader.u8()
    if index < NONE_INDEX:
        raise MalformedFrame(f"a refusal at index {index}")
    detail = reader.ascii_text(reader.u16(), DETAIL_BYTES_MAX)
    figures: Figures | None = None
    missing: tuple[MissingUnits, ...] = ()
    alternatives: tuple[LineAlternatives, ...] = ()
    retry_after: int | None = None
    if follows == _FOLLOWS_FIGURES:
        figures = _read_figures(reader)
    elif follows == _FOLLOWS_MISSING:
        missing = tuple(_read_missing(reader) for _ in range(reader.u16()))
        if not missing:
            raise MalformedFrame("missing units without a line")
    elif follows == _FOLLOWS_ALTERNATIVES and outcome in _TELL_ALTERNATIVES:
        alternatives = read_alternatives(reader)
    elif follows == _FOLLOWS_WAIT and outcome is Outcome.RATE_LIMITED:
        retry_after = reader.u32()
    elif follows != _FOLLOWS_NOTHING:
        raise MalformedFrame(f"{follows} follows a refusal's detail")
    return Refusal(
        outcome,
        index=None if index == NONE_INDEX else index,
        state=None if state == NONE_STATE else member(ReservationState, state),
        detail=detail,
        figures=figures,
        missing=missing,
        alternatives=alternatives,
        retry_after=retry_after,
    )


def _read_figures(reader: Reader) -> Figures:
    version, on_hand, reserved = reader.u64(), reader.i64(), reader.i64()
    return Figures(version, on_hand, reserved, reader.i64(), reader.i64(), reader.i64())


def _read_missing(reader: Reader) -> MissingUnits:
    line = reader.u16()
    reader.zeros(2)
    return MissingUnits(line, reader.u32(), reader.u32())
