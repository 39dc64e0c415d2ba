"""The validation page of a wave: what was read, what is wrong with it, where. Counts and places, never an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

import pandas as pd

from ncsi.report import html, text
from ncsi.report.text import NONE, Pair
from ncsi.report.woff import font_css
from ncsi.spec import SectorList, Wave

SHOWN = 200
"""Places listed per rule; the table core_faults holds all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """What the page shows: the counting files (`raw_files`), all faults (`core_faults`), accepted rows by sector,
    corrections (`core_revisions`)."""

    wave: Wave
    sectors: SectorList
    files: pd.DataFrame
    faults: pd.DataFrame
    accepted: Mapping[Any, int]
    revisions: pd.DataFrame


def validation_page(shown: Validation) -> str:
    """One self-contained page in the look of the reports, in one weight of its font; outside texts are escaped."""
    content = _content(shown)
    plain = html.page("validation.html.j2", content, {}, "")
    return html.page("validation.html.j2", content, {}, font_css(set(unescape(plain)), weights=(400,)))


def _content(shown: Validation) -> dict[str, Any]:
    files, faults, wave = shown.files, shown.faults, shown.wave
    read, accepted, rejected = (int(files[f"rows_{name}"].sum()) for name in ("read", "accepted", "rejected"))
    errors = faults[faults["severity"] == "error"]
    return {
        "title": text.pair(wave.title),
        "label": text.pair(wave.label),
        "publisher": text.pair(wave.publisher),
        "banner": text.phrase("synthetic") if wave.synthetic else text.same(""),
        "mark": text.phrase("synthetic_short"),
        "synthetic": wave.synthetic,
        "release": wave.id,
        "date": str(wave.release_date),
        "facts": [
            _fact("val_read", read),
            _fact("val_accepted", accepted),
            _fact("val_rejected", rejected),
            _fact("val_errors", len(errors)),
            _fact("val_warnings", len(faults) - len(errors)),
        ],
        "verdict": _verdict(shown, errors, read),
        "rules": _rules(faults, read),
        "files": _files(files, faults),
        "sectors": [_sector(shown, entry.id) for entry in wave.sectors],
        "revisions": (),
        "corrections": _corrections(shown.revisions),
    }


def _fact(key: str, value: int) -> dict[str, Any]:
    return {"label": text.phrase(key), "value": text.count(value)}


def _verdict(shown: Validation, errors: pd.DataFrame, read: int) -> Pair:
    rows = errors.dropna(subset=["source_row"]).drop_duplicates(["source_sha256", "source_row"])
    share = len(rows) / read if read else 0.0
    limit = shown.wave.faults.max_share
    if limit is None:
        return text.phrase("val_no_limit", share=_percent(share))
    key = "val_over_limit" if share > limit else "val_within_limit"
    return text.phrase(key, share=_percent(share), limit=_percent(limit))


def _rules(faults: pd.DataFrame, read: int) -> list[dict[str, Any]]:
    """Rules by severity and number of faults, each with the places of its first faults."""
    found = []
    for (level, rule), own in faults.groupby(["severity", "rule"], sort=True):
        places = own.head(SHOWN)
        found.append(
            {
                "name": text.phrase(f"rule_{rule}"),
                "rule": rule,
                "severity": text.phrase(f"severity_{level}"),
                "tone": "down" if level == "error" else "muted",
                "count": text.count(len(own)),
                "share": _percent(len(own) / read) if read and own["source_row"].notna().any() else NONE,
                "places": [_place(row) for row in places.to_dict("records")],
                "more": text.phrase("val_more", k=text.count(len(own) - SHOWN)) if len(own) > SHOWN else None,
                "order": (str(level), -len(own)),
            }
        )
    return sorted(found, key=lambda one: one["order"])


def _place(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "file": row["source_name"] or NONE,
        "row": NONE if pd.isna(row["source_row"]) else str(int(row["source_row"])),
        "sector": NONE if pd.isna(row["sector"]) else row["sector"],
        "column": NONE if pd.isna(row["column"]) else row["column"],
        "message": {"zh": row["message_zh"], "en": row["message_en"]},
    }


def _files(files: pd.DataFrame, faults: pd.DataFrame) -> list[dict[str, Any]]:
    counts = faults.groupby(["source_sha256", "severity"]).size()
    return [
        {
            "name": row["source_name"],
            "sha256": row["source_sha256"][:12],
            "kind": " ".join(
                str(row[key]) for key in ("format", "encoding", "dialect") if not pd.isna(row[key])
            ),
            **{key: text.count(row[f"rows_{key}"]) for key in ("read", "accepted", "rejected")},
            "warnings": text.count(counts.get((row["source_sha256"], "warning"), 0)),
        }
        for row in files.sort_values("source_name").to_dict("records")
    ]


def _sector(shown: Validation, sector: str) -> dict[str, Any]:
    own = shown.faults[shown.faults["sector"] == sector]
    errors = int((own["severity"] == "error").sum())
    return {
        "name": text.pair(shown.sectors.sector(sector).label),
        "accepted": text.count(shown.accepted.get(sector, 0)),
        "errors": text.count(errors),
        "warnings": text.count(len(own) - errors),
    }


def _corrections(revisions: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "number": str(row["revision"]),
            "name": row["source_name"],
            "earlier": row["earlier_name"],
            **{key: text.count(row[key]) for key in ("added", "removed", "changed")},
        }
        for row in revisions.sort_values("revision").to_dict("records")
    ]


def _percent(share: float) -> str:
    return f"{text.number(100 * share, 2)}%"
