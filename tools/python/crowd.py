#!/usr/bin/env python3
"""A crowd of shoppers who hold, change, buy and change their minds, and keep their own book.

``python3 crowd.py --server HOST:PORT --skus A,B,C [--threads N] [--seconds S] [--seed N]``.
The SKUs must have stock. Every thread has its own connection, drops it now and then with a request
underway, and sends that again. After each answer, and at the end by `show`, what the server says is
compared with the book: an acknowledged change that doesn't stand, one that was never asked for, an
expired hold that could be committed, a refusal that can't be. The exit code is 1 on a
contradiction. The server may be killed and started again meanwhile if it runs with `sync`.
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from holdfast import (
    Client,
    HoldfastError,
    Item,
    Line,
    NoAnswer,
    Outcome,
    Pending,
    Progress,
    Refusal,
    Reservation,
    ReservationState,
    ReserveMode,
    RetryPolicy,
    new_id,
    owner_id,
)
from holdfast.messages import Cancel, Commit, Extend, Fulfil, Release, Request, Reserve, Show

OPEN_MAX = 40
"""Reservations that a shopper works on at a time; older ones are left as they are."""

PARTS_MAX = 32
CLOCK_MARGIN_MILLISECONDS = 1_500
"""How far the clocks of the crowd and the server may be apart."""

DROPPED_PART = 0.02
"""The part of requests whose connection is dropped before the answer is read."""

PATIENT = RetryPolicy(attempts_max=10_000, deadline_seconds=120, longest_pause_seconds=0.5)

Change = Commit | Release | Fulfil | Cancel


class Contradiction(Exception):
    """The server says what can't be."""


class DroppingClient(Client):
    """A client that loses patience at once now and then, with its request underway."""

    chance = random.Random()
    drop_count = 0

    def _attempt(self, pendings: list[Pending[Any]], seconds: float) -> Exception | None:
        if self.chance.random() < DROPPED_PART:
            self.drop_count += 1
            seconds = self.chance.choice((0.000_01, 0.000_2, 0.001))
        return super()._attempt(pendings, seconds)


@dataclass
class Entry:
    """What the book says of one reservation: what each line's units are now."""

    request: Reserve
    first: Reservation
    lines: list[Progress]
    expires_at: int
    part_count: int = 0

    def may_have_expired(self) -> bool:
        """Whether held units may have run out of time by now."""
        return now() >= self.expires_at - CLOCK_MARGIN_MILLISECONDS

    def must_have_expired(self, at: int) -> bool:
        """Whether held units had run out of time at an instant, whatever the clocks."""
        return at > self.expires_at + CLOCK_MARGIN_MILLISECONDS

    def sum_of(self, name: str) -> int:
        """The units of all lines that are held, committed and so on."""
        return sum(getattr(line, name) for line in self.lines)


