"""Every sentence of generated releases is read back, in both languages, and recomputed from the tables it rests on.

A sentence that no rule below recognises fails, so that a new one needs its rule.
"""

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.disclosure import disclosed_tables
from ncsi.model.inference.advice import with_quadrants
from ncsi.report import content, text
from ncsi.report.result_rows import SectorTables
from ncsi.report.text import NOTHING, Pair, phrase, phrases
from ncsi.results.comparisons import judged
from ncsi.tables import WITHIN_BRAND

SEEDS = (3, 5, 8, 10, 11, 12)
"""Between them they come to every sentence; most of them come to most."""
FINDINGS = re.compile(r"(find|sector_find|diag_find|headline)_.*|press_(rose|fell|range)")
KEYS = [key for key in phrases() if FINDINGS.fullmatch(key)]
SECTORS = ("dairy", "schools")
BRANDS = (("dairy", "B00"), ("dairy", "B07"))


# --- releases whose tables are drawn at random, but agree with themselves


def drawn(tables, seed, invented):
    """The tables with other verdicts, ranks, effects, gaps and fit."""
    rng = np.random.default_rng(seed)
    return {
        **tables,
        "out_changes": _changes(tables["out_changes"], rng),
        "out_trend": _trend(tables["out_trend"], rng),
        "out_rank_by_sector": _ranks(tables["out_rank_by_sector"], rng),
        "out_rank_by_brand": _by_sector(tables["out_rank_by_brand"], rng, _ranks),
        "out_drivers_by_construct": _by_sector(tables["out_drivers_by_construct"], rng, _drivers),
        "out_drivers_by_item": _by_sector(tables["out_drivers_by_item"], rng, _drivers),
        "out_gaps_by_brand": (gaps := _gaps(tables["out_gaps_by_brand"], rng)),
        "out_gains_by_brand": _gains(gaps, tables["out_whatif_by_item"], invented),
        "out_standing_by_brand": _standings(tables["out_standing_by_brand"], rng),
        **_covariance(tables["out_cbsem_fit_by_sector"], tables["out_cbsem_estimates_by_sector"], rng),
        "out_engines_by_sector": _engines(tables["out_engines_by_sector"], rng),
    }


def _by_sector(frame, rng, change):
    return pd.concat([change(part, rng) for _, part in frame.groupby("sector", sort=False)])


def _changes(frame, rng):
    significant = rng.random(len(frame)) < rng.choice([0.0, 0.5, 1.0])
    broken = rng.random(len(frame)) < rng.choice([0.0, 0.3])
    frame = frame.assign(change=rng.normal(0, 2, len(frame)))
    words = np.select(
        [broken, significant & (frame["change"] > 0), significant & (frame["change"] < 0)],
        ["trend_break", "rose", "fell"], "no_significant_change",
    )  # fmt: skip
    return frame.assign(verdict=words, low=frame["change"] - 1, high=frame["change"] + 1)


FEW = (
    ("trend_break",),
    ("trend_break", "trend_break"),
    *((verdict, "trend_break") for verdict in ("rose", "fell", "no_significant_change")),
)


def few_compared(tables, verdicts):
    """The tables where so many sectors were in the wave before, with these verdicts."""
    changes = tables["out_changes"]
    sectors = changes["level"] == "sector"
    told = dict(zip(changes.loc[sectors, "unit"].unique(), verdicts, strict=False))
    kept = changes[~sectors | changes["unit"].isin(list(told))]
    words = kept["unit"].map(told).where(kept["level"] == "sector", kept["verdict"])
    size = kept["change"].abs().where(words == "rose", -kept["change"].abs())
    moved = (kept["level"] == "sector") & words.isin(("rose", "fell"))
    change = size.where(moved, kept["change"])
    made = kept.assign(verdict=words, change=change, low=change - 1, high=change + 1)
    return {**tables, "out_changes": made}


def _trend(frame, rng):
    told = frame["verdict_year"] != ""
    change = rng.normal(0, 2, len(frame))
    words = np.where(
        rng.random(len(frame)) < 0.5, "no_significant_change", np.where(change > 0, "rose", "fell")
    )
    quarter = np.where(told, words, "")
    return frame.assign(
        change_year=np.where(told, change, np.nan), verdict_year=quarter, change_quarter=np.where(told, change, np.nan),
        verdict_quarter=quarter,
    )  # fmt: skip


