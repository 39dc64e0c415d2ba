"""Columns that ask an item's question otherwise: on a scale whose labels run the other way, of a competitor, of last
year. Each is a question for the researcher, whatever else speaks for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ncsi.ingest.cells import normalised, whole_number
from ncsi.ingest.dialects.column_names import Column, plain_text
from ncsi.ingest.dialects.scored_words import labels_of_numbers
from ncsi.spec import Item

_BAD = re.compile(
    r"不|差|低|难|弱|糟|未|没|无|dis|\bnot\b|\bun\w+|\bno\b|poor|bad|worst|low|weak|never|difficult|strongly dis",
    re.IGNORECASE,
)
_GOOD = re.compile(
    r"满意|同意|好|高|优|强|容易|愿意|可能|推荐|值得|符合|超过|satisf|agree|good|excellent|best|high|strong|always|easy|"
    r"likely|willing|recommend|exceed|better",
    re.IGNORECASE,
)
_ANCHOR = re.compile(
    r"(?<![\d.])(\d{1,3})\s*分?\s*(?:=|＝|表示|代表|为|means|is)\s*[“\"'‘]?([^，,“”\"'；;。.)）\d]{1,30})",
    re.IGNORECASE,
)
_OTHERS = (
    r"(?:竞争对手|竞品|竞争品牌|(?:其他|其它|别的|另一)(?:个|家)?(?:品牌|公司|企业|银行|运营商|服务商)|competitors?\b|\brivals?\b|"
    r"\b(?:an)?other (?:brand|provider|compan|bank|operator|supplier|firm)\w*)"
)
_COMPETITOR = re.compile(_OTHERS, re.IGNORECASE)
_OF_COMPETITOR = re.compile(rf"^\W*{_OTHERS}\s*(?:的|[:：–—-])", re.IGNORECASE)
"""Whose: also where the item compares with others itself."""

_EARLIER = re.compile(
    r"去年|上一年|上年|前年|上一次调查|上一期|一年前|last year|previous year|a year ago|(?:12|twelve) months ago|"
    r"previous (?:wave|survey)|year before",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:^|[_\W])(?:competitor|rival|(last_?year|prev(?:ious)?_?(?:year|wave)?))(?:[_\W]|\d|$)", re.IGNORECASE
)
_LONGEST = 400
"""Characters of a header that are looked at."""

REVERSED = "its labels run from good to bad"
OTHER_FIRM = "it asks about a competitor"
OTHER_TIME = "it asks about an earlier time"
_WHOSE = "a competitor's"


def subjects_of_item(item: Item) -> frozenset[str]:
    """Whom and which time the item's own words speak of, besides the firm that is rated now. Whether something happened
    may always be asked of last year."""
    found = _subjects((item.question.zh, item.question.en, item.label.zh, item.label.en))
    return found | {OTHER_TIME} if item.scale.max - item.scale.min < 2 else found


def subjects_of_column(column: Column) -> frozenset[str]:
    """Whom and which time a column speaks of, besides the firm that is rated now."""
    named = {
        OTHER_TIME if match[1] else OTHER_FIRM
        for match in map(_NAMED.search, (column.name, column.key))
        if match
    }
    return _subjects([plain_text(one[:_LONGEST]) for one in (column.name, column.text, column.key)]) | named


def _subjects(texts: Sequence[str]) -> frozenset[str]:
    patterns = {OTHER_FIRM: _COMPETITOR, _WHOSE: _OF_COMPETITOR, OTHER_TIME: _EARLIER}
    return frozenset(why for why, one in patterns.items() if any(one.search(text) for text in texts))


def of_another(item: frozenset[str], column: frozenset[str]) -> str:
    """Why a column that speaks of `column` does not ask an item that speaks of `item`; empty where nothing says so."""
    more = column - item
    if more & {OTHER_FIRM, _WHOSE}:
        return OTHER_FIRM
    return OTHER_TIME if OTHER_TIME in more else ""


def meant_otherwise(item: Item, column: Column, words: Sequence[str]) -> str:
    """Why the column does not ask the item's question as the instrument does; empty where nothing says so.

    `words`: what stands in its cells, of which numbers with labels tell the scale's ends.
    """
    other = of_another(subjects_of_item(item), subjects_of_column(column))
    return other or (REVERSED if _runs_down(item, column, words) else "")


def _runs_down(item: Item, column: Column, words: Sequence[str]) -> bool:
    """Whether the file's lowest number is called good and its highest bad, where the instrument does not say so too."""
    said = " ".join(plain_text(one[:_LONGEST]) for one in (column.name, column.text))
    labels = {
        number: label
        for code, label in column.labels.items()
        if (number := whole_number(normalised(code))) is not None
    }
    found = labels_of_numbers(words) or labels or _anchors(said)
    return (
        _direction(item, found) < 0
        and _direction(item, _anchors(f"{item.question.zh} {item.question.en}")) >= 0
    )


def _anchors(text: str) -> dict[int, str]:
    """Number → what a question says that it means."""
    return {int(number): label.strip() for number, label in _ANCHOR.findall(text)}


def _direction(item: Item, labels: dict[int, str]) -> int:
    """1: labels run from bad to good; -1: from good to bad; 0: they do not say. Of numbers on the scale alone."""
    ends = sorted(number for number in labels if item.scale.min <= number <= item.scale.max)
    if len(ends) < 2 or item.scale.max - item.scale.min < 2:
        return 0
    low, high = _side(labels[ends[0]]), _side(labels[ends[-1]])
    return (high - low) // 2 if low * high < 0 else 0


def _side(label: str) -> int:
    if _BAD.search(label):
        return -1
    return 1 if _GOOD.search(label) else 0
