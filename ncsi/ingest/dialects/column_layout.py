"""The layout of an export: which of its columns is which item, brand, weight …; what is missing or left over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ncsi.errors import ConformError
from ncsi.ingest.cells import whole_number
from ncsi.ingest.dialects.column_names import Names
from ncsi.ingest.dialects.registry import Export
from ncsi.ingest.dialects.scored_words import any_labelled, scored
from ncsi.ingest.dialects.value_labels import missing_of
from ncsi.spec import ColumnMap, Instrument, Item
from ncsi.spec.problems import did_you_mean
from ncsi.spec.wave import CANONICAL_COLUMNS, EVERY_ITEM

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """File columns by meaning: canonical name → column, item id → column, columns that identify a person.

    `missing` are codes of the export itself, besides the instrument's; `item_missing` those of single items;
    `values` the recodings of the export and the map; `background` the wave's variable → column;
    `reversed` the items whose scale runs the other way in the file.
    """

    dialect: str
    columns: Mapping[str, str]
    items: Mapping[str, str]
    identity: tuple[str, ...] = ()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    item_missing: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    background: Mapping[str, str] = field(default_factory=dict)
    reversed: frozenset[str] = frozenset()


def layout_of(
    export: Export,
    instruments: Iterable[Instrument],
    column_map: ColumnMap | None,
    background: Iterable[str] = (),
) -> Layout:
    """The layout of an export: the map's word first, then the platform's, then names and question texts.

    `background` are the wave's variables, wanted of every file. Raises ConformError naming columns wanted and
    left over.
    """
    used = column_map or ColumnMap(spec="ncsi/map/1", id="none")
    names = Names(export.columns)
    items = {item.id: item for one in instruments for item in one.fielded}
    columns = _canonical(export, names, used)
    by_item = {one.id: _item(one, names, used) for one in items.values()}
    identity = tuple(names.find(column) or column for column in used.identity)
    recode = _recodings(export, {**columns, **by_item})
    for item, column in by_item.items():
        recode[item] = {**_labelled(export, column), **recode.get(item, {})}
    layout = Layout(
        export.dialect,
        columns,
        by_item,
        identity,
        _joined(export.missing, {str(kind): codes for kind, codes in used.missing.items()}),
        _values(recode, used, tuple(items)),
        {item: found for item, column in by_item.items() if (found := missing_of(export, column))},
        {
            name: _named(name, used.background, names)
            for name in dict.fromkeys([*used.background, *background])
        },
        used.reversed_items,
    )
    _refuse_unknown(export.table.name, used, tuple(items))
    _refuse_answers_as_missing(export.table.name, used, tuple(items.values()))
    present = export.table.columns
    _refuse_absent(export.table.name, present, layout)
    ignored = {names.find(one) or one for one in used.ignore}
    _refuse_unmapped(export.table.name, present, layout, ignored | export.own | set(export.roles.values()))
    return layout


def _canonical(export: Export, names: Names, used: ColumnMap) -> dict[str, str]:
    """Canonical name → column; what the map gives another meaning, or drops, has no meaning of its own."""
    mapped = {name: names.find(column) or column for name, column in used.columns.items()}
    others = (*used.item_columns.values(), *used.background.values(), *used.ignore, *used.identity)
    taken = {*mapped.values(), *(names.find(one) or one for one in others)}
    by_name = {name: found for name in CANONICAL_COLUMNS if (found := names.find(name))}
    own = {**by_name, **export.roles}
    return {name: column for name, column in own.items() if column not in taken} | mapped


def _recodings(export: Export, meanings: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """The export's own recodings by meaning: one of a meaning goes before one of its column."""
    found = {one: export.recode.get(one) or export.recode.get(column) for one, column in meanings.items()}
    return {one: codes for one, codes in found.items() if codes}


def _labelled(export: Export, column: str) -> dict[str, str]:
    """Numbers of a column that come with their labels: `1分（非常不满意）` is 1."""
    if column not in export.table.columns:
        return {}
    words = export.table.words(column)
    return scored(words) if any_labelled(words) else {}


def _values(
    recode: Mapping[str, Mapping[str, str]], used: ColumnMap, items: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """Codings by meaning: the export's own, those that the map gives for every item, those it gives for this one."""
    every = dict.fromkeys(items, used.values.get(EVERY_ITEM, {}))
    names = {name for name in (*recode, *used.values) if name != EVERY_ITEM} | {
        one for one in every if every[one]
    }
    made = {
        name: {**recode.get(name, {}), **every.get(name, {}), **used.values.get(name, {})}
        for name in sorted(names)
    }
    return {name: codes for name, codes in made.items() if codes}


def _named(name: str, mapped: Mapping[str, str], names: Names) -> str:
    wanted = mapped.get(name, name)
    return names.find(wanted) or wanted


def _item(item: Item, names: Names, used: ColumnMap) -> str:
    column = used.item_columns.get(item.id)
    if column is not None:
        return names.find(column) or column
    return names.find(item.id, item.id.replace("_", ""), item.question.zh, item.question.en) or item.id


def _joined(
    first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    return {kind: (*first.get(kind, ()), *second.get(kind, ())) for kind in dict.fromkeys([*first, *second])}


def _refuse_unknown(name: str, used: ColumnMap, items: tuple[str, ...]) -> None:
    """A reversed item that nobody knows would leave the one that was meant as it is."""
    for item in sorted(used.reversed_items - set(items)):
        raise ConformError(
            name, f"map {used.id} reverses '{item}', which is not an item of its sectors",
            did_you_mean(item, items, "items are"),
        )  # fmt: skip


def _refuse_answers_as_missing(name: str, used: ColumnMap, items: tuple[Item, ...]) -> None:
    """A missing code holds at every item: one on the scale of some would take answers away there, without a word."""
    for code in (code for codes in used.missing.values() for code in codes):
        number = whole_number(code)
        taken = [one.id for one in items if number is not None and one.scale.min <= number <= one.scale.max]
        if taken:
            raise ConformError(
                name,
                f"map {used.id}: missing '{code}' holds at every item, and is an answer on the scale of '{taken[0]}'",
                "Code it under `values:` of the one item where it is missing, as one of the instrument's own codes",
            )


def _refuse_absent(name: str, present: tuple[str, ...], layout: Layout) -> None:
    wanted = {**layout.columns, **layout.background, **layout.items, **{one: one for one in layout.identity}}
    absent = {meaning: column for meaning, column in wanted.items() if column not in present}
    if not absent:
        return
    shown = [
        f"'{column[:40]}'" + (f" (for {meaning})" if meaning != column else "")
        for meaning, column in list(absent.items())[:_SHOWN]
    ]
    more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
    near = did_you_mean(next(iter(absent.values())), present, "file's columns are")
    what = "column is" if len(absent) == 1 else "columns are"
    raise ConformError(
        name,
        f"{len(absent)} wanted {what} not in the file: {', '.join(shown)}{more}",
        f"{near}; name the column in the map (`ncsi map` proposes one), or export it",
    )


def _refuse_unmapped(name: str, present: tuple[str, ...], layout: Layout, ignored: set[str]) -> None:
    used = {
        *layout.columns.values(), *layout.background.values(), *layout.items.values(), *layout.identity, *ignored,
    }  # fmt: skip
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
