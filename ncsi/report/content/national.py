"""The national report: headline, findings, ranking, fields, latent variables, method."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.appendix import glossary, method, samples
from ncsi.report.content.editorial import band, band_note
from ncsi.report.content.headlines import change_line, findings, headline_key
from ncsi.report.content.movers import movers
from ncsi.report.content.parts import areas, contributions
from ncsi.report.content.rows import axis, changes_of, row, shaded
from ncsi.report.content.series import other_changes, other_findings, points
from ncsi.report.content.shared import is_rate, level, meta, previous_label
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records

Tables = dict[str, pd.DataFrame]
_SPAN = 4
_CHARTED = (
    "at", "label_zh", "label_en", "index_0_100", "low", "high", "linked_0_100", "rolling_0_100", "break",
)  # fmt: skip


def national(tables: Tables, spec: ReleaseSpec) -> dict[str, Any]:
    """Everything the national page says, as plain values and bilingual texts."""
    national_row = _one(tables["out_index_national"], construct=spec.target)
    change = changes_of(tables, "nation", spec.target).get("nation")
    ranking = _ranking(tables, spec)
    limits = [one[key] for one in ranking for key in ("x_low", "x_high")]
    value = text.number(national_row["index_0_100"])
    others = other_changes(tables, spec)
    return {
        **meta(spec),
        "headline": phrase(headline_key(change)),
        "value": value,
        "reference": national_row["index_0_100"],
        "interval": text.interval(national_row["low"], national_row["high"]),
        "band": band(national_row, spec.bands),
        "equal": text.number(national_row["index_equal_0_100"]),
        "change": change_line(change, spec),
        "changes": others,
        "findings": findings(tables, spec, national_row, change, ranking, other_findings(others)),
        "trend": _trend(tables, spec),
        "ranking": shaded(ranking),
        "axis": axis(limits),
        "highest": ranking[:_SPAN],
        "lowest": ranking[-_SPAN:] if len(ranking) >= 2 * _SPAN else [],
        "groups": _groups(tables, spec),
        "latents": _latents(tables, spec),
        "movers": movers(tables, spec),
        "contributions": contributions(tables, spec, change),
        "areas": areas(tables, spec),
        "samples": samples(tables, spec),
        "method": method(spec),
        "glossary": glossary(),
        "facts": _facts(tables, spec),
        "notes": {
            "trend": phrase("trend_note", level=level(spec)),
            "ranking": phrase("ranking_note", level=level(spec), value=value),
            "contributions": phrase("contributions_note", level=level(spec), label=previous_label(spec)),
            "areas": phrase("areas_note", level=level(spec), value=value),
            "compared": phrase("compared_note", label=previous_label(spec)) if change else text.same(""),
            "shares": _share_note(spec, national_row),
            "bands": band_note(spec.bands),
        },
    }


def _trend(tables: Tables, spec: ReleaseSpec) -> list[dict[str, Any]]:
    """The points of the chart, oldest first; none for a first wave."""
    told = [
        {key: one[key] for key in _CHARTED} for one in points(tables, spec, "nation", "nation")
    ] or records(spec.history)
    return told if len(told) > 1 else []


def _one(table: pd.DataFrame, **keys: str) -> dict[str, Any]:
    chosen = table
    for column, value in keys.items():
        chosen = chosen[chosen[column] == value]
    record: dict[str, Any] = records(chosen)[0]
    return record


def _ranking(tables: Tables, spec: ReleaseSpec) -> list[dict[str, Any]]:
    index = tables["out_index_by_sector"]
    by_sector = {r["sector"]: r for r in records(index[index["construct"] == spec.target])}
    changes = changes_of(tables, "sector", spec.target)
    ranks = sorted(records(tables["out_rank_by_sector"]), key=lambda r: r["rank"])
    return [
        row(
            text.pair(spec.sectors.sector(rank["sector"]).label), by_sector[rank["sector"]], rank,
            changes.get(rank["sector"]), f"sectors/{rank['sector']}.html",
        )
        for rank in ranks
    ]  # fmt: skip


def _groups(tables: Tables, spec: ReleaseSpec) -> list[dict[str, Any]]:
    table = tables["out_index_by_group"]
    chosen = table[table["construct"] == spec.target].sort_values("index_0_100", ascending=False)
    changes = changes_of(tables, "group", spec.target)
    rows = []
    for one in records(chosen):
        made = row(text.pair(spec.sectors.group(one["group"]).label), one, None, changes.get(one["group"]))
        rows.append({**made, "sectors": str(one["sectors"])})
    return rows


def _latents(tables: Tables, spec: ReleaseSpec) -> list[dict[str, Any]]:
    labels = _usual_labels(spec)
    rows = []
    for one in records(tables["out_index_national"]):
        change = changes_of(tables, "nation", one["construct"]).get("nation")
        made = row(labels[one["construct"]], one, None, change, rate=is_rate(one["construct"], spec))
        rows.append({**made, "sectors": str(one["sectors"])})
    return rows


def _usual_labels(spec: ReleaseSpec) -> dict[str, Pair]:
    """Each construct's label in the instrument that the most sectors use; ties go to the earlier sector."""
    counted = Counter((c.id, c.label) for one in spec.instruments.values() for c in one.constructs)
    labels: dict[str, Pair] = {}
    for (construct, label), _ in counted.most_common():
        labels.setdefault(construct, text.pair(label))
    return labels


def _facts(tables: Tables, spec: ReleaseSpec) -> list[dict[str, Any]]:
    sample = tables["out_sample_by_sector"]
    field = spec.wave.field
    dates = f"{field.start:%Y-%m-%d} – {field.end:%m-%d}"
    facts = [
        (text.count(sample["n"].sum()), "facts_n"),
        (str(len(sample)), "facts_sectors"),
        (text.count(sample["brands"].sum()), "facts_brands"),
        (dates, "facts_field"),
    ]
    return [{"value": value, "label": phrase(key)} for value, key in facts if value != "0"]


def _share_note(spec: ReleaseSpec, figures: dict[str, Any]) -> Pair:
    used = [spec.sectors.sector(one.id).share for one in spec.wave.sectors]
    sources = "; ".join(sorted({f"{share.source} ({share.year})" for share in used}))
    note = phrase("share_note", sources=sources, coverage=f"{100 * figures['coverage']:.0f}%")
    if not any(share.illustrative for share in used):
        return note
    mark = phrase("illustrative")
    return {"zh": f"{note['zh']}（{mark['zh']}）", "en": f"{note['en']} ({mark['en']})"}
