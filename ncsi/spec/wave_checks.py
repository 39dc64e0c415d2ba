"""Do sector lists, waves and column maps hold together, each by itself?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import PurePosixPath, PureWindowsPath
from zoneinfo import ZoneInfo

from ncsi.errors import SpecError
from ncsi.spec.background import OTHER, REGION, UNKNOWN
from ncsi.spec.building_blocks import LAST_WEEK, wave_order
from ncsi.spec.panel_checks import check_panel
from ncsi.spec.problems import Where, check_known, check_labels, check_unique
from ncsi.spec.sectors import SectorList
from ncsi.spec.wave import RESERVED, Wave, WaveSector
from ncsi.spec.weighting_plan import Weighting

SHARE_TOLERANCE = 1e-6


def check_sectors(sectors: SectorList, where: Where, instruments: Iterable[str]) -> None:
    """Raise SpecError unless ids are unique, groups and instruments exist, and the shares sum to 1."""
    check_unique("group", ((one.id, ("groups", k, "id")) for k, one in enumerate(sectors.groups)), where)
    check_unique("sector", ((one.id, ("sectors", k, "id")) for k, one in enumerate(sectors.sectors)), where)
    for what in ("groups", "sectors"):
        labels = ((one.label, (what, k, "label")) for k, one in enumerate(getattr(sectors, what)))
        check_labels(what, labels, where)
    groups, known = tuple(group.id for group in sectors.groups), tuple(instruments)
    for k, sector in enumerate(sectors.sectors):
        check_known(sector.group, groups, "group", where("sectors", k, "group"))
        check_known(sector.instrument, known, "instrument", where("sectors", k, "instrument"))
    total = math.fsum(sector.share.value for sector in sectors.sectors)
    if abs(total - 1) > SHARE_TOLERANCE:
        problem = f"the shares of the {len(sectors.sectors)} sectors sum to {total:.9g}, not 1"
        raise SpecError(where("sectors"), problem, "Correct share.value so that they sum to 1")


def check_wave(wave: Wave, where: Where, today: date | None = None) -> None:
    """Raise SpecError unless ids are unique, dates and waves in order, shares whole, and sources inside.

    `today`, by default the clock's in the wave's time zone, is the last day that a revision may be of.
    """
    places = ((sector.id, ("sectors", k, "id")) for k, sector in enumerate(wave.sectors))
    check_unique("sector", places, where)
    _check_dates(wave, where)
    _check_background(wave, where)
    _check_embargo(wave, where)
    check_panel(wave, where)
    for k, sector in enumerate(wave.sectors):
        _check_brands(sector, k, where)
    measured = tuple(sector.id for sector in wave.sectors)
    for k, source in enumerate(wave.sources):
        for pattern in source.patterns:
            check_inside(pattern, where("sources", k, "files"))
        if source.sector is not None:
            check_known(source.sector, measured, "sector in this wave", where("sources", k, "sector"))
    _check_deliveries(wave, where)
    check_unique(
        "index", ((one.tree, ("composites", k, "tree")) for k, one in enumerate(wave.composites)), where
    )
    for k, one in enumerate(wave.composites):
        for key, file in (("data", one.data), ("replicates", one.replicates)):
            if file is not None:
                check_inside(file, where("composites", k, key))
        _check_survey(wave, k, where)
    named = ((one.measure, ("measures", k, "measure")) for k, one in enumerate(wave.measures))
    check_unique("measure", named, where)
    for k, joined in enumerate(wave.measures):
        check_inside(joined.data, where("measures", k, "data"))
    _check_revisions(wave, measured, where, _today(wave) if today is None else today)


def _check_deliveries(wave: Wave, where: Where) -> None:
    """An agency owes a wave its files once, until a day of or after fieldwork; the file of quotas lies inside."""
    check_unique(
        "agency", ((one.agency, ("deliveries", k, "agency")) for k, one in enumerate(wave.deliveries)), where
    )
    for k, one in enumerate(wave.deliveries):
        if one.deadline is not None and one.deadline < wave.field.start:
            problem = f"its deadline {one.deadline} is before fieldwork, which begins on {wave.field.start}"
            raise SpecError(where("deliveries", k, "deadline"), problem, "Correct either date")
    if wave.quotas is not None:
        check_inside(wave.quotas, where("quotas"))


def _check_survey(wave: Wave, k: int, where: Where) -> None:
    """Raise SpecError unless an index has figures, and each that the survey supplies says whose and which."""
    index = wave.composites[k]

    def place(*keys: str | int) -> str:
        return where("composites", k, *keys)

    if index.data is None and not index.survey:
        raise SpecError(
            place("data"), f"the index '{index.tree}' has no figures", "Name their file, or `survey:`"
        )
    if index.survey and index.replicates is not None:
        problem = "the replicates of survey figures come from the wave's own survey and from a file"
        raise SpecError(place("replicates"), problem, "Keep one of the two: all of them are joint")
    named = ((one.indicator, ("composites", k, "survey", j)) for j, one in enumerate(index.survey))
    check_unique("indicator", ((code, keys) for code, keys in named if code is not None), where)
    measured = tuple(sector.id for sector in wave.sectors)
    for j, one in enumerate(index.survey):
        check_known(one.sector, measured, "sector in this wave", place("survey", j, "sector"))
        said = sum(part is not None for part in (one.of_construct, one.item))
        if said != (one.indicator is not None):
            raise SpecError(
                place("survey", j), "it is not said what the indicator is made of",
                "Name `indicator` and either `construct` or `item`; none of them for all items of the sector",
            )  # fmt: skip
        if not wave.sector(one.sector).brands:
            problem = f"sector '{one.sector}' has no brands, which would be the units of the index"
            raise SpecError(place("survey", j, "sector"), problem, "List them under `brands:`")


def check_inside(pattern: str, where: str) -> None:
    """Raise SpecError when a glob could leave the workspace: absolute, with a drive, or through `..`."""
    parts = (*PurePosixPath(pattern).parts, *PureWindowsPath(pattern).parts)
    if ".." in parts or PurePosixPath(pattern).is_absolute() or PureWindowsPath(pattern).anchor:
        problem = f"'{pattern}' leads outside the workspace"
        raise SpecError(where, problem, "Put the files in the workspace and name them relative to it")
    if "\\" in pattern:
        problem = f"'{pattern}' has backslashes, which name other files on another system"
        raise SpecError(where, problem, "Write / between folders, on Windows too")
    if not PurePosixPath(pattern).parts or any("**" in part and part != "**" for part in parts):
        raise SpecError(where, f"'{pattern}' names no files", "Name files as in data/*.csv or data/**/*.csv")


def _check_background(wave: Wave, where: Where) -> None:
    """Background variables have names of their own; the weighting uses what is stored of every respondent."""
    check_unique("background variable", ((one, ("background", one)) for one in wave.background), where)
    for one in wave.background:
        if one != REGION and one.lower() in RESERVED:
            problem = f"'{one}' is stored already"
            raise SpecError(where("background", one), problem, "Leave it out, or rename it")
        _check_values(wave, one, where)
    labels = ((one.label, ("background", name, "label")) for name, one in wave.background.items())
    check_labels("background variables", labels, where)
    if wave.weighting is None:
        return
    for name in wave.weighting.variables:
        check_known(name, ("brand", *wave.background), "background variable", where("weighting"))
    _check_weighting(wave.weighting, where)


def _check_values(wave: Wave, name: str, where: Where) -> None:
    """Raise SpecError unless a variable's values have ids and labels of their own; only a design does without."""
    declared = wave.background[name].values
    places = ((one.id, ("background", name, "values", k, "id")) for k, one in enumerate(declared))
    check_unique(f"value of {name}", places, where)
    check_labels(
        f"values of {name}",
        ((one.label, ("background", name, "values", k, "label")) for k, one in enumerate(declared)),
        where,
    )
    for k, one in enumerate(declared):
        if one.id.lower() in (OTHER, UNKNOWN) and one.id != OTHER:
            cure = f"Leave it out: blank cells are '{UNKNOWN}' and other texts '{OTHER}'"
            raise SpecError(where("background", name, "values", k, "id"), f"'{one.id}' is taken", cure)
    weighting = wave.weighting or Weighting()
    design = {*weighting.strata, *((weighting.cluster,) if weighting.cluster else ())}
    totals = {one for source in weighting.sources for one in source.by}
    if not declared and (name not in design or name in totals or name == REGION):
        raise SpecError(
            where("background", name),
            f"no values of '{name}' are declared, and only a cluster or stratum without a file of totals needs none",
            "List them: `values: [{id: …, label: {zh: …, en: …}}]`",
        )