def _ranks(frame, rng):
    frame = frame.sort_values("rank")
    rank, total = frame["rank"].to_numpy(), len(frame)
    low, high = rank - rng.integers(0, 4, total), rank + rng.integers(0, 4, total)
    tier = np.cumsum(rng.random(total) < 0.5)
    return frame.assign(
        rank_low=np.clip(low, 1, None), rank_high=np.clip(high, None, total), tier=[chr(65 + k) for k in tier]
    )


def _drivers(frame, rng):
    n, (x, y) = len(frame), (rng.choice([0.001, 0.02, 0.2]), rng.choice([0.1, 1.0, 5.0]))
    size = frame.groupby("construct")["construct"].transform("size").to_numpy()
    whole = {name: rng.uniform(0.02, 0.6) for name in frame["construct"].unique()}
    importance, performance = frame["construct"].map(whole).to_numpy() / size, rng.uniform(60, 90, n)
    x = x / size
    return with_quadrants(
        frame.assign(
            importance=importance, importance_low=importance - x, importance_high=importance + x,
            performance=performance, performance_low=performance - y, performance_high=performance + y,
        )
    )  # fmt: skip


def _gaps(frame, rng):
    n = len(frame)
    gap, best, sure = rng.normal(0, 3, n), -rng.uniform(0, 9, n), rng.random((2, n)) < rng.choice([0.05, 0.5])
    words = np.where(sure[0], np.where(gap > 0, "strength", "short_board"), "level")
    return frame.assign(
        gap_mean=gap, gap_best=best, gap_best_low=best - 1.5, gap_best_high=best + 1.5, verdict=words,
        behind_best=sure[1],
    )  # fmt: skip


def _gains(gaps, effects, invented):
    parts = [
        invented.gains(part, effects[effects["sector"] == sector]).assign(sector=sector)
        for sector, part in gaps.groupby("sector")
    ]
    return pd.concat(parts).sample(frac=1, random_state=0)


def _standings(frame, rng):
    """Of larger or smaller error, judged anew."""
    se = frame["se"] * rng.choice([0.3, 1.0, 4.0])
    p = 2 * stats.t.sf(frame["difference"].abs() / se, frame["df"])
    return judged(frame.assign(se=se, p=p), WITHIN_BRAND, 0.95)


def _covariance(fits, estimates, rng):
    """Without an optimum there are no estimates; with one, paths may not be separable."""
    said = [None, None, None, "beyond_one", "not_located", "negative_variance"]
    fits = fits.assign(
        rmsea=rng.uniform(0.02, 0.12, len(fits)),
        status=rng.choice(["converged", "converged", "not_converged"], len(fits)),
    )
    estimates = estimates[estimates["sector"].isin(fits.loc[fits["status"] == "converged", "sector"])]
    careful = np.where(rng.random(len(estimates)) < 0.9, None, rng.choice(said, len(estimates)))
    return {
        "out_cbsem_fit_by_sector": fits,
        "out_cbsem_estimates_by_sector": estimates.assign(caution=careful),
    }


def _engines(frame, rng):
    odd = rng.random(len(frame)) < rng.choice([0.0, 0.1])
    return frame.assign(verdict=np.where(odd, "opposite", "both_effect"))


# --- reading a sentence back


def read_back(said, among):
    """The phrase that a sentence was made from, and what filled it in each language; of several that fit, the one that
    says the most itself."""
    found = {}
    for key in filter(re.compile(among).fullmatch, KEYS):
        templates = phrases()[key]
        filled = [_filled(template, words) for template, words in zip(templates, said, strict=True)]
        if None not in filled:
            own = len(re.sub(r"{\w+}", "", templates.en))
            found[own] = (key, filled)
    assert found, said
    key, (zh, en) = found[max(found)]
    assert set(zh) == set(en)
    return key, {name: Pair(zh[name], en[name]) for name in zh}


def _filled(template, words):
    seen, pattern = set(), ""
    for part in re.split(r"({\w+})", template):
        name = part[1:-1]
        if not part.startswith("{"):
            pattern += re.escape(part)
        elif name in seen:
            pattern += f"(?P={name})"
        else:
            seen.add(name)
            doubt = re.escape(phrases()["doubt"].en[:6]), re.escape(phrases()["doubt"].zh[:3])
            pattern += f"(?P<{name}>(?:(?:{'|'.join(doubt)}).*)?)" if name == "doubt" else f"(?P<{name}>.*?)"
    matched = re.fullmatch(pattern, words)
    return matched.groupdict() if matched else None


