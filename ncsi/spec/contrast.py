"""How far colours stand apart, by WCAG 2.2, and the nearest shade that stands far enough."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

TEXT = 4.5
"""Contrast that text needs (WCAG 2.2, success criterion 1.4.3, AA). Lines and marks need 3 (1.4.11)."""
_STEPS = 200


def contrast(one: str, other: str) -> float:
    """How far two colours (#rrggbb) stand apart, 1 to 21 (WCAG 2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def apart(one: str, other: str) -> float:
    """How different two colours look: their distance in CIELAB (CIE 1976), 0 to about 260."""
    return math.dist(_lab(one), _lab(other))


def mixed(one: str, other: str, share: float) -> str:
    """A colour with a share (0-1) of another in it, each channel by itself."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(colour: str, grounds: Sequence[str], towards: str) -> str:
    """The shade nearest to a colour, on its way `towards` black or white, that text on all grounds may have: the colour
    itself where it may."""
    shades = (mixed(colour, towards, k / _STEPS) for k in range(_STEPS))
    return next((one for one in shades if all(contrast(one, ground) >= TEXT for ground in grounds)), towards)


def _lab(colour: str) -> tuple[float, float, float]:
    red, green, blue = _linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> Iterator[float]:
    """Red, green and blue of sRGB as light, 0 to 1."""
    shares = (channel / 255 for channel in _channels(colour))
    return (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
