"""LZ4 frames of the ``lz4`` tool are unpacked; bad ones are refused and never run away."""

import base64
import random
import unittest

from holdfast.files.checksums import crc32c, xxh32
from holdfast.files.faults import Malformed
from holdfast.files.lz4 import unpacked_frame
from tests.file_samples import stored_frame

NOISE = bytes(map(random.Random(5).randrange, [256] * 40))
CONTENT = b"holdfast " * 20 + NOISE + b"a" * 300 + b"0123456789" * 30
BEST = (
    "BCJNGGxANAMAAAAAAAArUQAAAJ9ob2xkZmFzdCAJAJj/GoK3Du5/GlA5vvB+wjR/Bm7Qj13HUSRH40BDAAJrblRVlKBl"
    "aF1kxJhhAQD/Ga8wMTIzNDU2Nzg5CgD/C1A1Njc4OQAAAAAFVLwM"
)
"""``lz4 -9 --content-size``"""
DEPENDENT = (
    "BCJNGHxANAMAAAAAAABqUQAAAJ9ob2xkZmFzdCAJAJj/GoK3Du5/GlA5vvB+wjR/Bm7Qj13HUSRH40BDAAJrblRVlKBl"
    "aF1kxJhhAQD/Ga8wMTIzNDU2Nzg5CgD/C1A1Njc4OaCYAN4AAAAABVS8DA=="
)
"""``lz4 -BD -B4 -BX --content-size``: blocks that follow each other, with checksums"""
BARE = (
    "BCJNGGBAglEAAACfaG9sZGZhc3QgCQCY/xqCtw7ufxpQOb7wfsI0fwZu0I9dx1EkR+NAQwACa25UVZSgZWhdZMSYYQEA"
    "/xmvMDEyMzQ1Njc4OQoA/wtQNTY3ODkAAAAA"
)
"""``lz4 -1 --no-frame-crc``: nothing that checks the content"""


class ChecksumTests(unittest.TestCase):
    """Both checksums give the values that their descriptions name."""

    def test_crc32c(self) -> None:
        self.assertEqual(crc32c(b""), 0)
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(crc32c(b"1234", b"5", b"6789"), 0xE3069283)
        self.assertEqual(crc32c(bytes(32)), 0x8A9136AA)
        self.assertEqual(crc32c(bytes([0xFF] * 32)), 0x62A8AB43)
        self.assertEqual(crc32c(bytes(range(32))), 0x46DD794E)

    def test_xxh32(self) -> None:
        self.assertEqual(xxh32(b""), 0x02CC5D05)
        self.assertEqual(xxh32(b"abc"), 0x32D153FF)
        self.assertEqual(xxh32(b"Nobody inspects the spammish repetition"), 0xE2293B2F)


class FrameTests(unittest.TestCase):
    """What the tool packs comes back; what no tool packs is refused."""

    def test_frames_of_the_tool_are_unpacked(self) -> None:
        for text in (BEST, DEPENDENT, BARE):
            self.assertEqual(unpacked_frame(base64.b64decode(text), len(CONTENT)), CONTENT)

    def test_blocks_that_arent_packed_are_taken_as_they_are(self) -> None:
        self.assertEqual(unpacked_frame(stored_frame(CONTENT), len(CONTENT)), CONTENT)

    def test_a_frame_of_another_size_is_refused(self) -> None:
        for text in (BEST, DEPENDENT, BARE):
            for size in (0, len(CONTENT) - 1, len(CONTENT) + 1):
                with self.assertRaises(Malformed):
                    unpacked_frame(base64.b64decode(text), size)

    def test_every_byte_counts(self) -> None:
        for text in (BEST, DEPENDENT):
            frame = base64.b64decode(text)
            for index in range(len(frame)):
                bad = bytearray(frame)
                bad[index] ^= 1 << index % 8
                with self.assertRaises(Malformed, msg=f"byte {index}"):
                    unpacked_frame(bytes(bad), len(CONTENT))

    def test_every_shorter_frame_is_refused(self) -> None:
        for text in (BEST, DEPENDENT, BARE):
            frame = base64.b64decode(text)
            for size in range(len(frame)):
                with self.assertRaises(Malformed, msg=f"{size} bytes"):
                    unpacked_frame(frame[:size], len(CONTENT))
            with self.assertRaises(Malformed):
                unpacked_frame(frame + b"\0", len(CONTENT))

    def test_whatever_a_bad_block_says_the_content_keeps_its_size(self) -> None:
        chance = random.Random(7)
        frame = bytearray(base64.b64decode(BARE))
        for _ in range(2_000):
            bad = bytearray(frame)
            for _ in range(chance.randrange(1, 4)):
                bad[chance.randrange(7, len(bad))] = chance.randrange(256)
            try:
                content = unpacked_frame(bytes(bad), len(CONTENT))
            except Malformed:
                continue
            self.assertEqual(len(content), len(CONTENT))
