"""Figures and phrases as readers expect them, in both languages."""

import re
import string
from datetime import date
from pathlib import Path

import pytest

from ncsi.report import text
from ncsi.spec import Label
from ncsi.verdicts import QUADRANTS


@pytest.mark.parametrize(
    ("value", "expected"), [(0.62, "+0.6"), (-0.62, "−0.6"), (0.04, "0.0"), (-0.04, "0.0"), (None, "—")]
)
def test_changes_carry_their_sign(value, expected):
    assert text.signed(value) == expected


def test_intervals_counts_and_rank_sets():
    assert text.interval(78.06, 78.72) == text.same("78.1–78.7")
    assert text.interval(None, 1.0) == text.same("—")
    assert text.count(56480.4) == "56,480"
    assert (text.ranks(3, 3), text.ranks(2, 5)) == ("3", "2–5")


def test_lists_read_as_prose():
    names = [text.same(one) for one in "ABC"]
    assert text.joined(names) == text.Pair("A、B、C", "A, B and C")
    assert text.joined(names[:1]).en == "A"


def test_a_long_list_names_a_few_and_counts_the_others():
    names = [text.same(one) for one in "ABCDEF"]
    assert text.named(names[:4]) == text.joined(names[:4])
    assert text.named(names) == text.Pair("A、B、C、D、另2项", "A, B, C, D and 2 more")
    assert text.named(names, 1).en == "A and 5 more"


def test_clauses_may_hold_lists():
    names = text.joined([text.same(one) for one in "AB"])
    assert text.clauses([names, text.same("C")]) == text.Pair("A、B；C", "A and B; C")


def test_chinese_terms_are_those_of_the_terminology():
    """One term for a thing: the first that docs/terminology.md gives."""
    page = (Path(__file__).parents[3] / "docs" / "terminology.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)
    terms = {name.partition(" (")[0].strip(): re.split("（|、", zh)[0].strip() for name, zh in rows}
    told = {
        "group": "group", "groups": "group", "site_group": "group", "rank_set": "rank interval",
        "term_rank": "rank interval", "tier": "tier", "term_tier": "tier", "term_break": "trend break",
        "term_ci": "confidence interval", "n_eff": "effective sample size", "deff": "design effect",
        "improve_first": "improve first", "keep_up": "keep up", "low_priority": "low priority",
        "possible_overkill": "possible overkill",
    }  # fmt: skip
    assert {key: text.phrases()[key].zh for key in told} == {key: terms[name] for key, name in told.items()}
    assert [words.zh for words in QUADRANTS.values()] == [terms[words.en] for words in QUADRANTS.values()]


def test_both_languages_say_the_same_things():
    fields = {
        key: [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in pair]
        for key, pair in text.phrases().items()
    }
    assert {key for key, (zh, en) in fields.items() if zh != en} == set()
    assert all(words.strip() for pair in text.phrases().values() for words in pair)
    assert text._phrases("zh").keys() == text._phrases("en").keys()


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("请用1-10分评价", "请用1–10分评价"),
        ("2016 年以来，PLS 模型占 20% 的份额", "2016年以来，PLS模型占20%的份额"),
        ("热线 010-8888-1234", "热线010-8888-1234"),
        ("GB/T 19010-2009", "GB/T 19010–2009"),
        ("COVID-19 与 iso-9001", "COVID-19与iso-9001"),
        ("2026-01-08", "2026-01-08"),
    ],
)
def test_questions_are_printed_as_an_editor_sets_them(typed, printed):
    assert text.set_in_type(text.Pair(typed, "from 1-10")) == text.Pair(printed, "from 1–10")


@pytest.mark.parametrize(
    ("zh", "printed"),
    [
        ("2026 年第一季度", "2026年第一季度"), ("海尔 Haier 冰箱", "海尔Haier冰箱"),
        ("满意度 85% 以上", "满意度85%以上"),
        ("中国 移动", "中国 移动"), ("China Mobile", "China Mobile"), ("A 座 3 层", "A座3层"),
    ],
)  # fmt: skip
def test_labels_are_printed_without_the_spaces_that_a_page_sets_itself(zh, printed):
    assert text.pair(Label(zh=zh, en="2026 Q1")) == text.Pair(printed, "2026 Q1")


@pytest.mark.parametrize(
    ("start", "end", "zh", "en"),
    [
        (date(2026, 1, 8), date(2026, 3, 6), "2026年1月8日至3月6日", "8 January to 6 March 2026"),
        (date(2025, 12, 20), date(2026, 1, 31), "2025年12月20日至2026年1月31日", "20 December 2025 to 31 January 2026"),
        (date(2026, 5, 1), date(2026, 5, 1), "2026年5月1日至5月1日", "1 May to 1 May 2026"),
    ],
)  # fmt: skip
def test_days_stand_in_sentences_as_they_are_read(start, end, zh, en):
    first, last = text.from_to(start, end)
    assert (f"{first.zh}至{last.zh}", f"{first.en} to {last.en}") == (zh, en)