def same(values, name):
    """What is the same in both languages, as figures are."""
    zh, en = values[name]
    assert zh == en, (name, zh, en)
    return en


def names_in(values, names, name="names"):
    """A sentence lists exactly these names, in this order, in both languages."""
    assert values[name] == text.joined(list(names)) != NOTHING


def few_of(names, most=4):
    """What a sentence lists of many: the first, and how many more there are."""
    return [*names[:most], *([phrase("and_more", k=len(names) - most)] if len(names) > most else [])]


def one(frame, **keys):
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def largest(frame, by):
    return frame.reindex(frame[by].abs().sort_values(ascending=False).index)


# --- what each sentence claims: a rule for each


@dataclass
class Told:
    """The tables of a page, and what it is about."""

    tables: dict
    spec: object
    sector: str = ""
    brand: str = ""

    def __post_init__(self):
        self.own = SectorTables(self.tables, self.sector)

    @property
    def instrument(self):
        return self.spec.instruments[self.sector]

    def change(self, level, **keys):
        return one(self.tables["out_changes"], level=level, construct=self.spec.target, **keys)

    def sector_name(self, sector):
        return text.pair(self.spec.sectors.sector(sector).label)

    @property
    def constructs(self):
        return {each.id: text.pair(each.label) for each in self.instrument.constructs}

    @property
    def items(self):
        return {each.id: text.pair(each.label) for each in self.instrument.items}

    @property
    def moves(self):
        changes = self.tables["out_changes"]
        return changes[(changes["construct"] == self.spec.target) & (changes["level"] == "sector")]

    @property
    def gaps(self):
        scored = [one.id for one in self.instrument.items if one.scale.max - one.scale.min > 1]
        gaps = self.own["out_gaps_by_brand"]
        return gaps[(gaps["brand"] == self.brand) & gaps["item"].isin(scored)]


RULES = []


def rule(pattern):
    def kept(function):
        RULES.append((re.compile(pattern), function))
        return function

    return kept


def hold(sentences, told, among):
    """Every sentence is read back and holds; the keys of all."""
    keys = []
    for said in sentences:
        key, values = read_back(said, among)
        (check,) = (function for pattern, function in RULES if pattern.fullmatch(key))
        check(key, values, told)
        if "doubt" in values:
            speaks_against_the_model(values, told)
        keys.append(key)
    return keys


WORDS = {"rose": "rose", "fell": "fell", "no_significant_change": "flat", "trend_break": "break"}


def of_change(key, values, change, verdict):
    words = WORDS[verdict]
    assert key.rsplit("_", 1)[1] == words
    if words == "break":
        return
    size = text.number(abs(change))
    if words == "flat":
        way = "变化" if float(size) == 0 else "上升" if change > 0 else "下降"
        assert values["moved"].zh.endswith(f"{way}{size}分")
        assert values["moved"].en == f"{text.signed(change)} points"
    else:
        assert same(values, "size") == size
    assert words == "flat" or (change > 0) == (words == "rose")


def of_index(values, row):
    assert same(values, "value") == text.number(row["index_0_100"])
    assert values["interval"] == text.interval(row["low"], row["high"])


@rule("headline_.*")
def headline(key, values, told):
    words = WORDS[told.change("nation")["verdict"]]
    assert key == ("headline_other_sectors" if words == "break" else f"headline_{words}")


@rule("find_level")
def level_of_the_nation(key, values, told):
    of_index(values, one(told.tables["out_index_national"], construct=told.spec.target))
    assert values["scope"] == Pair("全国", "national")


@rule("find_(rose|fell|flat)")
def change_of_the_nation(key, values, told):
    row = told.change("nation")
    of_change(key, values, row["change"], row["verdict"])


@rule("find_over_.*")
def change_over_a_span(key, values, told):
    over = values["over"].en
    span = "year" if over.startswith("on the year") else "quarter"
    linked = (
        told.change("nation")["verdict"] == "trend_break" and span == "year"
    )  # the wave before is a year back
    how = ", linked by the sectors and questions that neighbouring waves share" if linked else ""
    assert over == f"on the {span}{how}"
    row = one(told.tables["out_trend"], level="nation", at=told.spec.wave.id)
    of_change(key, values, row[f"change_{span}"], row[f"verdict_{span}"])


