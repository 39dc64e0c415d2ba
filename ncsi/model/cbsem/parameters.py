"""The instrument as a covariance structure: which parameters there are, in lavaan's order."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.errors import ModelError
from ncsi.model.pls.positions import layout_of
from ncsi.spec.instrument import Construct, Instrument


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the parameter table: `op` is `=~`, `~` or `~~`; a construct of one item is that item."""

    lhs: str
    op: str
    rhs: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Parameter rows and safe names (`x0`, `f0`, …): no identifier can be taken for semopy syntax."""

    rows: tuple[Row, ...]
    items: tuple[str, ...]
    safe: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Safe names of the items, in column order of the covariance matrix."""
        return tuple(self.safe[item] for item in self.items)

    def syntax(self) -> str:
        """The model in semopy's language; every row is written out, nothing is left to defaults."""
        return "\n".join(f"{self.safe[row.lhs]} {row.op} {self.safe[row.rhs]}" for row in self.rows)


def layout(inst: Instrument) -> Layout:
    """Translate an instrument into a covariance structure with lavaan's `sem()` conventions.

    The first loading of a construct is 1; exogenous constructs covary freely, and so do the disturbances
    of constructs that only receive paths. A construct of one item is the item itself, observed (a latent
    with zero residual variance breaks the baseline model). A construct of higher order is measured by its
    components, these by their items. Formative (Mode B) blocks are treated as
    reflective. Raises ModelError when no construct has two items, and when the paths form a cycle.
    """
    layout_of(inst)
    blocks = [block for construct in inst.constructs for block in _blocks(construct)]
    if not blocks:
        raise ModelError(
            f"instrument {inst.id}: no construct has two items, so there is no measurement model. "
            "Leave the covariance SEM out for this instrument"
        )
    rows = [
        *(Row(block, "=~", part) for block, parts in blocks for part in parts),
        *_regressions(inst),
        *_covariances(inst),
        *(Row(part, "~~", part) for _, parts in blocks for part in parts),
        *(Row(construct, "~~", construct) for construct in inst.construct_ids),
    ]
    return Layout(tuple(rows), inst.item_ids, _safe_names(inst))


def _blocks(construct: Construct) -> list[tuple[str, tuple[str, ...]]]:
    """What each latent variable is measured by: the items, or the components and each of these by its own items.

    A component of one item is that item.
    """
    if len(construct.items) == 1:
        return []
    if not construct.components:
        return [(construct.id, tuple(item.id for item in construct.items))]
    parts = tuple(one.items[0] if len(one.items) == 1 else one.id for one in construct.components)
    return [
        *((one.id, one.items) for one in construct.components if len(one.items) > 1),
        (construct.id, parts),
    ]


def _regressions(inst: Instrument) -> list[Row]:
    order = {construct: k for k, construct in enumerate(inst.construct_ids)}
    paths = sorted(inst.paths, key=lambda path: (order[path.target], order[path.source]))
    return [Row(path.target, "~", path.source) for path in paths]


def _covariances(inst: Instrument) -> list[Row]:
    sources, targets = {path.source for path in inst.paths}, {path.target for path in inst.paths}
    exogenous = [construct for construct in inst.construct_ids if construct not in targets]
    pure = [construct for construct in inst.construct_ids if construct in targets - sources]
    return [
        Row(first, "~~", second)
        for family in (exogenous, pure)
        for k, first in enumerate(family)
        for second in family[k + 1 :]
    ]


def _safe_names(inst: Instrument) -> dict[str, str]:
    items = {item: f"x{k}" for k, item in enumerate(inst.item_ids)}
    constructs = {
        construct.id: items[construct.items[0].id] if len(construct.items) == 1 else f"f{k}"
        for k, construct in enumerate(inst.constructs)
    }
    components = [one.id for construct in inst.constructs for one in construct.components]
    return items | constructs | {name: f"c{k}" for k, name in enumerate(components)}
