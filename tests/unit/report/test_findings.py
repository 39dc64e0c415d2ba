"""No sentence claims what its numbers do not."""

import dataclasses
import re

import pandas as pd
import pytest

from ncsi.disclosure import disclosed_tables
from ncsi.report import content
from ncsi.report.content.doubts import not_separable
from ncsi.report.text import Pair, phrases
from ncsi.spec import Label, load_instrument
from ncsi.spec.instrument import Component
from ncsi.tables import OUT_CBSEM_ESTIMATES

CLAIMS = re.compile(
    r"\brose\b|\bfell\b|\brises significantly|\bfalls significantly|上升(?!.*不具统计显著性)|下降(?!.*不具统计显著性)"
)
"""Words of a change that stands; Chinese gives the direction of others too, and says that they do not."""


def with_verdict(tables, level, verdict):
    changes = tables["out_changes"]
    verdicts = changes["verdict"].mask(changes["level"] == level, verdict)
    told = {**tables, "out_changes": changes.assign(verdict=verdicts)}
    if verdict != "trend_break":
        return told
    trend = tables["out_trend"]  # of a series that nothing links over the break
    linked = trend["verdict_year"].mask((trend["level"] == level) & (trend["verdict_year"] != ""), verdict)
    return {**told, "out_trend": trend.assign(verdict_year=linked)}


def sentences(pairs):
    return [words for pair in pairs for words in pair]


@pytest.mark.parametrize("verdict", ["no_significant_change", "trend_break"])
def test_without_significance_nothing_rises_or_falls(tables, spec, verdict):
    still = with_verdict(with_verdict(tables, "nation", verdict), "sector", verdict)
    page = content.national(still, spec)
    assert not [one for one in sentences([page.headline, *page.findings]) if CLAIMS.search(one)]
    assert page.change.tone == ""
    assert all(not row.star and not row.tone for row in page.ranking)
    sector = content.sector(disclosed_tables(still, spec.target, spec.wave.level), spec, "dairy")
    assert not [one for one in sentences(sector.findings) if CLAIMS.search(one)]


@pytest.mark.parametrize(("verdict", "zh", "en"), [("rose", "上升", "rose"), ("fell", "下降", "fell")])
def test_a_significant_change_is_called_by_its_direction(tables, spec, verdict, zh, en):
    page = content.national(with_verdict(tables, "nation", verdict), spec)
    words = page.findings[1]
    assert zh in words.zh
    assert en in words.en
    assert "−" not in words.zh + words.en


def test_a_trend_break_prints_no_difference(tables, spec):
    page = content.national(tables, spec)
    broken = next(row for row in page.ranking if row.href == "sectors/banks.html")
    assert broken.change == "‖"
    assert any(
        "no change is published" in one for one in sentences(content.sector(tables, spec, "banks").findings)
    )


def test_the_leader_is_alone_only_when_its_tier_is(tables, spec):
    ranks = tables["out_rank_by_sector"]
    alone = ranks.assign(tier=ranks["rank"].map(str), rank_low=ranks["rank"], rank_high=ranks["rank"])
    said = sentences(content.national({**tables, "out_rank_by_sector": alone}, spec).findings)
    assert any("significantly above every other sector" in one for one in said)
    tied = sentences(content.national(tables, spec).findings)
    assert any("level with" in one for one in tied)
    assert not any("significantly above every other" in one for one in tied)


def test_a_first_wave_claims_no_change(tables, spec):
    first = dataclasses.replace(
        spec, wave=spec.wave.model_copy(update={"previous": None}), history=spec.history.tail(1)
    )
    page = content.national({**tables, "out_changes": tables["out_changes"].head(0)}, first)
    assert page.change is None
    assert page.trend is None
    assert page.headline.en == "First release"


def test_labels_of_constructs_are_those_most_sectors_use(tables, spec):
    names = [row.name.zh for row in content.national(tables, spec).latents]
    assert "顾客满意度" in names
    assert "公众满意度" not in names


def test_a_trend_break_is_not_called_a_steady_index(tables, spec, invented):
    page = content.national(with_verdict(tables, "nation", "trend_break"), spec)
    assert page.headline.en.startswith("Sectors or questionnaires differ")
    assert not sentences([one.text for one in page.changes if one.value != "‖"])
    alone = invented.release_spec(("schools",))
    page = content.national(with_verdict(invented.result_tables(alone), "nation", "trend_break"), alone)
    assert page.headline.en == "A new questionnaire starts a new series"
    assert (page.change.value, page.change.text.en) == (
        "‖",
        "not comparable with 2025 Q1 (questionnaire changed)",
    )


def test_sectors_that_cannot_be_compared_are_counted_apart(tables, spec):
    said = sentences(content.national(tables, spec).findings)
    assert any("sectors compared" in one for one in said)
    assert any("1 more sector is not compared" in one for one in said)
    broken = sentences(content.national(with_verdict(tables, "sector", "trend_break"), spec).findings)
    assert not any("sectors compared" in one for one in broken)
    told = [one for one in broken if "because the questionnaire changed" in one]
    k = len(spec.wave.sectors)
    assert told == [f"{k} sectors are not compared with the previous wave because the questionnaire changed."]
    assert not any("另有" in one for one in broken), "more than none"


@pytest.mark.parametrize(
    ("verdict", "words"), [("rose", "rose"), ("no_significant_change", "did not change")]
)
def test_a_single_sector_compared_is_not_called_several(tables, spec, verdict, words):
    changes = with_verdict(tables, "sector", "trend_break")["out_changes"]
    one = (changes["level"] == "sector") & (changes["unit"] == "dairy")
    told = {**tables, "out_changes": changes.assign(verdict=changes["verdict"].mask(one, verdict))}
    said = sentences(content.national(told, spec).findings)
    assert f"The one sector compared {words} significantly." in said
    assert not any("several comparisons" in one for one in said), "nothing was adjusted"