@rule("find_lead_.*")
def leader(key, values, told):
    ranks = told.tables["out_rank_by_sector"].sort_values("rank")
    first = ranks.iloc[0]
    assert values["name"] == told.sector_name(first["sector"])
    tied = int(first["rank_high"]) - 1
    assert (key == "find_lead_alone") == (tied == 0)
    if key == "find_lead_tied":
        tier = ranks[(ranks["tier"] == first["tier"]) & (ranks["rank"] > 1)]["sector"]
        names_in(values, [told.sector_name(each) for each in tier], "others")
        assert len(tier) == tied
    if key == "find_lead_tied_many":
        assert same(values, "k") == str(tied)


@rule("find_last_.*")
def last(key, values, told):
    ranks = told.tables["out_rank_by_sector"].sort_values("rank")
    row = ranks.iloc[-1]
    assert values["name"] == told.sector_name(row["sector"])
    assert (key == "find_last_alone") == (row["rank_low"] == len(ranks))
    if "ranks" in values:
        assert same(values, "ranks") == text.ranks(row["rank_low"], row["rank_high"])


@rule(
    "find_(movers|movers_all|no_movers|one_rose|one_fell|one_flat|broken|broken_one|only_broken|only_broken_one)"
)
def counted_moves(key, values, told):
    compared = told.moves[told.moves["verdict"] != "trend_break"]
    up, down = (int((compared["verdict"] == verdict).sum()) for verdict in ("rose", "fell"))
    counts = {
        "up": up, "down": down, "total": len(compared), "k": len(told.moves) - len(compared),
    }  # fmt: skip
    assert {name: int(same(values, name)) for name in values} == {name: counts[name] for name in values}
    assert (key in ("find_no_movers", "find_one_flat")) == (up + down == 0) or "broken" in key
    assert key.endswith("broken_one") == ("broken" in key and counts["k"] == 1)
    assert "broken" not in key or ("only" in key) == (counts["total"] == 0)
    told = {"find_one_rose": up == 1, "find_one_fell": down == 1, "find_one_flat": up + down == 0}
    assert told.get(key, len(compared) != 1 or "broken" in key)
    assert "one_" not in key or len(compared) == 1
    assert key != "find_movers_all" or up + down == len(compared)
    assert key != "find_movers" or up + down < len(compared)


@rule("press_(rose|fell)")
def named_moves(key, values, told):
    chosen = told.moves[told.moves["verdict"] == key.removeprefix("press_")]
    rows = largest(chosen, "change").head(3).to_dict("records")
    names_in(
        values, [_with_points(told.sector_name(one["unit"]), text.signed(one["change"])) for one in rows]
    )


def _with_points(name, size):
    return Pair(f"{name.zh}（{size}分）", f"{name.en} ({size} points)")


@rule("press_range")
def range_of_sectors(key, values, told):
    ranks = told.tables["out_rank_by_sector"].sort_values("rank")
    index = told.tables["out_index_by_sector"]
    index = index[index["construct"] == told.spec.target]["index_0_100"]
    assert same(values, "k") == str(len(ranks))
    assert (same(values, "low"), same(values, "high")) == (text.number(index.min()), text.number(index.max()))
    for name, row in (("first", ranks.iloc[0]), ("last", ranks.iloc[-1])):
        assert same(values, name) == text.ranks(row["rank_low"], row["rank_high"])


def speaks_against_the_model(values, told):
    fit, engines = one(told.own["out_cbsem_fit_by_sector"]), told.own["out_engines_by_sector"]
    mixed = told.own["out_cbsem_estimates_by_sector"]["caution"].isin(["beyond_one", "not_located"])
    converged, opposite = fit["status"] == "converged", engines[engines["verdict"] == "opposite"]
    zh, en = values["doubt"]
    assert ("RMSEA" in en) == ("RMSEA" in zh) == (converged and fit["rmsea"] > 0.08)
    assert ("do not separate" in en) == ("不足以区分" in zh) == mixed.any()
    assert ("opposite signs" in en) == ("相反" in zh) == (len(opposite) > 0)
    assert all(told.instrument.construct(cause).label.en in en for cause in opposite["from"])
    assert bool(en) == bool(zh) == ("in doubt" in en)


@rule("sector_find_level")
def level_of_a_sector(key, values, told):
    of_index(values, one(told.own["out_index_by_sector"], construct=told.spec.target))
    rank = one(told.own["out_rank_by_sector"])
    assert same(values, "ranks") == text.ranks(rank["rank_low"], rank["rank_high"])


