"""What the site and the method paragraphs say, in both languages, against the releases, the rules and the formulas."""

from __future__ import annotations

import dataclasses
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.disclosure import disclosed_tables
from ncsi.model import aggregate, changes
from ncsi.quality.status import EXCLUDING_FAMILIES
from ncsi.report import content, text
from ncsi.report.site.page import site_page
from ncsi.report.site.shelf import shelf
from ncsi.report.text import Pair, phrases
from ncsi.spec import RULE
from ncsi.spec.weighting_plan import Replication, Weighting

SITE = [
    key for key in phrases() if re.fullmatch(r"site_find_.*|find_(movers|movers_all|no_movers|one_.*)", key)
]
METHOD = [key for key in phrases() if re.fullmatch(r"method_.*(?<!_name)", key)]


def read(said: Pair, keys: list[str]) -> tuple[str, Pair, dict[str, str]]:
    """The phrase that a sentence was made from, and what fills it, the same in both languages where it is a figure."""
    for key in sorted(keys, key=lambda one: -len(phrases()[one].en)):
        found = [_filled(template, words) for template, words in zip(phrases()[key], said, strict=True)]
        if None not in found:
            zh, en = found
            return key, said, {name: Pair(zh[name], en[name]) for name in en}
    raise AssertionError(said)


def _filled(template: str, words: str) -> dict[str, str] | None:
    seen: set[str] = set()
    pattern = ""
    for part in re.split(r"({\w+})", template):
        name = part[1:-1]
        if not part.startswith("{"):
            pattern += re.escape(part)
        else:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
            seen.add(name)
    matched = re.fullmatch(pattern, words)
    return matched.groupdict() if matched else None


def figure(values, name):
    zh, en = values[name]
    assert zh == en, (name, zh, en)
    return en


# --- the site


@pytest.fixture(scope="module")
def folder(release, tmp_path_factory):
    """A release's data, to be changed at random; everything that the site reads."""
    copy = tmp_path_factory.mktemp("shelf") / "2026Q1"
    shutil.copytree(release.folder, copy)
    return copy


def redrawn(folder, seed):
    """Other verdicts of the sectors' changes and other rank sets, written as a release has them."""
    rng, data = np.random.default_rng(seed), folder / "data"
    table = pd.read_csv(data / "out_changes.csv", keep_default_na=False)
    p = rng.dirichlet([0.5, 0.5, 0.5, 0.2])
    words = rng.choice(["rose", "fell", "no_significant_change", "trend_break"], len(table), p=p)
    table.assign(verdict=words).to_csv(data / "out_changes.csv", index=False)
    ranks = pd.read_csv(data / "out_rank_by_sector.csv")
    low = np.maximum(1, ranks["rank"] - rng.integers(0, 3, len(ranks)))
    high = np.minimum(len(ranks), ranks["rank"] + rng.integers(0, 3, len(ranks)))
    ranks.assign(rank_low=low, rank_high=high).to_csv(data / "out_rank_by_sector.csv", index=False)


def one_compared(folder, target, verdict):
    """All sectors but the first are not compared, and that one has this verdict."""
    path = folder / "data" / "out_changes.csv"
    table = pd.read_csv(path, keep_default_na=False)
    sectors = (table["level"] == "sector") & (table["construct"] == target)
    words = table["verdict"].mask(sectors, "trend_break")
    words[table.index[sectors][0]] = verdict
    table.assign(verdict=words).to_csv(path, index=False)


