"""Chinese as an editor prints it: the words and marks that docs/terminology.md settles, in every phrase and message."""

import re

import pytest

from ncsi.ingest.conform import fault_rules
from ncsi.lab import result_words
from ncsi.lab import words as lab_words
from ncsi.plots import words as plot_words
from ncsi.report import text

OLD = re.compile(
    "名次区间|长板|通病|接受的答卷|拒收|印出|不印|复制权重|哪些人更满意|预期效果|组别|序列中断|题目|在统计上并列|持平|领域"
)
HAN = r"[\u3400-\u9fff]"
SPACED = re.compile(rf"{HAN} [A-Za-z0-9{{]|[A-Za-z0-9}}%] {HAN}")
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
