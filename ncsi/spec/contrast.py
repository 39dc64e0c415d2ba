"""How far colours stand apart, by WCAG 2.2, and the nearest shade that stands far enough."""

from __future__ import annotations

from collections.abc import Sequence

TEXT = 4.5
"""Contrast that text needs (WCAG 2.2, success criterion 1.4.3, AA). Lines and marks need 3 (1.4.11)."""
_STEPS = 200


def contrast(one: str, other: str) -> float:
    """How far two colours (#rrggbb) stand apart, 1 to 21 (WCAG 2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """A colour with a share (0-1) of another in it, each channel by itself."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(colour: str, grounds: Sequence[str], towards: str) -> str:
    """The shade nearest to a colour, on its way `towards` black or white, that text on all grounds may have: the colour
    itself where it may."""
    shades = (mixed(colour, towards, k / _STEPS) for k in range(_STEPS))
    return next((one for one in shades if all(contrast(one, ground) >= TEXT for ground in grounds)), towards)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))


def _luminance(colour: str) -> float:
    shares = (channel / 255 for channel in _channels(colour))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
