"""Our own subset of Noto Sans SC: where its files lie, what pages and drawings call it."""

from pathlib import Path

FONTS = Path(__file__).parent
FAMILY = "Noto Sans SC"