def _check_weighting(weighting: Weighting, where: Where) -> None:
    """Raise SpecError unless each margin is declared once, and the jackknife has clusters to leave out."""
    seen: set[frozenset[str]] = set()
    for k, margin in enumerate(weighting.margins):
        if frozenset(margin.by) in seen:
            problem = f"the margin {' × '.join(margin.by)} is declared twice"
            raise SpecError(where("weighting", "margins", k), problem, "Keep one of them")
        seen.add(frozenset(margin.by))
    files: dict[str, tuple[str, ...]] = {}
    for source in weighting.sources:
        if files.setdefault(source.file, source.by) != source.by:
            problem = (
                f"{source.file} is used for {' × '.join(source.by)} and {' × '.join(files[source.file])}"
            )
            raise SpecError(where("weighting"), problem, "Name the same columns in the same order")
    if weighting.frame is not None and weighting.frame.missing != "error":
        problem = "a frame has a stratum for every respondent"
        raise SpecError(where("weighting", "frame", "missing"), problem, "Leave `missing` out here")
    if weighting.replicates and weighting.replicates.method == "jackknife" and weighting.cluster is None:
        problem = "the jackknife leaves out clusters, and none are declared"
        raise SpecError(where("weighting", "replicates"), problem, "Declare `cluster`, or use rao_wu")


