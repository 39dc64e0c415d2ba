"""The colours of every chart, in notebooks and reports, light and dark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they say. `ink`, `muted` and `red` are text too, so is `blue`: 4.5 to 1 on `paper` or more.

    `blue`: a result, significantly better; `muted`: not significant; `red`: significantly worse; `pale` and `pink`:
    grounds; `soft_blue` and `soft_red`: the milder classes of a diverging scale; `zone`: where nothing is decided.
    """

    ink: str
    muted: str
    grid: str
    blue: str
    pale: str
    red: str
    pink: str
    paper: str
    soft_blue: str
    soft_red: str
    zone: str


LIGHT = Palette(
    ink="#16202c", muted="#5c6770", grid="#c9ced3", blue="#0f5499", pale="#dbe8f5", red="#a02c2c", pink="#f6e3e1",
    paper="#fffffe", soft_blue="#9dbbdb", soft_red="#d9a5a0", zone="#e3e6ea",
)  # fmt: skip
DARK = Palette(
    ink="#e6eaee", muted="#a4adb6", grid="#39424d", blue="#7db4ea", pale="#1e3a58", red="#f0948c", pink="#3a2426",
    paper="#11171f", soft_blue="#3f6d9c", soft_red="#8a4a47", zone="#262f3a",
)  # fmt: skip