def now() -> int:
    """The present instant in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def progress_of(reservation: Reservation) -> list[Progress]:
    """How far the units of each line have gone."""
    return [reservation.progress(index) for index in range(len(reservation.lines))]


def without_held(lines: list[Progress]) -> list[Progress]:
    """The lines after what was held has gone."""
    return [Progress(0, line.committed, line.fulfilled, line.cancelled) for line in lines]


def moved(line: Progress, source: str, target: str | None, units: int) -> Progress:
    """A line after units went from one state to another, or away."""
    values = {name: getattr(line, name) for name in ("held", "committed", "fulfilled", "cancelled")}
    values[source] -= units
    if target is not None:
        values[target] += units
    return Progress(**values)


def after_change(lines: list[Progress], change: Change) -> list[Progress]:
    """The lines after a change, as the protocol has it."""
    steps: list[tuple[str, str | None]]
    if isinstance(change, Commit):
        steps = [("held", "fulfilled" if change.fulfil else "committed")]
        if change.fulfil and not change.items:
            steps.append(("committed", "fulfilled"))
    elif isinstance(change, Release):
        steps = [("held", None)]
    else:
        steps = [("committed", "fulfilled" if isinstance(change, Fulfil) else "cancelled")]
    changed = list(lines)
    if change.items:
        source, target = steps[0]
        for item in change.items:
            units = item.units or getattr(changed[item.line], source)
            changed[item.line] = moved(changed[item.line], source, target, units)
        return changed
    for source, target in steps:
        changed = [moved(line, source, target, getattr(line, source)) for line in changed]
    return changed


def expected_states(lines: list[Progress]) -> set[ReservationState]:
    """The states that a reservation with these units can be in."""
    for name, state in (
        ("held", ReservationState.HELD),
        ("committed", ReservationState.COMMITTED),
        ("fulfilled", ReservationState.FULFILLED),
        ("cancelled", ReservationState.CANCELLED),
    ):
        if any(getattr(line, name) for line in lines):
            return {state}
    return {ReservationState.RELEASED, ReservationState.EXPIRED}


def check_lines(entry: Entry, wanted: list[Progress], told: Reservation, where: str) -> None:
    """Compares what is told with the book, and takes it over where held units may be gone."""
    actual = progress_of(told)
    allowed = [wanted, without_held(wanted)] if entry.may_have_expired() else [wanted]
    if actual not in allowed:
        raise Contradiction(f"{where}: the book has {wanted}, the server says {actual}")
    if any(line.reserved for line in told.lines) and told.state not in expected_states(actual):
        raise Contradiction(f"{where}: {told.state.label} with {actual}")
    for index, (line, first) in enumerate(zip(told.lines, entry.first.lines, strict=True)):
        same = [(one.warehouse, one.pool, one.units, one.backordered or 0) for one in line.shares]
        ones = [(one.warehouse, one.pool, one.units, one.backordered or 0) for one in first.shares]
        if (line.requested, line.reserved, same) != (first.requested, first.reserved, ones):
            raise Contradiction(f"{where}: line {index} was {first}, is {line}")
    entry.lines = actual


class Shopper(threading.Thread):
    """One member of the crowd with its own connection, chance and book."""

    def __init__(
        self, server: str, skus: list[str], seed: int, number: int, ends_at: float
    ) -> None:
        super().__init__(name=f"shopper-{number}")
        self.client = DroppingClient(server, name=f"crowd-python-{number}", retry=PATIENT)
        self.chance = self.client.chance = random.Random(seed * 1_000 + number)
        self.owner = owner_id(b"crowd", f"{seed}/{number}/{new_id().hex()}")
        self.skus = skus
        self.ends_at = ends_at
        self.book: dict[bytes, Entry] = {}
        self.counts: Counter[str] = Counter()
        self.contradictions: list[str] = []

    def run(self) -> None:
        """Acts until the time is over, then reads everything back."""
        try:
            while time.monotonic() < self.ends_at and not self.contradictions:
                self.act()
            for key, entry in self.book.items():
                self.read_back(key, entry)
        except (Contradiction, HoldfastError) as error:
            self.contradictions.append(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.client.close()

    def act(self) -> None:
        """Does one thing at random."""
        recent = list(self.book)[-OPEN_MAX:]
        if not recent or self.chance.random() < 0.35:
            self.reserve(recent)
            return
        key = self.chance.choice(recent)
        entry = self.book[key]
        if self.chance.random() < 0.05:
            self.extend(key, entry)
        elif self.chance.random() < 0.05:
            self.read_back(key, entry)
        else:
            change = self.drawn_change(key, entry)
            if change is not None:
                self.change(entry, change)

    def called(self, request: Request[Any]) -> Any:
        """Sends a request until it is known what became of it."""
        while True:
            try:
                return self.client.call(request)
            except NoAnswer:
                self.counts["no answer yet"] += 1

    def reserve(self, recent: list[bytes]) -> None:
        """Holds one to three lines, at times in place of an older hold."""
        lines = tuple(
            Line(self.chance.choice(self.skus), self.chance.randint(1, 4))
            for _ in range(self.chance.randint(1, 3))
        )
        held = [key for key in recent if self.book[key].sum_of("held")]
        replaces = self.chance.choice(held) if held and self.chance.random() < 0.2 else None
        is_short = self.chance.random() < 0.1
        request = Reserve(
            lines,
            self.owner,
            time_to_live=self.chance.randint(100, 2_000) if is_short else 600_000,
            mode=self.chance.choice(list(ReserveMode)),
            replaces=replaces,
        )
        try:
            told: Reservation = self.called(request)
        except Refusal as refusal:
            self.counts[f"reserve {refusal.outcome.label}"] += 1
            is_whole = request.mode is ReserveMode.ALL_OR_NOTHING
            if refusal.outcome is not Outcome.INSUFFICIENT_STOCK or not is_whole:
                raise Contradiction(f"reserve {request.id.hex()}: {refusal}") from refusal
            return
        self.counts["reserve"] += 1
        self.counts["repeated"] += told.is_repeated
        entry = Entry(request, told, progress_of(told), told.expires_at)
        self.book[request.id] = entry
        self.check_reserved(request, told, entry)
        if replaces is not None:
            self.check_replaced(self.book[replaces], told)

    def check_reserved(self, request: Reserve, told: Reservation, entry: Entry) -> None:
        """A fresh hold has what its shares say, and no more than was asked for."""
        where = f"reserve {request.id.hex()}"
        for line, asked in zip(told.lines, request.lines, strict=True):
            parts = sum(share.units for share in line.shares)
            is_short = line.reserved < line.requested
            if line.requested != asked.units or parts != line.reserved or parts > asked.units:
                raise Contradiction(f"{where}: {asked} was answered {line}")
            if is_short and request.mode is ReserveMode.ALL_OR_NOTHING:
                raise Contradiction(f"{where}: all_or_nothing, and {line}")
            if is_short and line.reserved and request.mode is ReserveMode.WHOLE_LINES:
                raise Contradiction(f"{where}: whole_lines, and {line}")
        wanted = [Progress(held=line.reserved) for line in told.lines]
        check_lines(entry, wanted, told, where)

    def check_replaced(self, old: Entry, told: Reservation) -> None:
        """The old hold is gone now, unless it had expired before."""
        self.counts["replaced"] += told.is_replaced
        if not told.is_replaced and not old.may_have_expired():
            raise Contradiction(f"{old.request.id.hex()} was held, and wasn't replaced")
        old.lines = without_held(old.lines)

    def drawn_change(self, key: bytes, entry: Entry) -> Change | None:
        """A change that the book allows, of the whole or of parts, or None."""
        kind = self.chance.choice((Commit, Commit, Release, Fulfil, Cancel))
        source = "held" if kind in (Commit, Release) else "committed"
        if not entry.sum_of(source):
            return None
        items: tuple[Item, ...] = ()
        if self.chance.random() < 0.6 and entry.part_count < PARTS_MAX:
            items = self.drawn_items(entry, source)
        if kind is Commit:
            return Commit(key, items, fulfil=self.chance.random() < 0.3)
        return kind(key, items)

    def drawn_items(self, entry: Entry, source: str) -> tuple[Item, ...]:
        """Some units of some lines that have any."""
        items: list[Item] = []
        for index, line in enumerate(entry.lines):
            there = getattr(line, source)
            if there and (not items or self.chance.random() < 0.5):
                items.append(Item(index, self.chance.randint(0, there)))
        return tuple(items)

    def change(self, entry: Entry, change: Change) -> None:
        """Sends a change and compares the answer with the book."""
        name = type(change).__name__.lower()
        where = f"{name} of {change.reservation.hex()}"
        was_expired = entry.must_have_expired(now())
        try:
            told: Reservation = self.called(change)
        except Refusal as refusal:
            self.counts[f"{name} {refusal.outcome.label}"] += 1
            self.check_refused(entry, change, refusal, where)
            return
        self.counts[name] += 1
        self.counts["repeated"] += told.is_repeated
        entry.part_count += 1 if change.items else 0
        if was_expired and isinstance(change, Commit | Release) and not told.is_repeated:
            raise Contradiction(f"{where}: accepted after {entry.expires_at}, at {now()}")
        check_lines(entry, after_change(entry.lines, change), told, where)

    def check_refused(self, entry: Entry, change: Change, refusal: Refusal, where: str) -> None:
        """A change that the book allows is refused for a lack of stock or of time only."""
        lost = (Outcome.STOCK_LOST, Outcome.NEGATIVE_ON_HAND)
        late = (Outcome.HOLD_EXPIRED, Outcome.WRONG_STATE, Outcome.INSUFFICIENT_UNITS)
        if refusal.outcome in lost and not isinstance(change, Release | Cancel):
            return
        takes_held = isinstance(change, Commit | Release)
        if refusal.outcome in late and takes_held and entry.may_have_expired():
            entry.lines = without_held(entry.lines)
            return
        raise Contradiction(f"{where}: {refusal}, the book has {entry.lines}")

    def extend(self, key: bytes, entry: Entry) -> None:
        """Asks for more time."""
        if not entry.sum_of("held") or entry.may_have_expired():
            return
        try:
            told: Reservation = self.called(Extend(key, self.chance.randint(1, 900_000)))
        except Refusal as refusal:
            if not entry.may_have_expired():
                raise Contradiction(f"extend of {key.hex()}: {refusal}") from refusal
            return
        self.counts["extend"] += 1
        if told.expires_at < entry.expires_at:
            raise Contradiction(f"extend of {key.hex()} made it shorter")
        check_lines(entry, entry.lines, told, f"extend of {key.hex()}")
        entry.expires_at = told.expires_at

    def read_back(self, key: bytes, entry: Entry) -> None:
        """Compares what the server shows with the book."""
        report = self.called(Show(key))
        self.counts["show"] += 1
        where = f"show of {key.hex()}"
        asked = tuple(line.sku for line in entry.request.lines)
        if report.owner != self.owner or report.skus != asked:
            raise Contradiction(f"{where}: {report.owner.hex()} holds {report.skus}")
        check_lines(entry, entry.lines, report.reservation, where)


def main() -> int:
    """Reads the command line, lets the crowd run and tells what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:7411", metavar="HOST:PORT")
    parser.add_argument("--skus", required=True, help="names of SKUs, parted by commas")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ends_at = time.monotonic() + options.seconds
    skus = options.skus.split(",")
    crowd = [
        Shopper(options.server, skus, options.seed, number, ends_at)
        for number in range(options.threads)
    ]
    for shopper in crowd:
        shopper.start()
    for shopper in crowd:
        shopper.join()
    counts = sum((shopper.counts for shopper in crowd), Counter[str]())
    contradictions = [line for shopper in crowd for line in shopper.contradictions]
    for name, count in sorted(counts.items()):
        print(f"{name:32} {count:>9,}")
    print(f"{'connections dropped':32} {sum(one.client.drop_count for one in crowd):>9,}")
    for line in contradictions:
        print(f"CONTRADICTION {line}")
    print(
        f"crowd: {sum(len(one.book) for one in crowd)} reservations read back, "
        f"{len(contradictions)} contradictions"
    )
    return 1 if contradictions else 0


if __name__ == "__main__":
    sys.exit(main())
