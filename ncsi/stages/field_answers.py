"""What the store knows of a wave's field work: answers by day and agency, rows and files of each agency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.ingest.conform.clock import FIELD_CLOCK
from ncsi.quality import assess
from ncsi.spec import Instrument, Missing, Source, Wave
from ncsi.spec.plan import WavePlan
from ncsi.store.warehouse import Warehouse
from ncsi.tables import CORE_REJECTS, RAW_FILES
from ncsi.tables.core import background_column
from ncsi.waves.agencies import Tally, interviewers_of
from ncsi.waves.progress import UNASSIGNED

Responses = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class FieldFiles:
    """Files that count, each with its agency and the day on the clock of fieldwork that it came; rejects by sector."""

    cards: pd.DataFrame
    rejects: Mapping[str, int]

    @property
    def agency(self) -> dict[str, str]:
        """Agency of each file by its SHA-256."""
        return dict(zip(self.cards["source_sha256"], self.cards["agency"], strict=True))


def field_files(store: Warehouse | None, wave: Wave) -> FieldFiles:
    """The files of a wave that count; none where there is no store yet."""
    if store is None:
        names = [*(one.name for one in RAW_FILES.columns), "agency", "came"]
        return FieldFiles(pd.DataFrame({name: pd.Series(dtype="object") for name in names}), {})
    cards = store.sources(wave.id)
    came = cards["ingested_at"].dt.tz_localize("UTC").dt.tz_convert(FIELD_CLOCK).dt.date
    cards = cards.assign(agency=[agency_of(wave, str(one)) for one in cards["source_path"]], came=came)
    rejects = store.table(CORE_REJECTS.name, wave.id)["sector"].value_counts()
    return FieldFiles(cards, {str(name): int(n) for name, n in rejects.items()})


def agency_of(wave: Wave, path: str) -> str:
    """The agency of the first source that names the file, or the archive that it lies in."""
    inside = [str(one) for one in (PurePosixPath(path), *PurePosixPath(path).parents)]
    for source in wave.sources:
        if source.agency and _named_by(source, inside):
            return source.agency
    return UNASSIGNED


def _named_by(source: Source, places: Iterable[str]) -> bool:
    patterns = [_pattern(one) for one in source.patterns]
    return any(pattern.fullmatch(place) for place in places for pattern in patterns)


def _pattern(glob: str) -> re.Pattern[str]:
    """A glob as `Path.glob` reads it."""
    made = ""
    for part in re.split(r"(\*\*/|\*|\?)", str(PurePosixPath(glob))):
        made += {"**/": r"(?:.*/)?", "*": r"[^/]*", "?": r"[^/]"}.get(part, re.escape(part))
    return re.compile(made)


def sector_answers(
    store: Warehouse | None, plan: WavePlan, sector: str, files: FieldFiles, quality: bool
) -> pd.DataFrame:
    """Accepted answers of a sector: brand, agency, day, the wave's variables by their names; with `quality` all that
    its rules need besides. No rows where none were accepted."""
    named = plan.wave.dimensions
    columns = [
        "brand",
        "respondent",
        "submitted_at",
        "source_sha256",
        *(background_column(one) for one in named),
    ]
    if store is None or sector not in store.sectors(plan.wave.id):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in (*columns, *named, "agency", "day")})
    if quality:
        instrument = plan.instruments[sector]
        checks = (*instrument.item_ids, *(one.id for one in instrument.attention))
        items = [name for item in dict.fromkeys(checks) for name in (item, f"{item}_missing")]
        columns += ["duration_s", "disposition", "interviewer", "device", *items]
    rows = store.responses(plan.wave.id, sector, columns)
    rows = rows.rename(columns={background_column(one): one for one in named})
    came = dict(zip(files.cards["source_sha256"], files.cards["came"], strict=True))
    day = rows["submitted_at"].dt.date
    return rows.assign(
        agency=rows["source_sha256"].map(files.agency),
        day=np.where(day.isna(), rows["source_sha256"].map(came), day),
    )


def agency_tallies(plan: WavePlan, files: FieldFiles, answers: Responses) -> tuple[Tally, ...]:
    """Rows, files and answers of each agency: those that owe the wave files, those that sent some, and, where files
    have none, nobody."""
    named = [one.agency for one in plan.wave.deliveries]
    named += sorted(one for one in set(files.cards["agency"]) - set(named) if one)
    if (files.cards["agency"] == UNASSIGNED).any():
        named.append(UNASSIGNED)
    looked = [
        _looked_at(rows, plan.instruments[sector], sector) for sector, rows in answers.items() if len(rows)
    ]
    every = pd.concat(looked, ignore_index=True) if looked else _nothing_looked_at()
    return tuple(_tally(one, files.cards, every) for one in named)


def _tally(agency: str, cards: pd.DataFrame, every: pd.DataFrame) -> Tally:
    own, rows = cards[cards["agency"] == agency], every[every["agency"] == agency]
    read, rejected = int(own["rows_read"].sum()), int(own["rows_rejected"].sum())
    durations = rows["duration_s"].dropna()
    counts = {"rejected": (rejected, read)}
    for name in ("speeding", "straight", "excluded"):
        counts[name] = (int(rows[name].sum()), len(rows))
    counts["missing"] = (int(rows["missing"].sum()), int(rows["asked"].sum()))
    return Tally(
        agency, len(own), read, len(rows), float(durations.median()) if len(durations) else None, counts,
        interviewers_of(rows), max(own["came"], default=None),
    )  # fmt: skip


_LOOKED = ("agency", "interviewer", "duration_s", "brand", "score", "speeding", "straight", "excluded", "missing",
           "asked")  # fmt: skip


def _nothing_looked_at() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in _LOOKED})


def _looked_at(rows: pd.DataFrame, instrument: Instrument, sector: str) -> pd.DataFrame:
    """A row an answer: what the rules of response quality say of it, its mean score, its items without an answer."""
    found = assess(rows, instrument).by_respondent
    flags = found["flags"].str.split()
    kinds = rows[[f"{item.id}_missing" for item in instrument.items]].to_numpy(dtype=object)
    asked = (kinds != Missing.NOT_ASKED.value).sum(axis=1)
    there = pd.isna(kinds).sum(axis=1)
    return pd.DataFrame(
        {
            "agency": rows["agency"].to_numpy(dtype=object),
            "interviewer": rows["interviewer"].to_numpy(dtype=object),
            "duration_s": rows["duration_s"].to_numpy(dtype=float, na_value=np.nan),
            "brand": f"{sector}/" + rows["brand"].astype(str).to_numpy(dtype=object),
            "score": _scores(rows, instrument),
            "speeding": flags.map(lambda own: "speeding" in own).to_numpy(dtype=bool),
            "straight": flags.map(lambda own: "straight_line" in own).to_numpy(dtype=bool),
            "excluded": (found["status"] == "excluded").to_numpy(dtype=bool),
            "missing": asked - there,
            "asked": asked,
        }
    )


def _scores(rows: pd.DataFrame, instrument: Instrument) -> Array:
    """Mean of a respondent's answers on 0-100."""
    values = np.column_stack(
        [
            item.scale.on_0_100(rows[item.id].to_numpy(dtype=float, na_value=np.nan))
            for item in instrument.items
        ]
    )
    return np.asarray(pd.DataFrame(values).mean(axis=1).to_numpy(dtype=np.float64))


def latest_day(answers: Sequence[pd.DataFrame], today: date) -> date | None:
    """The day of the last answer that is not of tomorrow or later."""
    days = [day for rows in answers for day in rows["day"].unique() if day <= today]
    return max(days, default=None)
