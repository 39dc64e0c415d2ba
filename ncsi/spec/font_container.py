"""The outside of a font file: what a parser takes on trust, checked before one sees it."""

from __future__ import annotations

import struct

LARGEST = 32 * 1024 * 1024
"""Bytes of a font, as it lies there and unpacked."""
_TABLES = 64
_SFNT, _PACKED, _COLLECTION = (b"\0\1\0\0", b"OTTO", b"true"), b"wOF2", b"ttcf"
_HEAD = 48
"""Bytes of the head of a WOFF2; its last 20 lead to what it tells of itself beside the font."""
_GLYF, _LOCA = 10, 11
"""Numbers of those tables in a WOFF2, whose others are transformed where they say so."""


class Unfit(Exception):
    """The file is none that a font is read from; its text says why, and `cure` what to do where it is known."""

    def __init__(self, problem: str, cure: str = "") -> None:
        super().__init__(problem)
        self.cure = cure


def contained(content: bytes) -> bytes:
    """The font to be parsed: without what a WOFF2 tells beside it, which would be unpacked unchecked.

    Raises Unfit: another kind of file, a directory that leads beyond its end, a stream that is broken or unpacks to
    more than LARGEST.
    """
    magic = content[:4]
    if _COLLECTION in (magic, content[4:8] if magic == _PACKED else b""):
        raise Unfit("is a collection of several", "Save the one that you mean as TTF or OTF")
    if magic == _PACKED:
        return _of_packed(content)
    if magic not in _SFNT:
        raise Unfit("is neither TTF, OTF nor WOFF2")
    count = int.from_bytes(content[4:6])
    if not 0 < count <= _TABLES or len(content) < 12 + 16 * count:
        raise Unfit("is broken: its directory is")
    for k in range(count):
        offset, length = struct.unpack_from(">II", content, 12 + 16 * k + 8)
        if offset + length > len(content):
            raise Unfit("is broken: a table lies beyond its end")
    return content


def _of_packed(content: bytes) -> bytes:
    import brotli

    if len(content) < _HEAD:
        raise Unfit("is broken: it ends within its head")
    length, count, _, total, packed = struct.unpack_from(">IHHII", content, 8)
    if length != len(content) or not 0 < count <= _TABLES or total > LARGEST:
        raise Unfit(f"is broken, or unpacks to more than {LARGEST >> 20} MiB")
    start = _after_directory(content, count)
    decoder = brotli.Decompressor()
    try:
        unpacked = decoder.process(content[start : start + packed], output_buffer_limit=LARGEST + 1)
        unpacked += b"" if decoder.is_finished() else decoder.process(b"", output_buffer_limit=1)
    except brotli.error:
        raise Unfit("is broken: what is packed in it cannot be read") from None
    if len(unpacked) > LARGEST:
        raise Unfit(f"unpacks to more than {LARGEST >> 20} MiB")
    if not decoder.is_finished():
        raise Unfit("is broken: it ends before what is packed in it")
    return content[: _HEAD - 20] + bytes(20) + content[_HEAD:]


def _after_directory(content: bytes, count: int) -> int:
    """Where the stream begins."""
    place = _HEAD
    for _ in range(count):
        if place >= len(content):
            raise Unfit("is broken: its directory is")
        flags = content[place]
        place += 5 if flags & 0x3F == 0x3F else 1
        transformed = (flags >> 6 == 0) if flags & 0x3F in (_GLYF, _LOCA) else flags >> 6 != 0
        for _ in range(2 if transformed else 1):
            place = _after_number(content, place)
    return place


def _after_number(content: bytes, place: int) -> int:
    """Behind a number of one to five bytes, of which each but the last has its highest bit set."""
    for k in range(place, min(place + 5, len(content))):
        if content[k] < 0x80:
            return k + 1
    raise Unfit("is broken: its directory is")
