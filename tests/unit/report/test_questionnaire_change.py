"""A sector that was asked otherwise: the page says what is shared, how the series is linked, or why it breaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.report import content
from ncsi.report.content.questionnaire_change import questionnaire_note
from ncsi.report.result_rows import SectorTables
from ncsi.tables import OUT_CHANGES, OUT_QUESTIONNAIRE_CHANGES, TABLES

SECTOR = "dairy"


def asked_otherwise(tables, reason=""):
    """The tables with that sector linked over a change of its questionnaire, or broken for a reason."""
    row = dict.fromkeys(TABLES[OUT_QUESTIONNAIRE_CHANGES.name].names, np.nan) | {
        "wave": "2026Q1", "sector": SECTOR, "previous": "2025Q1", "instrument": "food", "instrument_version": "2.0.0",
        "previous_instrument": "food", "previous_version": "1.4.0", "items": 24, "previous_items": 25, "shared": 22,
        "reworded": "", "added": "", "dropped": "IMA4", "reason": reason, "change": -1.234, "low": -2.3, "high": -0.2,
    }  # fmt: skip
    changes = tables[OUT_CHANGES.name]
    own = (changes["level"] == "sector") & (changes["unit"] == SECTOR)
    return {
        **tables,
        OUT_QUESTIONNAIRE_CHANGES.name: pd.DataFrame([row]),
        OUT_CHANGES.name: changes.assign(verdict=changes["verdict"].mask(own, "trend_break")),
    }


def test_a_linked_series_says_what_is_shared_and_by_how_much_it_moved(tables, spec):
    page = content.sector(asked_otherwise(tables), spec, SECTOR)
    said = page.notes.waves
    assert "from food 1.4.0 to food 2.0.0: 22 of its 24 questions are the same in words and scale" in said.en
    assert "On these alone the index changed by −1.2 points (95% interval −2.3 to −0.2)" in said.en
    assert "问卷由food 1.4.0改为food 2.0.0：本期24题中有22题的措辞与量表相同。" in said.zh
    assert "仅按相同题项计算，指数变化−1.2分" in said.zh
    assert any("22 of its 24" in one.en for one in page.findings)
    assert content.sector(tables, spec, SECTOR).notes.waves.en in page.notes.waves.en
    assert questionnaire_note(SectorTables(tables, SECTOR), spec).zh == ""


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        ("target_changed", "满意度题项本身有改动", "the questions on satisfaction itself changed"),
        ("model_changed", "相同题项在模型中的关系不同", "connects the shared questions differently"),
        ("answers_gone", "上期答卷已不再保存", "no longer kept"),
        (
            "not_repeated",
            "上期数据已变动，不能重现当时公布的指数",
            "no longer give the index that was published",
        ),
        ("not_estimated", "仅凭相同题项无法估计模型", "cannot be estimated from the shared questions alone"),
    ],
)
def test_a_break_says_why(tables, spec, reason, zh, en):
    said = questionnaire_note(SectorTables(asked_otherwise(tables, reason), SECTOR), spec)
    assert f"趋势在此断开：{zh}" in said.zh
    assert en in said.en
    assert "On these alone" not in said.en


def test_other_sectors_say_nothing_of_it(tables, spec):
    whole = asked_otherwise(tables)
    for one in spec.wave.sectors:
        if one.id != SECTOR:
            assert "questions are the same" not in content.sector(whole, spec, one.id).notes.waves.en
