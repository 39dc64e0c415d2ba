"""`out_revisions`: what a published figure was, what it is with a revision, and why."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.text import phrase
from ncsi.spec import RULE
from ncsi.tables import (
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_GROUP,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_REVISIONS,
)

_LEVELS = {
    "nation": OUT_INDEX_NATIONAL.name,
    "group": OUT_INDEX_BY_GROUP.name,
    "sector": OUT_INDEX_BY_SECTOR.name,
    "brand": OUT_INDEX_BY_BRAND.name,
}
_KEYS = ["level", "unit", "sector", "construct"]
_SAME = 1e-9


def revisions_table(before: Path | None, shown: dict[str, pd.DataFrame], spec: ReleaseSpec) -> pd.DataFrame:
    """All revisions of the wave so far: what `before`, the release it replaces, knew, and what changes now.

    A row of level `release` for every declared revision, one for every index that it changed, one of level `source` for
    each file that `before` counts and that was withdrawn since. `shown` are the result tables as they are published
    now.
    """
    declared = spec.wave.revisions
    number = len(declared)
    rows = [pd.DataFrame(_release_row(spec, k) for k in range(1, number + 1))]
    if before is not None and number:
        known = pd.read_parquet(before / "data" / "out_revisions.parquet")
        changed = _changed(_figures_of(before), _indices(shown))
        reason = declared[-1]
        now = changed.assign(
            wave=spec.wave.id, revision=number, date=reason.date.isoformat(), reason_zh=reason.note.zh,
            reason_en=reason.note.en,
        )  # fmt: skip
        rows += [known[known["level"] != "release"], now, _held(shown, spec), _withdrawn(before, spec)]
    made = pd.concat([part for part in rows if len(part)] or [pd.DataFrame()], ignore_index=True)
    ordered = made.reindex(columns=list(OUT_REVISIONS.names))
    return ordered.sort_values("revision", kind="stable", ignore_index=True)


def _held(shown: dict[str, pd.DataFrame], spec: ReleaseSpec) -> pd.DataFrame:
    """A row for each sector that keeps its figures, because too few respondents changed to show what they changed."""
    index = shown[OUT_INDEX_BY_SECTOR.name]
    kept = index[index["sector"].isin(spec.held) & (index["construct"] == spec.target)]
    said = phrase("held_note", least=f"{RULE.subgroup:.0f}")
    return pd.DataFrame(
        {
            "wave": spec.wave.id, "revision": len(spec.wave.revisions),
            "date": spec.wave.revisions[-1].date.isoformat(), "level": "sector", "unit": kept["sector"], "sector": "",
            "construct": spec.target, "was_0_100": kept["index_0_100"], "is_0_100": kept["index_0_100"],
            "reason_zh": said.zh, "reason_en": said.en,
        }
    )  # fmt: skip


def _withdrawn(before: Path, spec: ReleaseSpec) -> pd.DataFrame:
    """A row for each source of the release before that does not count any more, because it was withdrawn."""
    manifest = json.loads((before / "manifest.json").read_text(encoding="utf-8"))
    said = phrase("withdrawn_note")
    return pd.DataFrame(
        {
            "wave": spec.wave.id, "revision": len(spec.wave.revisions),
            "date": spec.wave.revisions[-1].date.isoformat(), "level": "source",
            "unit": sorted(set(manifest["source_sha256"].values()) & set(spec.withdrawn)), "sector": "",
            "construct": "", "was_0_100": np.nan, "is_0_100": np.nan, "reason_zh": said.zh, "reason_en": said.en,
        }
    )  # fmt: skip


def _release_row(spec: ReleaseSpec, revision: int) -> dict[str, object]:
    declared = spec.wave.revisions[revision - 1]
    return {
        "wave": spec.wave.id, "revision": revision, "date": declared.date.isoformat(), "level": "release",
        "unit": spec.wave.id, "sector": "", "construct": "", "was_0_100": np.nan, "is_0_100": np.nan,
        "reason_zh": declared.note.zh, "reason_en": declared.note.en,
    }  # fmt: skip


def _figures_of(release: Path) -> pd.DataFrame:
    return _indices(
        {name: pd.read_parquet(release / "data" / f"{name}.parquet") for name in _LEVELS.values()}
    )


def _indices(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every published index: level, unit, sector, construct, index_0_100."""
    parts = []
    for level, name in _LEVELS.items():
        frame = tables[name]
        unit = "nation" if level == "nation" else frame[level]
        sector = frame["sector"] if level == "brand" else ""
        parts.append(frame.assign(level=level, unit=unit, sector=sector)[[*_KEYS, "index_0_100"]])
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _changed(was: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    both = was.rename(columns={"index_0_100": "was_0_100"}).merge(
        now.rename(columns={"index_0_100": "is_0_100"}), on=_KEYS, how="outer", sort=False
    )
    values = both[["was_0_100", "is_0_100"]].astype("float64").to_numpy()
    gone = np.isnan(values[:, 0]) != np.isnan(values[:, 1])
    moved = np.abs(np.nan_to_num(values[:, 0] - values[:, 1])) > _SAME
    chosen: pd.DataFrame = both.loc[gone | moved]
    return chosen
