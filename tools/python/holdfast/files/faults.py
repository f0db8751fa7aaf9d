"""What can be wrong with a file."""

from holdfast.wire import HoldfastError


class Malformed(HoldfastError):
    """Bytes that break their layout; whoever knows their file makes a ``FileFault`` of it."""


class FileFault(HoldfastError):
    """A file isn't what its format says: which one, at which byte, and what is wrong there."""

    def __init__(self, path: str, offset: int, what: str) -> None:
        super().__init__(f"{path}: byte {offset}: {what}")
        self.path = path
        self.offset = offset
        self.what = what
