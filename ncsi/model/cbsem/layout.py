"""The instrument as a covariance structure: which parameters there are, in lavaan's order."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.errors import ModelError
from ncsi.model.layout import layout_of
from ncsi.spec.instrument import Instrument


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
    with zero residual variance breaks the baseline model). Formative (Mode B) blocks are treated as
    reflective. Raises ModelError when no construct has two items, and when the paths form a cycle.
    """
    layout_of(inst)
    blocks = [construct for construct in inst.constructs if len(construct.items) > 1]
    if not blocks:
        raise ModelError(
            f"instrument {inst.id}: no construct has two items, so there is no measurement model. "
            "Leave the covariance SEM out for this instrument"
        )
    rows = [
        *(Row(block.id, "=~", item.id) for block in blocks for item in block.items),
        *_regressions(inst),
        *_covariances(inst),
        *(Row(item.id, "~~", item.id) for block in blocks for item in block.items),
        *(Row(construct, "~~", construct) for construct in inst.construct_ids),
    ]
    return Layout(tuple(rows), inst.item_ids, _safe_names(inst))


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
    return items | constructs
