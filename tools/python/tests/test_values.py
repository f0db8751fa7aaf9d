"""What values say of themselves."""

import unittest

from holdfast import (
    Outcome,
    OutcomeKind,
    Progress,
    ReservationState,
    Share,
    instant_of,
    moment_of,
    owner_id,
)
from tests.test_messages import NOW, RESERVATION


class ValueTests(unittest.TestCase):
    """What values say of themselves."""

    def test_an_unknown_outcome_counts_as_its_hundred(self) -> None:
        """And keeps its number."""
        kinds = {
            199: OutcomeKind.REQUEST,
            299: OutcomeKind.STOCK,
            399: OutcomeKind.RESERVATION,
            499: OutcomeKind.LIMIT,
            599: OutcomeKind.SALE,
            600: OutcomeKind.UNKNOWN,
            7: OutcomeKind.UNKNOWN,
            65_535: OutcomeKind.UNKNOWN,
        }
        for number, kind in kinds.items():
            with self.subTest(number):
                self.assertEqual(Outcome(number).value, number)
                self.assertIs(Outcome(number).kind, kind)
                self.assertFalse(Outcome(number).is_retried)
        self.assertIs(Outcome.ACCEPTED.kind, OutcomeKind.DONE)

    def test_a_share_without_progress_is_in_the_state_of_its_reservation(self) -> None:
        """Released and expired units are gone."""
        share = Share(5, "LON1")
        self.assertEqual(share.progress_in(ReservationState.HELD), Progress(held=5))
        self.assertEqual(share.progress_in(ReservationState.FULFILLED), Progress(fulfilled=5))
        self.assertEqual(share.progress_in(ReservationState.EXPIRED), Progress())
        self.assertEqual(RESERVATION.progress(0), Progress(1, 4, 1, 1))

    def test_instants_are_milliseconds(self) -> None:
        """There and back."""
        self.assertEqual(instant_of(moment_of(NOW)), NOW)
        self.assertEqual(moment_of(NOW).isoformat(), "2023-11-14T22:13:20.123000+00:00")

    def test_owners_hide_the_shop_id(self) -> None:
        """The same shopper is the same owner; another secret makes another."""
        self.assertEqual(owner_id(b"key", "cart 7").hex(), "d554b2f6b36edc0616f4af53a51fd404")
        self.assertNotEqual(owner_id(b"other", "cart 7"), owner_id(b"key", "cart 7"))
        with self.assertRaises(ValueError):
            owner_id(b"", "cart 7")


if __name__ == "__main__":
    unittest.main()
