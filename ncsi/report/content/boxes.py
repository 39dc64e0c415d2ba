"""The boxes at a sector report's end: model quality and sample."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
Line = dict[str, Any]


def _line(key: str, value: str | Pair) -> Line:
    return {"label": phrase(key), "value": value if isinstance(value, dict) else text.same(value)}


def quality_box(own: Tables, spec: ReleaseSpec, instrument: Instrument) -> list[Line]:
    """Reliability of the target block, explained variance, fit of the covariance SEM."""
    quality = own["out_quality_by_construct"]
    target = records(quality[quality["construct"] == spec.target])[0]
    lines = [_line(key, text.number(target[key], 2)) for key in ("r2", "alpha", "rho_c", "ave")]
    lines += _assessed(own)
    fit = records(own["out_cbsem_fit_by_sector"])[0]
    if fit["status"] != "converged":
        return [*lines, _line("cbsem_fit", phrase("cbsem_none"))]
    measures = " / ".join(text.number(fit[key], 3) for key in ("cfi", "rmsea", "srmr"))
    lines.append(_line("cbsem_fit", measures))
    unclear = [note for note in str(fit["note"]).split("; ") if note.startswith("not separable: ")]
    if unclear:
        lines.append(_line("not_separable", text.joined([_named(note, instrument) for note in unclear])))
    return lines


def _assessed(own: Tables) -> list[Line]:
    """How well the PLS model holds: residuals, collinearity, prediction; nothing where it was not assessed."""
    paths, items = own["out_assessment_by_path"], own["out_assessment_by_item"].dropna(subset=["q2"])
    lines = [
        _line(
            "pls_srmr", f"{text.number(one['srmr_saturated'], 3)} / {text.number(one['srmr_estimated'], 3)}"
        )
        for one in records(own["out_assessment_by_sector"])
    ]
    if len(paths):
        lines.append(_line("largest_vif", text.number(float(paths["vif"].max()), 2)))
    if len(items):
        lines.append(_line("predicted", f"{(items['q2'] > 0).sum()} / {len(items)}"))
    return lines


def _named(note: str, instrument: Instrument) -> Pair:
    """What a note of the covariance SEM is about, by the names that readers know."""
    about = re.split(r" is | has ", note.removeprefix("not separable: "))[0]
    said = about.replace(" =~ ", " → ").replace(" ~~ ", " ↔ ").replace(" ~ ", " ← ")
    names = {one.id: one.label for one in instrument.constructs} | {
        one.id: one.label for one in instrument.items
    }
    words = [text.pair(names[word]) if word in names else text.same(word) for word in said.split(" ")]
    return {language: " ".join(one[language] for one in words) for language in ("zh", "en")}


def weak_blocks(own: Tables, instrument: Instrument) -> Pair:
    """Which blocks miss the usual marks of reliability; warnings, not gates."""
    labels = {c.id: text.pair(c.label) for c in instrument.constructs}
    quality = records(own["out_quality_by_construct"])
    weak = [labels[one["construct"]] for one in quality if one["flags"]]
    return phrase("flags_note", names=text.joined(weak)) if weak else phrase("flags_none")


def sample_box(own: Tables, instrument: Instrument) -> list[Line]:
    """From rows accepted to the effective sample."""
    one = records(own["out_sample_by_sector"])[0]
    lines = [
        _line(key, text.count(one[key]))
        for key in ("rows_accepted", "rows_rejected", "excluded", "excluded_quality", "n", "n_eff")
    ]
    lines.append(_line("deff", text.number(one["deff"], 2)))
    lines.append(_line("weight_range", text.interval(one["weight_min"], one["weight_max"], 2)))
    if one["brands"]:
        lines.append(_line("weighting", phrase(one["brand_weighting"])))
        if not pd.isna(one["coverage"]):
            lines.append(_line("coverage", f"{100 * one['coverage']:.0f}%"))
    lines.append(_line("instrument", f"{instrument.id} {instrument.version}"))
    lines.append(_line("weight_version", one["weight_version"]))
    return lines
