"""Numbers on the line with names."""

from enum import IntEnum


class LabelledEnum(IntEnum):
    """A number on the line with a name for people and programs."""

    @property
    def label(self) -> str:
        """The name as the protocol writes it."""
        return self.name.lower()
