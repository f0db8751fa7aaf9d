"""The crowd's book finds what can't be, and nothing else."""

import unittest

from crowd import Contradiction, Entry, after_change, check_lines, now
from holdfast import (
    Item,
    Line,
    Progress,
    Reservation,
    ReservationState,
    ReservedLine,
    Share,
    new_id,
)
from holdfast.messages import Cancel, Commit, Fulfil, Release, Reserve

R = new_id()
FAR = now() + 600_000


def told(state: ReservationState, *progress: Progress) -> Reservation:
    """A reservation of five units on each line."""
    lines = tuple(ReservedLine(6, 5, (Share(5, "LON1", progress=one),)) for one in progress)
    return Reservation(1, FAR, state, lines)


def entry(expires_at: int, *lines: Progress) -> Entry:
    """What the book says."""
    request = Reserve(tuple(Line("MUG", 6) for _ in lines), new_id())
    first = told(ReservationState.HELD, *(Progress(held=5) for _ in lines))
    return Entry(request, first, list(lines), expires_at)


class BookTests(unittest.TestCase):
    """The book of one reservation."""

    def test_changes_move_units_as_the_protocol_says(self) -> None:
        """Wholes and parts of each kind."""
        lines = [Progress(held=3, committed=2), Progress(held=5)]
        for change, wanted in (
            (Commit(R), [Progress(committed=5), Progress(committed=5)]),
            (Commit(R, fulfil=True), [Progress(fulfilled=5), Progress(fulfilled=5)]),
            (Commit(R, (Item(0, 1),)), [Progress(2, 3), Progress(held=5)]),
            (Commit(R, (Item(1),), fulfil=True), [Progress(3, 2), Progress(fulfilled=5)]),
            (Release(R), [Progress(committed=2), Progress()]),
            (Release(R, (Item(1, 4),)), [Progress(3, 2), Progress(held=1)]),
            (Fulfil(R), [Progress(held=3, fulfilled=2), Progress(held=5)]),
            (Cancel(R, (Item(0, 1),)), [Progress(3, 1, 0, 1), Progress(held=5)]),
        ):
            with self.subTest(change):
                self.assertEqual(after_change(lines, change), wanted)

    def test_what_agrees_is_taken_over(self) -> None:
        """Also the loss of held units where they may have run out of time."""
        book = entry(FAR, Progress(held=5))
        check_lines(book, [Progress(3, 2)], told(ReservationState.HELD, Progress(3, 2)), "")
        self.assertEqual(book.lines, [Progress(3, 2)])
        late = entry(now(), Progress(3, 2))
        check_lines(late, late.lines, told(ReservationState.COMMITTED, Progress(0, 2)), "")
        self.assertEqual(late.lines, [Progress(0, 2)])

    def test_what_cannot_be_is_a_contradiction(self) -> None:
        """Lost units, units from nowhere, a wrong state, other shares."""
        for reservation in (
            told(ReservationState.HELD, Progress(2, 2)),
            told(ReservationState.HELD, Progress(3, 3)),
            told(ReservationState.COMMITTED, Progress(0, 2)),
            told(ReservationState.COMMITTED, Progress(3, 2)),
            Reservation(1, FAR, ReservationState.HELD, (ReservedLine(6, 4),)),
            Reservation(
                1,
                FAR,
                ReservationState.HELD,
                (ReservedLine(6, 5, (Share(5, "LDS1", progress=Progress(3, 2)),)),),
            ),
        ):
            book = entry(FAR, Progress(3, 2))
            with self.subTest(reservation), self.assertRaises(Contradiction):
                check_lines(book, book.lines, reservation, "")


if __name__ == "__main__":
    unittest.main()
