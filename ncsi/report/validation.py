"""The validation page of a wave: what was read, what is wrong with it, where. Counts and places, never an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Literal

import pandas as pd

from ncsi.report import html, result_rows, text
from ncsi.report.pages import Page
from ncsi.report.text import NONE, NOTHING, Pair
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


@dataclass(frozen=True, slots=True)
class _Fault:
    """A row of core_faults."""

    source_name: str
    source_row: float
    sector: str
    column: str
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class _Card:
    """A row of raw_files."""

    source_name: str
    source_sha256: str
    format: str
    encoding: str
    dialect: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int


@dataclass(frozen=True, slots=True)
class _Replaced:
    """A row of core_revisions."""

    revision: int
    source_name: str
    earlier_name: str
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Count:
    """A number in large type, and what it counts."""

    label: Pair
    value: str


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """Where a fault is, and what it is."""

    file: str
    row: str
    sector: str
    column: str
    message: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFaults:
    """A rule's faults: how many, in which share of the rows, where the first ones are, how many more there are."""

    name: Pair
    rule: str
    severity: Pair
    tone: Literal["down", "muted"]
    count: str
    share: str
    places: tuple[FaultPlace, ...]
    more: Pair | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file that counts, with its rows."""

    name: str
    sha256: str
    kind: str
    read: str
    accepted: str
    rejected: str
    warnings: str


@dataclass(frozen=True, slots=True)
class SectorFaults:
    """A sector's rows and faults."""

    name: Pair
    accepted: str
    errors: str
    warnings: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A file that took the place of an earlier one."""

    number: str
    name: str
    earlier: str
    added: str
    removed: str
    changed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPage(Page):
    """Everything that the validation page says."""

    facts: tuple[Count, ...]
    verdict: Pair
    rules: tuple[RuleFaults, ...]
    files: tuple[ReadFile, ...]
    sectors: tuple[SectorFaults, ...]
    corrections: tuple[Correction, ...]


def validation_page(shown: Validation) -> str:
    """One self-contained page in the look of the reports, in one weight of its font; outside texts are escaped."""
    content = _content(shown)
    plain = html.page("validation.html.j2", content, {}, "")
    return html.page("validation.html.j2", content, {}, font_css(set(unescape(plain)), weights=(400,)))


def _content(shown: Validation) -> ValidationPage:
    files, faults, wave = shown.files, shown.faults, shown.wave
    read, accepted, rejected = (int(files[f"rows_{name}"].sum()) for name in ("read", "accepted", "rejected"))
    errors = faults[faults["severity"] == "error"]
    counts = {
        "val_read": read, "val_accepted": accepted, "val_rejected": rejected, "val_errors": len(errors),
        "val_warnings": len(faults) - len(errors),
    }  # fmt: skip
    return ValidationPage(
        title=text.pair(wave.title),
        label=text.pair(wave.label),
        publisher=text.pair(wave.publisher),
        banner=text.phrase("synthetic") if wave.synthetic else NOTHING,
        mark=text.phrase("synthetic_short"),
        synthetic=wave.synthetic,
        release=wave.id,
        date=str(wave.release_date),
        facts=tuple(Count(text.phrase(key), text.count(value)) for key, value in counts.items()),
        verdict=_verdict(shown, errors, read),
        rules=_rules(faults, read),
        files=_files(files, faults),
        sectors=tuple(_sector(shown, entry.id) for entry in wave.sectors),
        corrections=_corrections(shown.revisions),
    )


def _verdict(shown: Validation, errors: pd.DataFrame, read: int) -> Pair:
    rows = errors.dropna(subset=["source_row"]).drop_duplicates(["source_sha256", "source_row"])
    share = len(rows) / read if read else 0.0
    limit = shown.wave.faults.max_share
    if limit is None:
        return text.phrase("val_no_limit", share=text.share(share, 2))
    over = "val_over_limit" if len(shown.wave.sectors) == 1 else "val_over_limit_some"
    key = over if share > limit else "val_within_limit"
    return text.phrase(key, share=text.share(share, 2), limit=text.share(limit, 2))


def _rules(faults: pd.DataFrame, read: int) -> tuple[RuleFaults, ...]:
    """Rules by severity and number of faults, each with the places of its first faults."""
    found = [
        (severity, rule, own) for (severity, rule), own in faults.groupby(["severity", "rule"], sort=True)
    ]
    found = sorted(found, key=lambda one: (one[0], -len(one[2])))
    return tuple(_rule(str(severity), str(rule), own, read) for severity, rule, own in found)


def _rule(severity: str, rule: str, own: pd.DataFrame, read: int) -> RuleFaults:
    of_rows = bool(read) and bool(own["source_row"].notna().any())
    return RuleFaults(
        name=text.phrase(f"rule_{rule}"),
        rule=rule,
        severity=text.phrase(f"severity_{severity}"),
        tone="down" if severity == "error" else "muted",
        count=text.count(len(own)),
        share=text.share(len(own) / read, 2) if of_rows else NONE,
        places=tuple(map(_place, result_rows.read(_Fault, own.head(SHOWN)))),
        more=text.phrase("val_more", k=text.count(len(own) - SHOWN)) if len(own) > SHOWN else None,
    )


def _place(fault: _Fault) -> FaultPlace:
    return FaultPlace(
        fault.source_name or NONE,
        NONE if pd.isna(fault.source_row) else str(int(fault.source_row)),
        NONE if pd.isna(fault.sector) else fault.sector,
        NONE if pd.isna(fault.column) else fault.column,
        Pair(fault.message_zh, fault.message_en),
    )


def _files(files: pd.DataFrame, faults: pd.DataFrame) -> tuple[ReadFile, ...]:
    counts = faults.groupby(["source_sha256", "severity"]).size()
    return tuple(
        ReadFile(
            name=one.source_name,
            sha256=one.source_sha256[:12],
            kind=" ".join(str(said) for said in (one.format, one.encoding, one.dialect) if not pd.isna(said)),
            read=text.count(one.rows_read),
            accepted=text.count(one.rows_accepted),
            rejected=text.count(one.rows_rejected),
            warnings=text.count(counts.get((one.source_sha256, "warning"), 0)),
        )
        for one in result_rows.read(_Card, files.sort_values("source_name"))
    )


def _sector(shown: Validation, sector: str) -> SectorFaults:
    own = shown.faults[shown.faults["sector"] == sector]
    errors = int((own["severity"] == "error").sum())
    return SectorFaults(
        text.pair(shown.sectors.sector(sector).label),
        text.count(shown.accepted.get(sector, 0)),
        text.count(errors),
        text.count(len(own) - errors),
    )


def _corrections(revisions: pd.DataFrame) -> tuple[Correction, ...]:
    return tuple(
        Correction(
            number=str(one.revision),
            name=one.source_name,
            earlier=one.earlier_name,
            added=text.count(one.added),
            removed=text.count(one.removed),
            changed=text.count(one.changed),
        )
        for one in result_rows.read(_Replaced, revisions.sort_values("revision"))
    )
