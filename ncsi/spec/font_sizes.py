"""What tables of a font unfold to, counted on their bytes: some hundred can be some hundred million entries."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from ncsi.spec.font_container import Unfit

_NAMES, _NAMED = 4096, 4 * 1024 * 1024
"""Names of a font, and their bytes: names may lie over one another in the file, and are read apart."""
_SUBTABLES, _CODES = 64, 1 << 21
"""Maps of characters to glyphs, and the characters in all of them: what Unicode has, twice."""


def check_sizes(tables: Callable[[str], bytes]) -> None:
    """Raise Unfit where names or characters are more than a font has. `tables`: the bytes of one by its tag."""
    count, name = 0, tables("name")
    if len(name) >= 6:
        count = int.from_bytes(name[2:4])
    lengths = (int.from_bytes(name[6 + 12 * k + 8 : 6 + 12 * k + 10]) for k in range(count))
    if count > _NAMES or sum(lengths) > _NAMED:
        raise Unfit(f"has more than {_NAMES:,} names, or {_NAMED >> 20} MiB of them")
    left = _CODES
    for one in _mapped(tables("cmap")):
        left -= one
        if left < 0:
            raise Unfit("maps more characters to glyphs than there are")


def _mapped(cmap: bytes) -> Iterator[int]:
    """How many characters each stretch of each map has. Raises Unfit, and struct.error of what is cut short."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    if count > _SUBTABLES:
        raise Unfit(f"has more than {_SUBTABLES} maps of characters to glyphs")
    for at in sorted({struct.unpack_from(">I", cmap, 4 + 8 * k + 4)[0] for k in range(count)}):
        (kind,) = struct.unpack_from(">H", cmap, at)
        yield from _STRETCHES[kind](cmap, at) if kind in _STRETCHES else (1 << 16,)


def _of_segments(cmap: bytes, at: int) -> Iterator[int]:
    segments = struct.unpack_from(">H", cmap, at + 6)[0] // 2
    ends = struct.unpack_from(f">{segments}H", cmap, at + 14)
    starts = struct.unpack_from(f">{segments}H", cmap, at + 16 + 2 * segments)
    return (max(end - start + 1, 0) for start, end in zip(starts, ends, strict=True))


def _of_groups(cmap: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">I", cmap, at + 12)
    for start, end, _ in struct.iter_unpack(">III", cmap[at + 16 : at + 16 + 12 * min(groups, _CODES)]):
        yield max(end - start + 1, 1)


def _of_variants(cmap: bytes, at: int) -> Iterator[int]:
    """Characters that are drawn otherwise with a sign behind them: plain stretches of them, and single ones."""
    (records,) = struct.unpack_from(">I", cmap, at + 6)
    for k in range(min(records, _CODES)):
        plain, other = struct.unpack_from(">II", cmap, at + 10 + 11 * k + 3)
        if plain:
            (count,) = struct.unpack_from(">I", cmap, at + plain)
            yield sum(1 + one for one in cmap[at + plain + 4 + 3 : at + plain + 4 + 4 * count : 4])
        yield 1 + (struct.unpack_from(">I", cmap, at + other)[0] if other else 0)


def _of_listed(cmap: bytes, at: int) -> Iterator[int]:
    yield struct.unpack_from(">I", cmap, at + 16)[0]


_STRETCHES: dict[int, Callable[[bytes, int], Iterator[int]]] = {
    4: _of_segments, 10: _of_listed, 12: _of_groups, 13: _of_groups, 14: _of_variants,
}  # fmt: skip
