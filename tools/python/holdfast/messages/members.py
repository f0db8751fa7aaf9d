"""Numbers on the line as members of enumerations."""

from enum import IntEnum
from typing import TypeVar

from holdfast.wire import MalformedFrame

MemberT = TypeVar("MemberT", bound=IntEnum)


def member(kind: type[MemberT], value: int) -> MemberT:
    """The member of an enumeration that a number on the line stands for."""
    try:
        return kind(value)
    except ValueError:
        raise MalformedFrame(f"{value} isn't a {kind.__name__}") from None
