"""A hold while its payment is under way, and after it."""

from dataclasses import dataclass

from holdfast.labels import LabelledEnum
from holdfast.values import Reservation


class ExtendReason(LabelledEnum):
    """Why a hold is to live longer."""

    SHOPPER = 0
    """The shopper needs more time."""
    PAYMENT_STARTED = 1
    """The shopper began to pay: a limit on first holds doesn't count any more."""
    PAYMENT_PENDING = 2
    """The payment is being decided: the hold is frozen, once, and may outlive its chain's cap."""


@dataclass(frozen=True, slots=True)
class HeldReservation:
    """A hold that is there to be committed, and which one it is."""

    id: bytes
    reservation: Reservation

    @property
    def is_repeated(self) -> bool:
        """Whether this answer was given before."""
        return self.reservation.is_repeated