def of_site(folder, target):
    """Every finding holds; the keys met."""
    met = []
    data = folder / "data"
    tables = {
        name: pd.read_csv(data / f"out_{name}.csv", keep_default_na=False)
        for name in ("changes", "rank_by_sector", "index_national")
    }
    ranks = tables["rank_by_sector"].sort_values("rank")
    (nation,) = tables["index_national"][tables["index_national"]["construct"] == target].to_dict("records")
    moves = tables["changes"]
    moves = moves[
        (moves["construct"] == target) & (moves["level"] == "sector") & (moves["verdict"] != "trend_break")
    ]
    up, down = (int((moves["verdict"] == verdict).sum()) for verdict in ("rose", "fell"))
    counts = {"total": len(moves), "up": up, "down": down}
    names = pd.read_csv(data / "codes_sectors.csv").set_index("sector")
    for said in site_page(shelf(folder.parent)).findings:
        key, _, values = read(said, SITE)
        met.append(key)
        if key in ("site_find_size", "site_find_respondents"):
            assert figure(values, "n") == text.count(nation["n"])
            assert key == "site_find_respondents" or figure(values, "sectors") == str(nation["sectors"])
            assert (key == "site_find_respondents") == (nation["sectors"] == 1)
        elif key in ("site_find_first", "site_find_last"):
            row = ranks.iloc[0 if key == "site_find_first" else -1]
            assert values["name"] == Pair(*names.loc[row["sector"], ["label_zh", "label_en"]])
            assert figure(values, "value") == text.number(row["index_0_100"])
            assert figure(values, "ranks") == text.ranks(row["rank_low"], row["rank_high"])
        else:
            assert {name: int(figure(values, name)) for name in values} == {
                name: counts[name] for name in values
            }
            assert (key in ("find_no_movers", "find_one_flat")) == (up + down == 0)
            assert key.startswith("find_one_") == (len(moves) == 1)
            assert (key == "find_one_rose", key == "find_one_fell") == (
                len(moves) == up == 1,
                len(moves) == down == 1,
            )
            assert (key == "find_movers_all") == (1 < up + down == len(moves))
    return met


def test_every_finding_of_the_site_holds(folder, spec):
    met = set()
    for seed in range(40):
        redrawn(folder, seed)
        met.update(of_site(folder, spec.target))
    for verdict in ("rose", "fell", "no_significant_change"):
        one_compared(folder, spec.target, verdict)
        met.update(of_site(folder, spec.target))
    assert sorted(set(SITE) - met) == ["site_find_respondents"]


def test_the_site_of_one_sector_ranks_and_counts_none(folder, spec, tmp_path):
    alone = shutil.copytree(folder, tmp_path / "2026Q1")
    for name in ("out_index_national", "out_rank_by_sector"):
        table = pd.read_csv(alone / "data" / f"{name}.csv")
        table = table.assign(sectors=1) if "sectors" in table else table.head(1)
        table.to_csv(alone / "data" / f"{name}.csv", index=False)
    assert of_site(alone, spec.target) == ["site_find_respondents"]


# --- the method


def numbers(words: str) -> list[str]:
    return sorted(re.findall(r"\d[\d,.]*\d|\d", words))


@pytest.fixture(scope="module")
def paragraphs(tables, spec, invented):
    """Of every way of making errors, and of one sector: phrase → what fills it, the words."""
    found = {}
    shown = disclosed_tables(tables, spec.target, spec.wave.level)
    ways = [
        None,
        *(Weighting(replicates=Replication(method=name, number=640)) for name in ("rao_wu", "jackknife")),
    ]
    specs = [dataclasses.replace(spec, wave=spec.wave.model_copy(update={"weighting": one})) for one in ways]
    one_sector = invented.release_spec(("dairy",))
    specs.append(one_sector)
    for one in specs:
        own = (
            shown
            if one is not one_sector
            else disclosed_tables(invented.result_tables(one), one.target, 0.95)
        )
        for paragraph in content.national(own, one).method:
            key, said, values = read(paragraph.text, METHOD)
            found.setdefault(key, []).append((said, values, one))
    return found


def test_every_paragraph_of_the_method_is_met_and_gives_the_same_figures_in_both_languages(paragraphs):
    assert sorted(paragraphs) == sorted(METHOD)
    for told in paragraphs.values():
        for (zh, en), _, _ in told:
            assert numbers(zh) == numbers(en)
            for sign in re.findall(r"[Σ√′²⁻]+|Holm|Mode A|Rao-Wu|PLS|Welch", en):
                assert sign in zh, (sign, zh)


