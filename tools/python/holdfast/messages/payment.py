"""Requests about a hold whose payment is under way or came late."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from holdfast.ids import new_id
from holdfast.messages.base import Operation, Request
from holdfast.messages.layouts import read_reservation, write_reservation
from holdfast.payment import HeldReservation
from holdfast.wire import Reader, Writer


@dataclass(frozen=True)
class HoldAgain(Request[HeldReservation]):
    """Holds again what ``reservation`` held, in case it has expired: all of it, or nothing.

    One that is still held is answered as it is. ``id`` is the request's and that of the reservation
    which may be made: derive it from the order, so that whoever asks again asks with the same.
    """

    operation: ClassVar[Operation] = Operation.HOLD_AGAIN

    reservation: bytes
    owner: bytes
    id: bytes = field(default_factory=new_id)
    time_to_live: int = 0

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.reservation)
        writer.id(self.id)
        writer.id(self.owner)
        writer.u32(self.time_to_live)
        writer.zeros(4)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        reservation, request, owner, time_to_live = (
            reader.id(),
            reader.id(),
            reader.id(),
            reader.u32(),
        )
        reader.zeros(4)
        return cls(reservation, owner, request, time_to_live)

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> HeldReservation:
        """See ``Request``."""
        reservation = read_reservation(reader, is_repeated)
        return HeldReservation(reader.id(), reservation)

    @staticmethod
    def write_answer(answer: HeldReservation, writer: Writer) -> None:
        """See ``Request``."""
        write_reservation(answer.reservation, writer)
        writer.id(answer.id)
