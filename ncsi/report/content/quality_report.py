"""The quality report of a wave under the headings of ESS SIMS 2.0, filled from its published tables.

Eurostat, Single Integrated Metadata Structure 2.0. What the tables do not hold is said not to be recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grids import Paragraph
from ncsi.report.content.heading import heading, level
from ncsi.report.content.labels import several, unit_words
from ncsi.report.content.method_in_short import method_paragraphs, share_note
from ncsi.report.evidence_rows import Margin, Sample
from ncsi.report.pages import ReleasePage
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import NationIndex, Tables, of, read
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.tables import (
    OUT_ASSESSMENT_BY_SECTOR,
    OUT_BASIS_BY_SECTOR,
    OUT_CBSEM_FIT,
    OUT_CHANGES,
    OUT_ENGINES,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_BY_SUBGROUP,
    OUT_INDEX_NATIONAL,
    OUT_ITEMS_BY_SECTOR,
    OUT_QUALITY_BY_CONSTRUCT,
    OUT_RESPONSE_QUALITY_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
    OUT_WEIGHTING_BY_MARGIN,
    OUT_WITHHELD,
)

_MISSING = ("blank", "dont_know", "refused")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of SIMS with its number, and what is told under it."""

    number: str
    name: Pair
    told: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPage(ReleasePage):
    """Method and quality: chapters of the quality report, the method in short paragraphs."""

    chapters: tuple[Chapter, ...]
    method: tuple[Paragraph, ...]
    shares: Pair


def contact_line(spec: ReleaseSpec) -> Pair:
    """Whom to ask: the contact of the workspace, else the publisher by name."""
    publisher, contact = text.pair(spec.wave.publisher), spec.contact
    if contact is None:
        return phrase("contact_publisher", publisher=publisher)
    ways = [one for one in (contact.email, contact.telephone) if one]
    return phrase("contact_line", publisher=publisher, name=text.pair(contact.name), ways=" · ".join(ways))


def method_page(tables: Tables, spec: ReleaseSpec) -> MethodPage:
    """The page from the published tables of its wave."""
    nation = read(NationIndex, of(tables[OUT_INDEX_NATIONAL.name], construct=spec.target))[0]
    chapters = tuple(
        Chapter(number, phrase(f"sims_{number.replace('.', '_')}"), told)
        for number, made in _CHAPTERS
        if (told := tuple(one for one in made(tables, spec) if one.zh))
    )
    return MethodPage(
        **heading(spec),
        chapters=chapters,
        method=method_paragraphs(spec),
        shares=share_note(spec, nation.coverage) if several(spec) else NOTHING,
    )


def _contact(_: Tables, spec: ReleaseSpec) -> list[Pair]:
    return [contact_line(spec)]