def test_the_way_of_making_errors_is_the_one_declared(paragraphs):
    for key in ("method_uncertainty", "method_uncertainty_rao_wu", "method_uncertainty_jackknife"):
        for (zh, en), values, spec in paragraphs[key]:
            declared = spec.wave.weighting.replicates if spec.wave.weighting else None
            assert key.removeprefix("method_uncertainty").lstrip("_") == (declared.method if declared else "")
            assert figure(values, "level") == "95"
            assert ("t intervals" in en) == ("t区间" in zh) == bool(declared)
            assert ("expanded percentiles" in en) == ("扩展百分位" in zh) == (not declared)
            assert "degrees of freedom" in en
            assert "自由度" in zh
            if "seed" in values:
                assert figure(values, "seed") == str(spec.provenance.seed)
                count = declared.number if declared else spec.provenance.replicates
                assert figure(values, "replicates") == text.count(count)


def test_publication_names_the_rules_thresholds(paragraphs):
    thresholds = (RULE.published, RULE.indicative, RULE.indicative, RULE.published - 1, RULE.subgroup)
    wanted = sorted(f"{one:.0f}" for one in (*thresholds, 100 * RULE.dominance))
    for said, _, _ in paragraphs["method_publication"]:
        assert [numbers(words) for words in said] == [wanted, wanted]


def test_quality_names_every_way_out(paragraphs):
    """Two families or a failed attention check, or a disposition: as docs/method.md §12 has it."""
    assert EXCLUDING_FAMILIES == 2
    ((zh, en), _, _) = paragraphs["method_quality"][0]
    ways = {"two independent families": "两类", "attention check": "注意力检查", "disposition": "处置结果"}
    assert all(words in en for words in ways)
    assert all(words in zh for words in ways.values())


def test_a_change_is_tested_as_its_paragraph_says(paragraphs):
    ((zh, en), _, _) = paragraphs["method_change"][0]
    assert en.startswith("t = (I−I′)/√(SE²+SE′²−2r·SE·SE′), where r, 0 for independent samples,")
    assert zh.startswith("t = (I−I′)/√(SE²+SE′²−2r·SE·SE′)；独立样本r为0，")
    now = pd.DataFrame(
        {"sector": ["a", "b"], "index_0_100": [74.0, 71.0], "se": [1.0, 1.5], "df": [80.0, 30.0]}
    )
    before = now.assign(index_0_100=[70.0, 70.5], se=[1.2, 0.9], df=[60.0, 40.0])
    made = changes(now, before, ["sector"], 0.95)
    v, w = now["se"] ** 2, before["se"] ** 2
    df = (v + w) ** 2 / (v**2 / now["df"] + w**2 / before["df"])
    p = 2 * stats.t.sf((now["index_0_100"] - before["index_0_100"]) / np.sqrt(v + w), df)
    np.testing.assert_allclose(made["p"], p)
    np.testing.assert_allclose(made["p_holm"], [2 * p[0], p[1]])
    assert made["verdict"].tolist() == ["rose", "no_significant_change"]
    panel = changes(now.assign(correlation=[0.8, np.nan], df_change=[40.0, np.nan]), before, ["sector"], 0.95)
    paired = np.sqrt(v[0] + w[0] - 2 * 0.8 * np.sqrt(v[0] * w[0]))
    np.testing.assert_allclose(panel["se"], [paired, np.sqrt(v[1] + w[1])])
    np.testing.assert_allclose(panel["p"], [2 * stats.t.sf(4 / paired, 40), p[1]])


def test_aggregation_adds_variances_as_its_paragraph_says(paragraphs):
    assert all("Var = Σa²SE²" in en for (_, en), _, _ in paragraphs["method_aggregation"])
    ((zh, en), _, spec) = paragraphs["method_aggregation_one"][0]
    assert len(spec.wave.sectors) == 1
    assert not re.search("group|whole|行业大类|总体", en + zh)
    rows = pd.DataFrame({
        "sector": ["a", "b"], "construct": "S", "n": 9, "index_0_100": [70.0, 80.0], "se": [1.0, 2.0], "df": np.nan
    })  # fmt: skip
    made = aggregate(rows, {"a": 0.6, "b": 0.2}, ["construct"], 0.95).iloc[0]
    assert made["se"] ** 2 == pytest.approx(0.75**2 * 1 + 0.25**2 * 4)
