"""Which column means what: the plain dialect (names as mapped) and 问卷星 exports by option number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ncsi.errors import ConformError
from ncsi.ingest.cells import normalised
from ncsi.spec import ColumnMap, Instrument
from ncsi.spec.check import CANONICAL_COLUMNS
from ncsi.spec.problems import did_you_mean

_WJX_COLUMNS = {"序号": "respondent", "提交答卷时间": "submitted_at", "所用时间": "duration_s"}
_WJX_DROPPED = frozenset({"来源", "来源详情", "来自IP", "总分", "总得分"})
_WJX_QUESTION = re.compile(r"\s*(\d+)\s*[、.．]\s*(.*?)\s*", re.DOTALL)
_WJX_MISSING: dict[str, tuple[str, ...]] = {"not_asked": ("-3", "(跳过)"), "blank": ("-2", "(空)")}
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """File columns by meaning: canonical name → column, item id → column, columns that identify a person.

    `missing` are codes of the export itself, besides the instrument's; `values` the map's recodings.
    """

    dialect: str
    columns: Mapping[str, str]
    items: Mapping[str, str]
    identity: tuple[str, ...] = ()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def layout_of(
    name: str, columns: Iterable[str], instruments: Iterable[Instrument], column_map: ColumnMap | None
) -> Layout:
    """The layout of a file with these columns. Raises ConformError naming columns wanted and left over."""
    present = tuple(columns)
    wanted = tuple(dict.fromkeys(item.id for one in instruments for item in one.fielded))
    used = column_map or ColumnMap(spec="ncsi/map/1", id="none")
    reader = _wjx if used.dialect == "wjx_index" else _plain
    layout, dropped = reader(present, wanted, used)
    _refuse_absent(name, present, layout)
    _refuse_unmapped(name, present, layout, dropped | set(used.ignore))
    return layout


def looks_like_wjx(columns: Iterable[str]) -> bool:
    """Whether these are the leading columns of a 问卷星 export."""
    return {"序号", "提交答卷时间", "所用时间"} <= set(columns)


def _plain(present: tuple[str, ...], items: tuple[str, ...], used: ColumnMap) -> tuple[Layout, set[str]]:
    named = {one: one for one in CANONICAL_COLUMNS if one in present and one not in used.columns}
    taken = {*used.columns.values(), *used.items.values(), *used.ignore, *used.identity}
    canonical = {one: column for one, column in named.items() if column not in taken} | used.columns
    by_item = {item: used.items.get(item, item) for item in items}
    missing = {str(kind): codes for kind, codes in used.missing.items()}
    return Layout("plain", canonical, by_item, used.identity, missing, used.values), set()


def _wjx(present: tuple[str, ...], items: tuple[str, ...], used: ColumnMap) -> tuple[Layout, set[str]]:
    """Items go by question number, by header, or by the question's text; the platform's own are known."""
    by_number, by_text = {}, {}
    for column in present:
        question = _WJX_QUESTION.fullmatch(column)
        if question:
            by_number[question[1]] = column
            by_text[normalised(question[2])] = column

    def column_of(wanted: str) -> str:
        wanted_text = normalised(wanted)
        return by_number.get(wanted_text) or by_text.get(wanted_text) or wanted

    mapped = {one: column_of(column) for one, column in used.columns.items()}
    own = {one: c for c, one in _WJX_COLUMNS.items() if c in present and c not in mapped.values()}
    missing = dict(_WJX_MISSING)
    missing |= {str(kind): (*missing.get(kind, ()), *codes) for kind, codes in used.missing.items()}
    by_item = {item: column_of(used.items.get(item, item)) for item in items}
    layout = Layout("wjx_index", own | mapped, by_item, used.identity, missing, used.values)
    return layout, {*_WJX_COLUMNS, *_WJX_DROPPED}


def _refuse_absent(name: str, present: tuple[str, ...], layout: Layout) -> None:
    wanted = {**layout.columns, **layout.items, **{one: one for one in layout.identity}}
    absent = {meaning: column for meaning, column in wanted.items() if column not in present}
    if not absent:
        return
    shown = [
        f"'{column[:40]}'" + (f" (for {meaning})" if meaning != column else "")
        for meaning, column in list(absent.items())[:_SHOWN]
    ]
    more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
    first = next(iter(absent.values()))
    what = "column is" if len(absent) == 1 else "columns are"
    raise ConformError(
        name,
        f"{len(absent)} wanted {what} not in the file: {', '.join(shown)}{more}",
        f"{did_you_mean(first, present, 'its columns are')}; name the column in the map, or export it",
    )


def _refuse_unmapped(name: str, present: tuple[str, ...], layout: Layout, ignored: set[str]) -> None:
    used = {*layout.columns.values(), *layout.items.values(), *layout.identity, *ignored}
    left = [column for column in present if column not in used]
    if not left or "*" in ignored:
        return
    shown = ", ".join(f"'{column[:40]}'" for column in left[:_SHOWN])
    more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    what = "column is" if len(left) == 1 else "columns are"
    raise ConformError(
        name,
        f"{len(left)} {what} neither mapped nor ignored: {shown}{more}",
        "Map them, or name them under `ignore:` in the column map ('*' ignores all that are not mapped)",
    )
