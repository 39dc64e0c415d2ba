"""What office files look like: fonts that readers' machines have, inks of significant figures."""

from __future__ import annotations

from ncsi.plots.theme import LIGHT
from ncsi.report.content.axis_rows import Tone

LATIN, EAST = "Arial", "Microsoft YaHei"
"""Fonts of Latin and of Chinese text: office programs carry no font of ours."""


def tone_ink(tone: Tone) -> str:
    """Blue for significantly better, red for significantly worse."""
    return {"up": LIGHT.blue, "down": LIGHT.red, "": LIGHT.ink}[tone]
