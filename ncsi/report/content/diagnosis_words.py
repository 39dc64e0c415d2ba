"""The sentences of a brand's diagnosis: each says only what its figures bear out."""

from __future__ import annotations

from typing import Any

from ncsi.report import text
from ncsi.report.content.shared import level, previous_label
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec

_NAMED = 3


def findings(
    spec: ReleaseSpec, name: Pair, figures: dict[str, Any], sector: dict[str, Any], standing: dict[str, Any],
    rank: dict[str, Any] | None, total: int, change: dict[str, Any] | None, gaps: dict[str, Any],
    first: dict[str, Any],
) -> list[Pair]:  # fmt: skip
    """Against the sector, among its brands, against the wave before, strengths and short boards, what first."""
    found = [
        phrase(
            f"diag_find_{standing['verdict']}", name=name, value=text.number(figures["index_0_100"]),
            interval=text.interval(figures["low"], figures["high"]), level=level(spec),
            sector=text.number(sector["index_0_100"]), size=standing["change"].lstrip("+−"),
        )
    ]  # fmt: skip
    if rank is not None:
        above, below = int(rank["rank_low"]) - 1, total - int(rank["rank_high"])
        found.append(phrase("diag_find_rank", above=above, below=below, tied=total - 1 - above - below))
    if change is not None:
        found.append(_changed(change, spec))
    for verdict in ("strength", "short_board"):
        found += _named(gaps["rows"], verdict)
    if first["rows"]:
        top = first["rows"][0]
        gain, ends = top[4]["text"]["en"], top[4]["small"]
        found.append(phrase("diag_find_first", item=top[0]["text"], gain=gain, interval=ends))
    return found


def _changed(change: dict[str, Any], spec: ReleaseSpec) -> Pair:
    keys = {"rose": "sector_find_rose", "fell": "sector_find_fell", "trend_break": "sector_find_break"}
    key = keys.get(change["verdict"], "sector_find_flat")
    size = text.signed(change["change"]) if key == "sector_find_flat" else text.number(abs(change["change"]))
    return phrase(key, label=previous_label(spec), size=size)


def _named(rows: list[dict[str, Any]], verdict: str) -> list[Pair]:
    """The items of a verdict, the largest gaps by name; nothing where gaps were not estimated."""
    if not rows:
        return []
    chosen = sorted((one for one in rows if one["verdict"] == verdict), key=lambda one: -abs(one["x"]))
    if not chosen:
        return [phrase(f"diag_find_no_{verdict}")]
    key = f"diag_find_{verdict}" + ("s" if len(chosen) > _NAMED else "")
    return [phrase(key, k=len(chosen), names=text.joined([one["name"] for one in chosen[:_NAMED]]))]
