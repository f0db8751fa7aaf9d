"""A log from its first record that is left to its end.

Batches are taken as long as each is whole and goes on from the one before. What follows the last
of them is nothing, a torn tail that was never durable, or damage; ``JournalFormat.md`` says how
they are told apart. The log isn't changed, and no server may write to it meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from holdfast.files.faults import FileFault, Malformed
from holdfast.files.fields import split_records
from holdfast.files.movement_records import read_movement
from holdfast.files.movements import Movement
from holdfast.files.segments import SECTOR_BYTES, Batch, BatchHeader, Segment, segment_paths

_FIRST_LSN = 8


@dataclass(frozen=True, slots=True)
class TornTail:
    """Bytes at the end that were never durable; the next start cuts them away."""

    path: str
    offset: int
    sectors: int


@dataclass(frozen=True, slots=True)
class _Chain:
    """The last good batch, as far as the next one has to go on from it."""

    number: int = 0
    checksum: int = 0
    end_lsn: int = _FIRST_LSN
    run: int | None = None
    is_closed: bool = False

    def goes_on_with(self, header: BatchHeader) -> bool:
        """Whether a whole batch is the next one."""
        if header.number != self.number + 1 or header.previous_checksum != self.checksum:
            return False
        if header.is_opening:
            return header.run != self.run and header.first_lsn >= self.end_lsn
        return not self.is_closed and header.run == self.run and header.first_lsn == self.end_lsn

    def after(self, header: BatchHeader) -> "_Chain":
        """The chain with one more batch."""
        return _Chain(header.number, header.checksum, header.end_lsn, header.run, header.is_closing)


class Journal:
    """The log in a directory and its archives, opened to be read.

    Raises ``FileFault`` where it is damaged, ``OSError`` where it can't be read. Where segments
    were removed it begins with the first batch of the oldest that is left.
    """

    def __init__(self, directory: str, *archives: str) -> None:
        self._directories = (directory, *archives)
        self.tail: TornTail | None = None
        """What was found behind the last good batch, once all movements have been read."""
        self._segments: list[Segment] = []
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes all segments."""
        for segment in self._segments:
            segment.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def log_id(self) -> int | None:
        """The log's random number; None where there is no segment."""
        return self._segments[0].log_id if self._segments else None

    @property
    def begins_later(self) -> bool:
        """Whether what stood before the oldest segment is gone."""
        return bool(self._segments) and self._segments[0].number > 1

    @property
    def path(self) -> str:
        """The oldest segment, or the directory where there is none."""
        return self._segments[0].path if self._segments else self._directories[0]

    def _open(self) -> None:
        for number, path in segment_paths(self._directories).items():
            if self._segments and number != self._segments[-1].number + 1:
                missing = self._segments[-1].number + 1
                raise FileFault(path, 0, f"segment {missing} is missing before this one")
            self._segments.append(Segment(path, number))
            if self._segments[-1].log_id != self.log_id:
                raise FileFault(path, 24, "the segment belongs to another log")

    def movements(self) -> Iterator[Movement]:
        """All movements in the order of the log."""
        for path, offset, batch in self.batches():
            try:
                records = split_records(batch.records)
                if len(records) != batch.header.record_count:
                    raise Malformed(f"{len(records)} records in a batch that says another number")
                lsn = batch.header.first_lsn
                for record in records:
                    yield read_movement(record, lsn)
                    lsn += len(record)
            except Malformed as error:
                raise FileFault(path, offset, f"batch {batch.header.number}: {error}") from error

    def batches(self) -> Iterator[tuple[str, int, Batch]]:
        """All good batches with their places. Raises ``FileFault`` where damage follows them."""
        if not self._segments:
            return
        chain, index, offset = self._chain_before_first(), 0, SECTOR_BYTES
        while True:
            segment = self._segments[index]
            batch = segment.batch(offset)
            if batch is not None and chain.goes_on_with(batch.header):
                yield segment.path, offset, batch
                chain = chain.after(batch.header)
                offset += batch.header.size
                continue
            if not self._next_segment_goes_on(index, chain):
                break
            if (used := segment.first_used_sector(offset)) is not None:
                raise FileFault(segment.path, used, "these bytes belong to no batch")
            index, offset = index + 1, SECTOR_BYTES
        self.tail = _TailJudge(self._segments, index, offset, chain).tail()

    def _chain_before_first(self) -> _Chain:
        """What the oldest segment goes on from; if older ones are gone, what it says of them."""
        oldest = self._segments[0]
        if oldest.number == 1:
            return _Chain()
        first = oldest.batch(SECTOR_BYTES)
        if first is None:
            raise FileFault(oldest.path, SECTOR_BYTES, "the oldest segment's first batch is bad")
        header = first.header
        chain = _Chain(header.number - 1, header.previous_checksum, header.first_lsn)
        return chain if header.is_opening else replace(chain, run=header.run)

    def _next_segment_goes_on(self, index: int, chain: _Chain) -> bool:
        if index + 1 == len(self._segments):
            return False
        batch = self._segments[index + 1].batch(SECTOR_BYTES)
        return batch is not None and chain.goes_on_with(batch.header)


class _TailJudge:
    """Tells nothing, a torn tail and damage apart behind the last good batch."""

    def __init__(self, segments: list[Segment], index: int, offset: int, chain: _Chain) -> None:
        self._segments = segments
        self._end = (index, offset)
        self._chain = chain

    def _used_sectors(self) -> Iterator[tuple[int, int]]:
        """The sectors behind the end that aren't all zeros: index of the segment, and offset."""
        end, offset = self._end
        for index, segment in enumerate(self._segments[end:], end):
            while (used := segment.first_used_sector(offset)) is not None:
                yield index, used
                offset = used + SECTOR_BYTES
            offset = SECTOR_BYTES

    def tail(self) -> TornTail | None:
        """The torn tail, if there is one. Raises ``FileFault`` where there is damage."""
        used = []
        for index, offset in self._used_sectors():
            used.append((index, offset))
            batch = self._segments[index].batch(offset)
            if batch is not None and self._proves_damage(batch.header, (index, offset)):
                index, offset = self._end
                raise FileFault(
                    self._segments[index].path,
                    offset,
                    f"batch {self._chain.number + 1} is bad or missing and was durable",
                )
        if not used:
            return None
        path, offset = self._segments[used[0][0]].path, used[0][1]
        if self._chain.is_closed and used != [self._opening_place()]:
            raise FileFault(path, offset, "the log was closed before these bytes")
        return TornTail(path, offset, len(used))

    def _proves_damage(self, header: BatchHeader, place: tuple[int, int]) -> bool:
        """Whether a whole batch says that the place at the end of the chain was durable."""
        if header.number <= self._chain.number:
            return False
        if header.number == self._chain.number + 1:
            # Nothing lies between; where it should stand it is another log's doing.
            return place == self._end
        return header.run != self._chain.run or header.durable_lsn > self._chain.end_lsn

    def _opening_place(self) -> tuple[int, int]:
        """Where the opening batch of the next run would stand."""
        index, offset = self._end
        fits = offset + SECTOR_BYTES <= self._segments[index].size
        return (index, offset) if fits else (index + 1, SECTOR_BYTES)
