"""Units of a table of figures: found by their names, told apart by one or two dimensions, each with its level."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ncsi.ingest.figures.heads import folded, words_of_dimension
from ncsi.ingest.figures.numbers import plain
from ncsi.ingest.personal_data import personal_kind
from ncsi.spec.building_blocks import Label
from ncsi.spec.index_definition import Dimension
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.problems import did_you_mean

ALL, WHOLE = "all", "whole"
"""The part of a unit's id that stands for every unit of a dimension; the level of the unit that is all of them."""
_LONGEST, _LONGEST_BYTES = 120, 200
"""Of a name that no list declares, in characters and in bytes: with its ending it names a file, by 255 bytes."""
_NO_FILE = '/\\:*?"<>|'
"""Characters that names of files cannot have, here or on systems that a release is copied to."""
_OF_PLACES_AND_FIRMS = frozenset({"postal address", "unified credit code"})
_SUMS = frozenset(
    "合计 总计 小计 共计 总和 平均 平均值 平均数 均值 total subtotal grandtotal sum average mean".split()  # noqa: SIM905
)
"""Names of rows of totals and means, as tables made for people end with, folded."""
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories of what is not seen in a name or turns its direction of writing."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its id, what it is called, its level (`whole`, a dimension, a grouping, two dimensions joined by `_`),
    and the groups that a list of units puts it into."""

    id: str
    label: Label
    level: str
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    id: str
    label: Label | None
    level: str
    groups: Mapping[str, str] = field(default_factory=dict)


class UnitNames:
    """Finds units by the words in their columns."""

    def __init__(self, plan: IndexPlan, aliases: Mapping[str, str]) -> None:
        self._dimensions = plan.definition.dimensions
        self._aliases = {folded(name): ours for name, ours in aliases.items()}
        self._plan = plan
        self._known = {one.id: self._listed(one) for one in self._dimensions}
        self._found: dict[tuple[str, ...], Unit] = {}
        self._written: dict[tuple[str, str], str] = {}

    def find(self, words: tuple[str, ...]) -> Unit:
        """The unit of a row, by the words in the columns of its dimensions; a column that is not there is "".

        Raises ValueError, with dimension, problem and cure as its arguments, for a name that no list knows, or none.
        """
        if words not in self._found:
            parts = [self._part(one, word) for one, word in zip(self._dimensions, words, strict=True)]
            self._found[words] = _joined(parts, self._plan)
        return self._found[words]

    def _part(self, dimension: Dimension, word: str) -> _Part:
        name = self._aliases.get(folded(word), word)
        if folded(name) in {folded(one) for one in words_of_dimension(dimension)}:
            if not folded(name) and len(self._dimensions) == 1:
                raise ValueError(dimension.id, "the unit has no name", "Fill it, or take the row out")
            return _Part(ALL, None, WHOLE)
        known = self._known[dimension.id]
        if known is None:
            shown = plain(name)
            refused = name_fault(shown) or file_fault(shown) or self._same_file_fault(dimension, shown)
            if refused is not None:
                raise ValueError(dimension.id, *refused)
            return _Part(shown, Label(zh=shown, en=shown), dimension.id)
        part = known.get(folded(name))
        if part is None:
            names = sorted({one.label.zh for one in known.values() if one.label})
            raise ValueError(
                dimension.id,
                "no such unit is known",
                f"{did_you_mean(plain(name), names, 'units are')} A map can name it under `units:`",
            )
        return part

    def _same_file_fault(self, dimension: Dimension, name: str) -> tuple[str, str] | None:
        """Problem and cure of a name that differs from one before in upper and lower case only."""
        first = self._written.setdefault((dimension.id, name.casefold()), name)
        if first == name:
            return None
        problem = f"the name differs from '{first}' in upper and lower case only, so both would name one file"
        return problem, "Write both alike if they are one unit, else tell them apart"

    def _listed(self, dimension: Dimension) -> dict[str, _Part] | None:
        """Parts by folded name; None where any name is a unit."""
        units = self._plan.units.get(dimension.id)
        if units is None:
            return None
        found: dict[str, _Part] = {}
        for group in units.groups:
            part = _Part(group.id, group.label, units.grouping or "group")
            found |= {folded(word): part for word in (group.id, group.label.zh, group.label.en, *group.names)}
        for one in units.units:
            groups = {units.grouping: one.group} if units.grouping and one.group else {}
            part = _Part(one.id, one.label, dimension.id, groups)
            found |= {folded(word): part for word in (one.id, one.label.zh, one.label.en, *one.names)}
        return found


def name_fault(name: str) -> tuple[str, str] | None:
    """Problem and cure of a name from a file that cannot be a label: too long, with characters that are not seen, of a
    row that sums up the others, or what looks like a person's number or account. Streets name stores, and codes firms.
    """
    if len(name) > _LONGEST:
        return f"the name is longer than {_LONGEST} characters", "Shorten it"
    unseen = next((one for one in name if unicodedata.category(one) in _UNSEEN), None)
    if unseen is not None:
        return f"the name contains U+{ord(unseen):04X}, which is not seen", "Write the name without it"
    if folded(name).rstrip(":") in _SUMS:
        return "the row sums up the others, and would count as one of them", "Take the row out"
    return personal_fault(name, _OF_PLACES_AND_FIRMS)


def personal_fault(text: str, other_than: Collection[str] = ()) -> tuple[str, str] | None:
    """Problem and cure of a text that would be published and looks like personal data."""
    kind = personal_kind(text)
    if kind is None or kind in other_than:
        return None
    return f"it looks like personal data ({kind})", "Leave persons out: it would be published"


def file_fault(name: str) -> tuple[str, str] | None:
    """The same of a name that also names files: the notice of the unit, in a release or for its unit alone."""
    if name.startswith(".") or name.endswith(".") or any(mark in name for mark in _NO_FILE):
        problem = (
            f"a name of a unit has none of {_NO_FILE} and does not begin or end with a dot: it names files"
        )
        return problem, "Write it otherwise, or as a number"
    if len(name.encode()) > _LONGEST_BYTES:
        return f"the name is longer than {_LONGEST_BYTES} bytes", "Shorten it"
    return None


def _joined(parts: list[_Part], plan: IndexPlan) -> Unit:
    of = [part for part in parts if part.id != ALL]
    if not of:
        return Unit(ALL, plan.definition.whole, WHOLE)
    labels = [part.label for part in of if part.label is not None]
    label = Label(zh=" ".join(one.zh for one in labels), en=", ".join(one.en for one in labels))
    groups = of[0].groups if len(of) == 1 else {}
    unit_id = of[0].id if len(of) == 1 else "/".join(part.id for part in of)
    return Unit(unit_id, label, "_".join(part.level for part in of), groups)
