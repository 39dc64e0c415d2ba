"""What the suite covers, room by room, and the floor under it: `make suite` ends with it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

FLOOR = 94
"""Per cent of the lines of ncsi and flows. Raised when the suite covers more, never lowered."""


def main(report: str) -> int:
    """Print the coverage that SlipCover wrote to the file `report`; 1 if it lies below the floor."""
    files = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
    covered, missing = Counter[str](), Counter[str]()
    for name, found in files.items():
        parts = Path(name).parts
        room = "/".join(parts[: 2 if len(parts) > 2 else 1])
        covered[room] += len(found["executed_lines"])
        missing[room] += len(found["missing_lines"])
    for room in sorted(covered | missing):
        print(f"{_percent(covered[room], missing[room]):6.1f} %  {room}")
    whole = _percent(covered.total(), missing.total())
    print(f"{whole:6.1f} %  of {covered.total() + missing.total()} lines; the floor is {FLOOR} %")
    return int(whole < FLOOR)


def _percent(covered: int, missing: int) -> float:
    return 100 * covered / max(covered + missing, 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
