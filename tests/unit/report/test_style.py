"""Chinese as an editor prints it: the words and marks that docs/terminology.md settles, in every phrase and message."""

import math
import re
from pathlib import Path

import pytest

from ncsi.ingest.conform import fault_rules
from ncsi.lab import result_words
from ncsi.lab import words as lab_words
from ncsi.plots import words as plot_words
from ncsi.report import html, text

TEMPLATES = Path(html.__file__).parent / "templates"
OLD = re.compile(
    "名次区间|位次|长板|通病|接受的答卷|拒收|印出|不印|复制权重|哪些人更满意|预期效果|组别|序列中断|题目|在统计上并列|持平|领域"
)
HAN = r"[\u3400-\u9fff]"
SPACED = re.compile(rf"{HAN} [A-Za-z0-9{{]|[A-Za-z0-9}}%] {HAN}")
RANGE = re.compile(r"[\d}%]\s*(?:…|⋯|~|\.\.\.)\s*[-−+\d{]")
HALF_WIDTH = re.compile(rf"{HAN}[,;:(]|[,;)]{HAN}")


def told(module) -> list[str]:
    """Every Chinese text that a module of words holds."""
    return [
        one
        for value in vars(module).values()
        for label in (value.values() if isinstance(value, dict) else [value])
        for one in [getattr(label, "zh", label)]
        if isinstance(one, str) and re.search(HAN, one)
    ]


PLACES = {
    "phrases": [words.zh for words in text.phrases().values()],
    "plots": told(plot_words),
    "lab": told(lab_words) + told(result_words),
    "faults": told(fault_rules),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "wrong", [OLD, SPACED, HALF_WIDTH], ids=["old words", "typed spaces", "half-width marks"]
)
def test_chinese_keeps_to_the_style_sheet(place, wrong):
    assert [words for words in PLACES[place] if wrong.search(words.replace("{low} 至 {high}", ""))] == []


SAID = r"\{\{ (?:t|p|line|said)\((?:[^{}]|\{[^{}]*\})*\) \}\}(?:</[a-z]+>)*"
IN_PAGES = re.compile(rf"\({SAID}|{SAID}[,;:)]")
IN_PRINT = re.compile(r"\[[^\[\]\"]*\(#(?:t|p|zh|stack2)\(|#(?:t|p|zh|stack2)\([^()]*\)[,;:] ?#")


@pytest.mark.parametrize(("ending", "wrong"), [("j2", IN_PAGES), ("typ", IN_PRINT)])
def test_no_template_sets_half_width_marks_beside_words_of_both_languages(ending, wrong):
    found = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob(f"*.{ending}")}
    assert len(found) > 5
    marks = {name: wrong.findall(source) + HALF_WIDTH.findall(source) for name, source in found.items()}
    assert {name: one for name, one in marks.items() if one} == {}


def test_what_templates_must_not_do_is_found():
    for bad in (
        "({{ t(c.change.interval) }})",
        "{{ t(c.only.name) }}: {{ p('x') }}",
        "{{ p('a', n={}) }}</b>, ",
    ):
        assert IN_PAGES.search(bad)
    for bad in ("[(#t(reach))]", "[#p(a): #t(b)]"):
        assert IN_PRINT.search(bad)


@pytest.mark.parametrize(
    ("interval", "zh", "en"),
    [
        (text.signed_interval(-0.5, 0.1), "（−0.5 至 +0.1）", " (−0.5 to +0.1)"),
        (text.interval(0.2, 1.4), "（0.2–1.4）", " (0.2–1.4)"),
    ],
)
def test_an_interval_in_brackets_stands_once_where_both_languages_are_shown(interval, zh, en):
    made = text.bracketed(interval)
    assert (made.zh, made.en, made.both) == (zh, en, zh)


ENGLISH = [words.en for words in text.phrases().values()]


def test_no_phrase_writes_a_range_with_dots():
    chinese = [words for place in PLACES.values() for words in place]
    assert [words for words in chinese + ENGLISH if RANGE.search(words)] == []


def test_no_page_of_a_release_writes_a_range_with_dots(release):
    pages = [*release.folder.rglob("*.html"), *release.folder.rglob("*.md")]
    found = {
        page.name: RANGE.findall(page.read_text(encoding="utf-8").split("</style>")[-1]) for page in pages
    }
    assert len(found) > 8
    assert {page: ranges for page, ranges in found.items() if ranges} == {}


@pytest.mark.parametrize(
    ("made", "zh", "en"),
    [
        (text.interval(78.1, 78.7), "78.1–78.7", "78.1–78.7"),
        (text.interval(-2.3, -0.4), "−2.3 至 −0.4", "−2.3 to −0.4"),
        (text.interval(-0.04, 0.5), "0.0–0.5", "0.0–0.5"),
        (text.interval(-0.12, 0.46, 2), "−0.12 至 0.46", "−0.12 to 0.46"),
        (text.signed_interval(-0.5, 0.1), "−0.5 至 +0.1", "−0.5 to +0.1"),
        (text.signed_interval(0.2, 1.4), "+0.2 至 +1.4", "+0.2 to +1.4"),
        (text.interval(None, 1.0), "—", "—"),
        (text.interval(1.0, math.nan), "—", "—"),
    ],
)
def test_ends_that_have_a_sign_stand_apart_by_a_word(made, zh, en):
    assert (made.zh, made.en) == (zh, en)


def test_where_both_languages_are_shown_a_range_stands_once():
    both = html._both(text.interval(-2.3, -0.4))
    assert 'lang="en" class="once"' in both
    assert "once" not in html._both(text.Pair("甲", "b"))
    assert ".once[lang=en]{display:none}" in (TEMPLATES / "page.css").read_text(encoding="utf-8")
    assert text.interval(-2.3, -0.4).both == "−2.3 至 −0.4"


def test_the_words_looked_at_are_there():
    assert all(len(words) > 10 for words in PLACES.values()), {
        name: len(words) for name, words in PLACES.items()
    }


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("示意数据 | Illustration", text.Pair("示意数据", "Illustration")),
        ("National Bureau of Statistics", text.same("National Bureau of Statistics")),
        ("a|b", text.same("a|b")),
        (" | only half", text.same(" | only half")),
    ],
)
def test_a_source_may_be_written_in_both_languages(source, told):
    assert text.cited(source) == told


def test_sources_are_listed_once_in_the_order_of_their_english():
    pairs = [text.Pair("乙", "b"), text.Pair("甲", "a"), text.Pair("乙", "b")]
    assert text.listed(pairs) == text.Pair("甲；乙", "a; b")