def _presentation(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    sample = tables[OUT_SAMPLE_BY_SECTOR.name]
    start, end = text.from_to(spec.wave.field.start, spec.wave.field.end)
    return [
        phrase(
            "sims_told_presentation", title=text.pair(spec.wave.title), n=text.count(sample["n"].sum()),
            sectors=len(sample), brands=text.count(sample["brands"].sum()), **unit_words(spec),
        ),
        phrase("sims_told_unit"),
        phrase("sims_told_period", start=start, end=end),
    ]  # fmt: skip


def _note(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """The release note: which revision this is, what is new in it against the wave compared with."""
    told = [
        phrase(
            "sims_told_note", release=spec.provenance.release_id, date=text.day(spec.wave.release_date),
            k=len(spec.wave.revisions),
        )
    ]  # fmt: skip
    changes = of(tables[OUT_CHANGES.name], level="sector", construct=spec.target)
    if changes.empty:
        return [*told, phrase("sims_told_first")]
    new = [one.id for one in spec.wave.sectors if one.id not in set(changes["unit"])]
    other = changes.loc[changes["verdict"] == "trend_break", "unit"]
    for key, ids in (("new", new), ("other", [str(one) for one in other])):
        names = text.joined([text.pair(spec.sectors.sector(one).label) for one in ids])
        told.append(phrase(f"sims_told_note_{key}" if ids else f"sims_told_note_no_{key}", names=names))
    return told


def _confidentiality(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """Rules, and how much they hide."""
    brands = of(tables[OUT_INDEX_BY_BRAND.name], construct=spec.target)["status"]
    groups = of(tables[OUT_INDEX_BY_SUBGROUP.name], construct=spec.target)["index_0_100"]
    return [
        phrase("sims_told_confidentiality"),
        phrase(
            "sims_told_hidden", brands=len(brands), indicative=int((brands == "indicative").sum()),
            suppressed=int((brands == "suppressed").sum()), withheld=int((brands == "withheld").sum()),
            groups=int(groups.isna().sum()), all_groups=len(groups), **unit_words(spec),
        ),
    ]  # fmt: skip


def _release(_: Tables, spec: ReleaseSpec) -> list[Pair]:
    embargo = spec.wave.embargo
    told = [phrase("sims_told_release", date=text.day(spec.wave.release_date))]
    if embargo is not None:
        told.append(phrase("sims_told_embargo", time=embargo.isoformat(timespec="minutes")))
    return [*told, phrase("sims_told_signed" if spec.provenance.signer else "sims_told_unsigned")]


def _access(_: Tables, spec: ReleaseSpec) -> list[Pair]:
    return [phrase("sims_told_access", release=spec.provenance.release_id)]


def _management(*_: object) -> list[Pair]:
    return [phrase("sims_told_management")]


def _relevance(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    basis = tables[OUT_BASIS_BY_SECTOR.name]
    kinds = basis["basis"].value_counts()
    measured, carried = int(kinds.get("measured", 0)), int(kinds.get("carried_forward", 0))
    nation = read(NationIndex, of(tables[OUT_INDEX_NATIONAL.name], construct=spec.target))[0]
    return [
        phrase("sims_told_relevance"),
        phrase(
            "sims_told_complete", measured=measured, carried=carried, total=len(basis),
            missing=len(basis) - measured - carried, coverage=text.share(nation.coverage),
        ),
    ]  # fmt: skip


def _sampling(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """How wide intervals are, and what the design costs."""
    own = of(tables[OUT_INDEX_BY_SECTOR.name], construct=spec.target)
    half = ((own["high"] - own["low"]) / 2).dropna()
    deff = tables[OUT_SAMPLE_BY_SECTOR.name]["deff"].dropna()
    nation = read(NationIndex, of(tables[OUT_INDEX_NATIONAL.name], construct=spec.target))[0]
    return [
        phrase(
            "sims_told_sampling", level=level(spec), nation=text.number((nation.high - nation.low) / 2, 2),
            middle=text.number(half.median(), 2),
            ends=text.span(text.number(half.min(), 2), text.number(half.max(), 2)),
            deff=text.span(text.number(deff.min(), 2), text.number(deff.max(), 2)),
        ),
        *_errors_checked(tables[OUT_ASSESSMENT_BY_SECTOR.name]),
    ]  # fmt: skip


def _errors_checked(whole: pd.DataFrame) -> list[Pair]:
    """How many standard errors differ from those of the infinitesimal jackknife; nothing where none was checked."""
    checked = whole[whole["errors_checked"].notna()]
    if checked.empty:
        return []
    counts = {"n": int(checked["errors_checked"].sum()), "k": int(checked["errors_apart"].sum())}
    told = [phrase("sims_told_errors", **{name: text.count(one) for name, one in counts.items()})]
    left = len(whole) - len(checked)
    return [*told, phrase("sims_told_errors_left", left=left, total=len(whole))] if left else told


def _coverage(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """Market that the units measured cover, and what the weights had to make good."""
    sample = read(Sample, tables[OUT_SAMPLE_BY_SECTOR.name])
    known = [one.coverage for one in sample if not pd.isna(one.coverage)]
    told = []
    if known:
        ends = text.span(text.share(min(known)), text.share(max(known)))
        told.append(phrase("sims_told_coverage", k=len(known), ends=ends, **unit_words(spec)))
    margins = read(Margin, tables[OUT_WEIGHTING_BY_MARGIN.name])
    if margins:
        away = [100 * abs(one.before - one.target) for one in margins]
        left = [100 * abs(one.after - one.target) for one in margins]
        told.append(
            phrase(
                "sims_told_margins",
                k=len(margins),
                before=text.number(max(away)),
                after=text.number(max(left)),
            )
        )
    return told or [phrase("sims_told_unknown")]


def _measurement(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """Reliability of the target, weak blocks, responses that were flagged."""
    blocks = tables[OUT_QUALITY_BY_CONSTRUCT.name]
    alpha = of(blocks, construct=spec.target)["alpha"].dropna()
    weak = int((blocks["flags"].fillna("") != "").sum())
    told = []
    if len(alpha):
        told.append(
            phrase(
                "sims_told_reliability", alpha=text.span(text.number(alpha.min(), 2), text.number(alpha.max(), 2)),
                weak=weak, blocks=len(blocks), withheld=len(tables[OUT_WITHHELD.name]),
            )
        )  # fmt: skip
    quality = tables[OUT_RESPONSE_QUALITY_BY_SECTOR.name]
    if len(quality):
        total = quality["responses"].sum()
        told.append(
            phrase(
                "sims_told_flagged", n=text.count(total), flagged=text.share(quality["flagged"].sum() / total, 1),
                excluded=text.share(quality["excluded"].sum() / total, 1),
            )
        )  # fmt: skip
    return told or [phrase("sims_told_unknown")]


def _nonresponse(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """Of units nothing but what weights make good is known; of items every kind of missing answer."""
    items = tables[OUT_ITEMS_BY_SECTOR.name].reset_index(drop=True)
    asked = items["answered"] + items[list(_MISSING)].sum(axis=1)
    items, asked = items[asked > 0], asked[asked > 0]
    lost = items[list(_MISSING)].sum(axis=1) / asked
    told = [phrase("sims_told_unit_nonresponse")]
    if len(lost):
        worst = items.iloc[int(lost.to_numpy().argmax())]
        names = {one.id: text.pair(one.label) for one in spec.instruments[str(worst["sector"])].items}
        told.append(
            phrase(
                "sims_told_items", middle=text.share(float(lost.median()), 1), most=text.share(float(lost.max()), 1),
                item=names[str(worst["item"])], sector=text.pair(spec.sectors.sector(str(worst["sector"])).label),
            )
        )  # fmt: skip
    return told


def _processing(tables: Tables, _: ReleaseSpec) -> list[Pair]:
    sample = tables[OUT_SAMPLE_BY_SECTOR.name]
    accepted, rejected = sample["rows_accepted"].sum(), sample["rows_rejected"].sum()
    return [
        phrase(
            "sims_told_processing", read=text.count(accepted + rejected), rejected=text.count(rejected),
            share=text.share(rejected / max(1, accepted + rejected), 2), excluded=text.count(sample["excluded"].sum()),
        )
    ]  # fmt: skip


def _model(tables: Tables, _: ReleaseSpec) -> list[Pair]:
    fit = tables[OUT_CBSEM_FIT.name]
    good = fit[fit["status"] == "converged"]
    if good.empty:
        return [phrase("sims_told_no_fit", total=len(fit))]
    return [
        phrase(
            "sims_told_fit", k=len(good), total=len(fit), cfi=text.number(good["cfi"].min(), 3),
            rmsea=text.number(good["rmsea"].max(), 3), srmr=text.number(good["srmr"].max(), 3),
        )
    ]  # fmt: skip


def _timeliness(_: Tables, spec: ReleaseSpec) -> list[Pair]:
    days = (spec.wave.release_date - spec.wave.field.end).days
    return [
        phrase("sims_told_timely", days=days),
        phrase("sims_told_punctual", date=text.day(spec.wave.release_date)),
    ]


def _comparability(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    changes = of(tables[OUT_CHANGES.name], level="sector", construct=spec.target)
    used = sorted({f"{one.id} {one.version}" for one in spec.instruments.values()})
    told = [
        phrase("sims_told_instruments", k=len(used), names=text.clauses([text.same(one) for one in used]))
    ]
    if changes.empty:
        return [*told, phrase("sims_told_first")]
    broken = int((changes["verdict"] == "trend_break").sum())
    return [*told, phrase("sims_told_comparable", k=len(changes) - broken, total=len(changes), broken=broken)]


def _coherence(tables: Tables, _: ReleaseSpec) -> list[Pair]:
    engines = tables[OUT_ENGINES.name]
    tested = engines[engines["verdict"] != "no_cbsem"]
    if tested.empty:
        return [phrase("sims_told_no_engines")]
    agree = int(tested["verdict"].isin(["both_effect", "both_none"]).sum())
    opposite = tested[tested["verdict"] == "opposite"]
    return [phrase("sims_told_engines", k=agree, total=len(tested), opposite=len(opposite))]


def _cost(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    asked = [len(one.items) for one in spec.instruments.values()]
    n = tables[OUT_SAMPLE_BY_SECTOR.name]["rows_accepted"].sum()
    return [
        phrase("sims_told_burden", n=text.count(n), asked=text.span(str(min(asked)), str(max(asked)))),
        phrase("sims_told_cost"),
    ]


def _revision(_: Tables, spec: ReleaseSpec) -> list[Pair]:
    return [phrase("sims_told_revision"), phrase("sims_told_revisions", k=len(spec.wave.revisions))]


_CHAPTERS: Sequence[tuple[str, Callable[[Tables, ReleaseSpec], list[Pair]]]] = (
    ("1", _contact), ("2", _note), ("3", _presentation), ("7", _confidentiality), ("8", _release), ("10", _access),
    ("11", _management), ("12", _relevance), ("13.2", _sampling), ("13.3.1", _coverage), ("13.3.2", _measurement),
    ("13.3.3", _nonresponse), ("13.3.4", _processing), ("13.3.5", _model), ("14", _timeliness),
    ("15.1", _comparability), ("15.2", _coherence), ("16", _cost), ("17", _revision),
)  # fmt: skip