@rule("sector_find_(rose|fell|flat|break)")
def change_of_a_sector_or_brand(key, values, told):
    if told.brand:
        row = told.change("brand", sector=told.sector, unit=told.brand)
    else:
        row = told.change("sector", unit=told.sector)
    of_change(key, values, row["change"], row["verdict"])


@rule("sector_find_other_brand")
def change_of_an_id_that_was_anothers(key, values, told):
    """Of a brand alone: its sector was asked the same."""
    assert told.brand
    asked = told.tables["out_questionnaire_changes_by_sector"]
    assert asked[asked["sector"] == told.sector].empty


@rule("sector_find_brand_.*")
def leading_brand(key, values, told):
    first = told.own["out_rank_by_brand"].sort_values("rank").iloc[0]
    assert (key == "sector_find_brand_alone") == (first["rank_high"] == 1)
    brands = {each.id: text.pair(each.label) for each in told.spec.wave.sector(told.sector).brands}
    assert values["name"] == brands[first["brand"]]


@rule("sector_find_driver.*")
def largest_effect(key, values, told):
    drivers = told.own["out_drivers_by_construct"].sort_values("importance", ascending=False)
    first, others = drivers.iloc[0], drivers.iloc[1:]
    assert values["name"] == told.constructs[first["construct"]]
    near = others[others["importance_high"] >= first["importance_low"]]["construct"]
    assert (key == "sector_find_driver_tied") == (len(near) > 0)
    assert (key == "sector_find_driver_only") == others.empty
    if len(near):
        names_in(values, few_of([told.constructs[each] for each in near]))


@rule("sector_find_(fix|undecided|none|one_lever)")
def first_constructs(key, values, told):
    drivers = told.own["out_drivers_by_construct"]
    levers = drivers[drivers["actionable"].astype(bool)]
    assert (key == "sector_find_one_lever") == (len(levers) == 1)
    if len(levers) == 1:
        assert values["name"] == told.constructs[levers["construct"].iloc[0]]
        return
    x, y = levers["importance"].mean(), levers["performance"].mean()
    weak = levers[(levers["importance_low"] > x) & (levers["performance_high"] < y)]["construct"]
    reach = (levers["importance_low"] <= x) & (levers["importance_high"] >= x)
    reach |= (levers["performance_low"] <= y) & (levers["performance_high"] >= y)
    expected = weak if key == "sector_find_fix" else levers[reach]["construct"]
    assert (key == "sector_find_fix") == (len(weak) > 0)
    assert not {"Image", "Expectation"} & set(weak)
    if key == "sector_find_none":
        assert expected.empty
    else:
        names_in(values, few_of([told.constructs[each] for each in expected]))


@rule("sector_find_(no_)?items")
def first_items(key, values, told):
    drivers = told.own["out_drivers_by_item"]
    sizes = drivers.groupby("construct")["item"].transform("size")
    levers = drivers["item"].isin(told.instrument.actionable_items)
    x, y = (
        float(told_by.groupby(drivers["construct"]).mean().mean())
        for told_by in (drivers["importance"].mul(sizes)[levers], drivers["performance"][levers])
    )
    weak = levers & (drivers["importance_low"] * sizes > x) & (drivers["performance_high"] < y)
    order = drivers.assign(whole=-(drivers["importance"] * sizes).round(12))[weak]
    first = [told.items[each] for each in order.sort_values(["whole", "performance"])["item"]]
    assert (key == "sector_find_no_items") == (not first)
    if first:
        names_in(values, few_of(first))


@rule("diag_find_(above|below|level)")
def against_the_sector(key, values, told):
    mine = one(told.own["out_index_by_brand"], brand=told.brand, construct=told.spec.target)
    whole = one(told.own["out_index_by_sector"], construct=told.spec.target)
    of_index(values, mine)
    assert same(values, "sector") == text.number(whole["index_0_100"])
    if key == "diag_find_level":
        return
    standing = one(told.own["out_standing_by_brand"], brand=told.brand, construct=told.spec.target)
    away = mine["index_0_100"] - whole["index_0_100"]
    assert same(values, "size") == text.number(abs(standing["difference"]))
    assert (key == "diag_find_above") == (away > 0)
    assert abs(standing["difference"]) > stats.t.ppf(0.975, standing["df"]) * standing["se"]


