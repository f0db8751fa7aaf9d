"""hello, stats and check."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from holdfast.messages.base import Operation, Request
from holdfast.messages.members import member
from holdfast.stock import CheckReport
from holdfast.values import Durability, ServerLimits
from holdfast.wire import TEXT_BYTES_MAX, MalformedFrame, Reader, Writer

MAGIC = b"holdfast"
VERSION = 3
PROOF_BYTES_MAX = 1_024
VIOLATIONS_MAX = 100


@dataclass(frozen=True)
class Hello(Request[ServerLimits]):
    """The first request of a connection: who speaks, and with which proof of it."""

    operation: ClassVar[Operation] = Operation.HELLO

    name: str
    proof: bytes = field(default=b"", repr=False)
    oldest_version: int = VERSION
    newest_version: int = VERSION
    features: int = 0

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        if len(self.proof) > PROOF_BYTES_MAX:
            raise ValueError(f"a proof has {PROOF_BYTES_MAX} bytes at most")
        writer.raw(MAGIC)
        writer.u16(self.oldest_version)
        writer.u16(self.newest_version)
        writer.u32(self.features)
        writer.name(self.name)
        writer.u16(len(self.proof))
        writer.raw(self.proof)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        if reader.raw(len(MAGIC)) != MAGIC:
            raise MalformedFrame("hello doesn't begin with `holdfast`")
        oldest, newest, features = reader.u16(), reader.u16(), reader.u32()
        name = reader.text(reader.u8(), 1, TEXT_BYTES_MAX)
        size = reader.u16()
        if size > PROOF_BYTES_MAX:
            raise MalformedFrame(f"a proof of {size} bytes")
        return cls(name, reader.raw(size), oldest, newest, features)

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> ServerLimits:
        """See ``Request``."""
        version, durability = reader.u16(), member(Durability, reader.u8())
        reader.zeros(1)
        features, instant = reader.u32(), reader.instant()
        frame_bytes, in_flight, lines = reader.u32(), reader.u32(), reader.u32()
        return ServerLimits(
            version, durability, features, instant, frame_bytes, in_flight, lines, reader.u32()
        )

    @staticmethod
    def write_answer(answer: ServerLimits, writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(answer.version)
        writer.u8(answer.durability.value)
        writer.zeros(1)
        writer.u32(answer.features)
        writer.i64(answer.instant)
        for value in (answer.frame_bytes_max, answer.in_flight_max, answer.lines_max):
            writer.u32(value)
        writer.u32(answer.rows_max)


@dataclass(frozen=True)
class Stats(Request[dict[str, int]]):
    """Counters and gauges of the server by name."""

    operation: ClassVar[Operation] = Operation.STATS

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> dict[str, int]:
        """See ``Request``."""
        values: dict[str, int] = {}
        for _ in range(reader.u16()):
            value = reader.i64()
            name = reader.text(reader.u8(), 1, TEXT_BYTES_MAX)
            if name in values:
                raise MalformedFrame(f"{name} stands twice in the statistics")
            values[name] = value
        return values

    @staticmethod
    def write_answer(answer: dict[str, int], writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(answer))
        for name, value in answer.items():
            writer.i64(value)
            writer.name(name)


@dataclass(frozen=True)
class Check(Request[CheckReport]):
    """A sweep over every invariant; the server answers nobody else meanwhile."""

    operation: ClassVar[Operation] = Operation.CHECK

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> CheckReport:
        """See ``Request``."""
        lsn, cells, open_reservations, state_hash = (reader.u64() for _ in range(4))
        is_clean = reader.boolean()
        reader.zeros(1)
        count = reader.u16()
        if count > VIOLATIONS_MAX:
            raise MalformedFrame(f"{count} violations")
        violations = tuple(reader.ascii_text(reader.u16(), 0xFFFF) for _ in range(count))
        return CheckReport(lsn, cells, open_reservations, state_hash, is_clean, violations)

    @staticmethod
    def write_answer(answer: CheckReport, writer: Writer) -> None:
        """See ``Request``."""
        for value in (answer.lsn, answer.cells, answer.open_reservations, answer.state_hash):
            writer.u64(value)
        writer.u8(answer.is_clean)
        writer.zeros(1)
        writer.u16(len(answer.violations))
        for violation in answer.violations:
            text = violation.encode("ascii")
            writer.u16(len(text))
            writer.raw(text)