def _check_embargo(wave: Wave, where: Where) -> None:
    if wave.embargo is not None and wave.embargo.date() > wave.release_date:
        problem = f"the embargo lifts on {wave.embargo.date()}, after the release date {wave.release_date}"
        raise SpecError(where("embargo"), problem, "Lift it on the release date, or correct that")


def _today(wave: Wave) -> date:
    """The day that it is where the wave's days are, or on this machine where it does not say."""
    return datetime.now(ZoneInfo(wave.timezone) if wave.timezone else None).date()


def _check_revisions(wave: Wave, measured: tuple[str, ...], where: Where, today: date) -> None:
    earliest = wave.release_date
    for k, one in enumerate(wave.revisions):
        if one.date < earliest:
            problem = f"the revision of {one.date} comes before {earliest}"
            raise SpecError(
                where("revisions", k, "date"), problem, "List revisions by date, after the release date"
            )
        earliest = one.date
        for sector in one.sectors:
            check_known(sector, measured, "sector in this wave", where("revisions", k, "sectors"))
        if one.date > today:
            problem = f"the revision of {one.date} is after today, {today}"
            raise SpecError(where("revisions", k, "date"), problem, "Give the day on which it was made")


def _check_dates(wave: Wave, where: Where) -> None:
    if wave.field.start > wave.field.end:
        problem = f"fieldwork ends on {wave.field.end}, before it starts on {wave.field.start}"
        raise SpecError(where("field"), problem, "Put the first day in start and the last in end")
    if wave.release_date < wave.field.end:
        problem = f"the release on {wave.release_date} is before fieldwork ends on {wave.field.end}"
        raise SpecError(where("release_date"), problem, "Give the day of release")
    for key, name in (("id", wave.id), ("previous", wave.previous)):
        if name and name[4:].startswith("W") and not 1 <= int(name[5:]) <= LAST_WEEK:
            raise SpecError(where(key), f"there is no week {name[5:]}", f"Use W01 to W{LAST_WEEK}")
    if wave.previous is not None and wave_order(wave.previous) >= wave_order(wave.id):
        problem = f"the previous wave '{wave.previous}' is not earlier than '{wave.id}'"
        raise SpecError(where("previous"), problem, "Name an earlier wave, or leave the key out")


def _check_brands(sector: WaveSector, k: int, where: Where) -> None:
    places = ((brand.id, ("sectors", k, "brands", b, "id")) for b, brand in enumerate(sector.brands))
    check_unique("brand", places, where)
    labels = ((brand.label, ("sectors", k, "brands", b, "label")) for b, brand in enumerate(sector.brands))
    check_labels("brands", labels, where)
    for b, brand in enumerate(sector.brands):
        if brand.share_se is not None and brand.share is None:
            problem = f"'{brand.id}' has the standard error of a share but no share"
            raise SpecError(
                where("sectors", k, "brands", b, "share_se"), problem, "Give its share, or leave it out"
            )
    shares = [brand.share for brand in sector.brands if brand.share is not None]
    if shares and len(shares) < len(sector.brands):
        lacking = next(brand.id for brand in sector.brands if brand.share is None)
        problem = f"some brands of '{sector.id}' have a share and '{lacking}' does not"
        raise SpecError(where("sectors", k, "brands"), problem, "Give every brand a share, or none")
    if math.fsum(shares) > 1 + SHARE_TOLERANCE:
        problem = f"the brand shares of '{sector.id}' sum to {math.fsum(shares):.9g}, more than 1"
        raise SpecError(where("sectors", k, "brands"), problem, "Correct the shares")