@rule("diag_find_rank")
def among_brands(key, values, told):
    rank, total = one(told.own["out_rank_by_brand"], brand=told.brand), len(told.own["out_rank_by_brand"])
    above, below = rank["rank_low"] - 1, total - rank["rank_high"]
    counts = [int(same(values, name)) for name in ("above", "below", "tied")]
    assert counts == [above, below, total - 1 - above - below]


@rule("diag_find_(no_)?(strength|short_board)s?")
def named_gaps(key, values, told):
    verdict = re.sub("diag_find_(no_)?|s$", "", key)
    found = told.gaps[told.gaps["verdict"] == verdict]
    assert found.empty == key.startswith("diag_find_no_")
    if len(found):
        names_in(values, [told.items[each] for each in largest(found, "gap_mean")["item"][:3]])
    if "k" in values:
        assert same(values, "k") == str(len(found))


@rule("diag_find_(first|first_of|none_first)")
def first_item_of_a_brand(key, values, told):
    able = {
        gap["item"]: urgency
        for gap in told.gaps.to_dict("records")
        if gap["item"] in told.instrument.actionable_items and (urgency := _urgency(gap, told))
    }
    assert key == ("diag_find_none_first", "diag_find_first", "diag_find_first_of")[min(2, len(able))]
    if able:
        top = max(able, key=lambda item: able[item][0])
        assert values["item"] == told.items[top]
        assert same(values, "gain") == text.signed(able[top][1], 2)
        assert told.instrument.construct_of(top).id not in ("Image", "Expectation")
    if "k" in values:
        assert same(values, "k") == str(len(able))


def _urgency(gap, told):
    """Gap to the best by the effect of the whole construct, and the gain: where both effect and gain are surely above 0
    and the brand is significantly behind."""
    drivers = told.own["out_drivers_by_item"]
    driver = one(drivers, item=gap["item"])
    effect = one(told.own["out_whatif_by_item"], item=gap["item"])
    block = drivers[drivers["construct"] == driver["construct"]]
    gain = -effect["effect"] * gap["gap_best"]
    half = math.hypot(
        effect["effect"] * (gap["gap_best_high"] - gap["gap_best_low"]) / 2,
        gap["gap_best"] * (effect["effect_high"] - effect["effect_low"]) / 2,
    )
    behind = gap["behind_best"] or gap["verdict"] == "short_board"
    if not (behind and driver["importance_low"] > 0 and gain > half):
        return None
    return -gap["gap_best"] * driver["importance"] * len(block), gain


# --- the releases


def of_one_driver(tables):
    """The same where quality alone acts on satisfaction."""
    drivers = tables["out_drivers_by_construct"]
    return {**tables, "out_drivers_by_construct": drivers[drivers["construct"] == "Quality"]}


def of_nation(tables, spec):
    page = content.national(tables, spec)
    said = [page.headline, *content.press(page, spec).paragraphs]
    return hold(said, Told(tables, spec), "(find|headline|press)_.*")


def of_sector(tables, spec, sector):
    findings = content.sector(tables, spec, sector).findings
    return hold(findings, Told(tables, spec, sector), "sector_find_.*")


def of_brand(tables, spec, sector, brand):
    findings = content.diagnosis(tables, spec, sector, brand).findings
    return hold(findings, Told(tables, spec, sector, brand), "(diag|sector)_find_.*")


@pytest.fixture(scope="module")
def shown(tables, spec):
    return disclosed_tables(tables, spec.target, spec.wave.level)


def test_no_sentence_claims_what_its_tables_do_not_hold(shown, spec, invented):
    """And the generated releases come to every sentence but those of a single sector, of a first wave, and of a
    questionnaire without levers."""
    met = set()
    for seed in SEEDS:
        made = drawn(shown, seed, invented)
        try:
            met.update(of_nation(made, spec))
            for sector in SECTORS:
                met.update(of_sector(made, spec, sector))
            for sector, brand in BRANDS:
                met.update(of_brand(made, spec, sector, brand))
        except AssertionError as error:
            error.add_note(f"in the release of seed {seed}")
            raise
    for verdicts in FEW:
        met.update(of_nation(few_compared(made, verdicts), spec))
    met.update(of_sector(of_one_driver(shown), spec, "dairy"))
    alone = {"sector_find_only", "sector_find_no_levers", "headline_first", "headline_break"}
    assert sorted(set(KEYS) - met - alone) == []
