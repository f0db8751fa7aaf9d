"""Every golden frame is read and written back byte for byte."""

import pathlib
import unittest
from typing import Any

from holdfast import Refusal
from holdfast.messages import (
    REQUESTS,
    Check,
    Operation,
    answer_frame,
    read_answer,
    read_request,
    request_frame,
)
from holdfast.wire import Frame, MalformedFrame

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "snapshots" / "wire"
FIELDS = {"name", "kind", "meaning"}


def parsed(text: str) -> tuple[dict[str, str], bytes]:
    """The fields of a vector's file and its bytes. Raises on any line it doesn't know."""
    fields: dict[str, str] = {}
    rows: list[str] | None = None
    for line in text.splitlines():
        if rows is not None:
            rows.append(line)
        elif line == "hex:":
            rows = []
        else:
            name, colon, value = line.partition(": ")
            if not colon or name not in FIELDS or name in fields:
                raise ValueError(f"an unknown line: {line}")
            fields[name] = value
    if set(fields) != FIELDS or not rows:
        raise ValueError("a vector has a name, a kind, a meaning and bytes")
    return fields, bytes.fromhex(" ".join(rows))


def written_back(kind: str, data: bytes) -> bytes:
    """Reads a frame of the given kind and writes what was read. Raises on an unknown kind."""
    side, _, operation = kind.partition(" ")
    frame = Frame.decoded(data)
    if kind == "answer any":
        return answer_frame(Check, refusal_in(frame), frame.correlation).encoded()
    request = REQUESTS[Operation[operation.upper()]]
    if side == "request":
        return request_frame(read_request(request, frame), frame.correlation).encoded()
    if side != "answer":
        raise ValueError(f"an unknown kind: {kind}")
    try:
        answer: Any = read_answer(request, frame)
    except Refusal as refusal:
        answer = refusal
    return answer_frame(request, answer, frame.correlation).encoded()


def refusal_in(frame: Frame) -> Refusal:
    """The refusal in a frame."""
    try:
        read_answer(Check, frame)
    except Refusal as refusal:
        return refusal
    raise ValueError("an answer of the kind `any` is a refusal")


class VectorTests(unittest.TestCase):
    """The golden frames of the protocol."""

    def test_every_vector_is_read_and_written_back(self) -> None:
        """Fails as well for a file, a field or a kind that isn't known here."""
        paths = sorted(FOLDER.iterdir())
        self.assertGreater(len(paths), 20)
        for path in paths:
            with self.subTest(path.name):
                self.assertEqual(path.suffix, ".txt")
                fields, data = parsed(path.read_text(encoding="utf-8"))
                self.assertEqual(fields["name"], path.stem)
                self.assertEqual(written_back(fields["kind"], data).hex(" "), data.hex(" "))

    def test_every_cut_of_a_vector_is_refused(self) -> None:
        """A body that ends early or goes on, under a size that says so, is malformed."""
        for path in sorted(FOLDER.glob("*.txt")):
            fields, data = parsed(path.read_text(encoding="utf-8"))
            for size in range(16, len(data)):
                cut = size.to_bytes(4, "little") + data[4:size]
                if is_whole(fields["kind"], cut):
                    continue
                with self.subTest(path.name, size=size), self.assertRaises(MalformedFrame):
                    written_back(fields["kind"], cut)
            longer = (len(data) + 1).to_bytes(4, "little") + data[4:] + b"\0"
            with self.subTest(path.name, size="longer"), self.assertRaises(MalformedFrame):
                written_back(fields["kind"], longer)


def is_whole(kind: str, data: bytes) -> bool:
    """Whether a cut happens to be a whole frame itself, as a change without its items is."""
    return len(data) == 48 and kind.partition(" ")[2] in ("commit", "release", "fulfil", "cancel")


if __name__ == "__main__":
    unittest.main()