def test_a_leader_alone_in_its_tier_may_still_be_tied(tables, spec):
    ranks = tables["out_rank_by_sector"]
    noisy = ranks.assign(tier=ranks["rank"].map(str))
    said = sentences(content.national({**tables, "out_rank_by_sector": noisy}, spec).findings)
    assert any("level with 2 other sectors" in one for one in said)


def test_the_leading_brand_is_alone_only_when_its_rank_is_certain(tables, spec):
    ranks = tables["out_rank_by_brand"]
    alone = ranks.assign(rank_low=ranks["rank"], rank_high=ranks["rank"])
    said = sentences(content.sector({**tables, "out_rank_by_brand": alone}, spec, "dairy").findings)
    assert any("leads, significantly above every other brand" in one for one in said)
    said = sentences(content.sector(tables, spec, "dairy").findings)
    assert any("rank interval 1–3" in one for one in said)


def test_a_rate_that_rises_is_no_good_news(tables, spec):
    worse = with_verdict(tables, "sector", "rose")
    rows = {row.id: row for row in content.sector(worse, spec, "dairy").constructs}
    assert rows["Complaint"].value.endswith("%")
    assert rows["Complaint"].tone == "down"
    assert rows["Satisfaction"].tone == "up"


def test_a_wave_of_one_sector_speaks_of_that_sector(invented):
    alone = invented.release_spec(("schools",))
    said = sentences(content.sector(invented.result_tables(alone), alone, "schools").findings)
    assert "national index" not in said[1]
    assert said[1].startswith("Primary and secondary schools: index ")


@pytest.mark.parametrize("verdict", ["no_significant_change", "trend_break"])
def test_the_press_note_claims_no_more_than_the_report(tables, spec, verdict):
    still = with_verdict(with_verdict(tables, "nation", verdict), "sector", verdict)
    note = content.press(content.national(still, spec), spec)
    said = sentences([note.headline, *note.paragraphs])
    assert not [one for one in said if CLAIMS.search(one) or "显著上升：" in one or "Significant" in one]
    for language in ("zh", "en"):
        page = content.markdown(note, language)
        assert note.value in page
        assert not re.search(r"\brose by|上升\d[^，]*，差异具", page)


def test_the_press_note_names_those_that_moved_and_by_how_much(tables, spec):
    note = content.press(content.national(with_verdict(tables, "sector", "rose"), spec), spec)
    said = sentences(note.paragraphs)
    assert any(one.startswith("Significant rises: ") and "points" in one for one in said)
    assert not any("Significant falls" in one for one in said)


def test_every_phrase_has_the_same_places_in_both_languages():
    places = {key: [set(re.findall(r"{(\w+)}", words)) for words in one] for key, one in phrases().items()}
    assert [key for key, (zh, en) in places.items() if zh != en] == []


def with_drivers(tables, sector, change):
    table = tables["out_drivers_by_construct"]
    own = table["sector"] == sector
    return {**tables, "out_drivers_by_construct": pd.concat([table[~own], change(table[own])])}


def test_a_single_driver_is_compared_with_none(tables, spec):
    alone = with_drivers(tables, "dairy", lambda own: own[own["construct"] == "Quality"])
    said = sentences(content.sector(alone, spec, "dairy").findings)
    assert any(one.startswith("One more point of Perceived quality goes with") for one in said)
    assert any("is the only construct that can be acted on" in one for one in said)
    assert any("无从比较先后" in one for one in said)
    assert not [one for one in said if "any other driver" in one or "高于其他各因素" in one]


def test_a_single_driver_does_not_count_as_above_all_others(tables, spec):
    drivers = tables["out_drivers_by_construct"]
    alone = {**tables, "out_drivers_by_construct": drivers[drivers["construct"] == "Quality"]}
    story = content.national(alone, spec).story
    assert [one.sure for one in story.drivers] == [0]
    assert "in 0 of them its interval lies above all others" in story.drives.en


def test_of_many_drivers_a_few_are_named(tables, spec):
    def several(own):
        first = own.iloc[:1].assign(importance_low=0.0, importance=0.5, importance_high=1.0)
        return pd.concat([first.assign(construct=one) for one in spec.instruments["dairy"].construct_ids])

    said = sentences(content.sector(with_drivers(tables, "dairy", several), spec, "dairy").findings)
    (near,) = [one for one in said if "that interval overlaps" in one]
    assert "and 1 more" in near or "and 2 more" in near


def test_a_component_is_called_by_its_label():
    ccsi = load_instrument("ccsi")
    (quality,) = [one for one in ccsi.constructs if one.id == "Quality"]
    half = Component(id="QualityService", label=Label(zh="服务", en="Service"), items=(quality.items[0].id,))
    whole = quality.model_copy(update={"components": (half,)})
    constructs = tuple(whole if one is quality else one for one in ccsi.constructs)
    estimates = pd.DataFrame(
        [["Quality", "=~", "QualityService", "beyond_one"], ["Quality", "=~", quality.items[0].id, None]],
        columns=["lhs", "op", "rhs", "caution"],
    )
    found = not_separable(
        {OUT_CBSEM_ESTIMATES.name: estimates}, ccsi.model_copy(update={"constructs": constructs})
    )
    assert found == [Pair("感知质量 → 服务", "Perceived quality → Service")]
