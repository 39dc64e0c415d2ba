"""The fonts of `ncsi.fonts` made ready for pages: subsets of what our own texts use."""

from pathlib import Path

WEB = Path(__file__).parent / "web"
