"""A tree of indicators: what an index that is not a questionnaire is made of, in which direction, by which weights."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Real, Spec

NODE_CODE = r"^[^\W\d_][\w.-]{0,39}$"
NodeCode = Annotated[str, Field(pattern=NODE_CODE)]
"""A letter of any script, then letters, digits, `_`, `.` and `-`, at most 40: the header of a data column."""

SE_PREFIX = "se_"
"""Before an indicator's code: the column of its standard errors."""
SeKind = Literal["survey", "measured", "census", "none_declared"]
"""Where an indicator's standard error comes from. `survey` and `measured` must bring one, `census` has none to
bring (it is 0), and of `none_declared` nothing is known: it is never taken as 0."""

ImputeName = Literal["none", "mean", "median", "group_mean", "row_pillar", "em", "carry_forward"]
"""Rules for missing cells; under `none` the other indicators of the group are re-weighted."""
TreatName = Literal["none", "winsorise", "winsorise_log", "winsorise_box_cox"]
"""What becomes of outliers; the second part of a name is tried where the first is not enough."""
NormaliseName = Literal[
    "fixed", "minmax", "z", "percentile_rank", "rank", "borda", "target", "reference", "fraction"
]
AggregateName = Literal["arithmetic", "geometric", "harmonic", "power", "copeland"]


class Node(Spec):
    """One indicator (a leaf) or one index above others (an aggregate).

    `parent`: code of the node above; the root has none. `direction`: 1 where more is better, -1 where less is.
    `unit`: what an indicator is measured in. `weight`: 1 where not given; of what kind, the tree says. `lower` and
    `upper`: benchmarks on the raw scale, lower < upper in either direction. `target`: on the raw scale in either
    direction. `impute`: the rule for this indicator's missing cells, by default the tree's. `illustrative`: weight
    or benchmarks are ours, no publisher's; every page says so. `source`: where they come from.
    """

    code: NodeCode
    parent: NodeCode | None = None
    label: Label | None = None
    direction: Literal[1, -1] = 1
    unit: Label | None = None
    weight: Annotated[Real, Field(ge=0)] | None = None
    lower: Real | None = None
    upper: Real | None = None
    target: Real | None = None
    se_kind: SeKind = "none_declared"
    impute: ImputeName | None = None
    illustrative: Flag = False
    source: str | None = None


class LevelMean(Spec):
    """How the nodes of one level (2: those right above the indicators) are made of their children."""

    level: Annotated[int, Field(strict=True, ge=2)]
    aggregate: Literal["arithmetic", "geometric", "harmonic", "power"]
    power: Real | None = None


class Method(Spec):
    """What `fit_composite` does where its caller does not say: the published method of the index.

    `to`: the range scores run over, (mean, sd) for `z`. `aggregate`: one mean for all levels, or one for each.
    `power`: the exponent where it is `power`.
    """

    impute: ImputeName = "none"
    treat: TreatName = "none"
    normalise: NormaliseName = "fixed"
    to: tuple[Real, Real] | None = None
    aggregate: AggregateName | tuple[LevelMean, ...] = "arithmetic"
    power: Real | None = None


class Tree(Spec):
    """An index and the nodes below it, in a YAML file of `data/schemas/trees` named by its id.

    ```yaml
    spec: ncsi/tree/1
    id: qci
    version: 1.0.0
    label: {zh: 制造业质量竞争力指数, en: Quality competitiveness of manufacturing}
    source: who published what of it, and what is ours
    weights: local                # or global: those of the indicators sum to 1
    benchmark_version: "2024"     # lower and upper of this name are never changed again
    method: {normalise: fixed, to: [60, 100], aggregate: arithmetic}
    nodes:                        # in any order; a node with nodes below it is an aggregate
      - {code: QCI, label: {zh: 指数, en: Index}}
      - {code: STD, parent: QCI, weight: 0.5, label: {zh: 标准, en: Standards}, illustrative: true}
      - {code: loss, parent: STD, direction: -1, unit: {zh: '%', en: '%'}, lower: 0.05, upper: 1.5,
         label: {zh: 质量损失率, en: Quality losses}, se_kind: census}
    ```
    """

    spec: Literal["ncsi/tree/1"]
    id: Identifier
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    label: Label
    source: Annotated[str, Field(min_length=1)]
    weights: Literal["local", "global"] = "local"
    benchmark_version: Annotated[str, Field(min_length=1)] | None = None
    method: Method | None = None
    nodes: Annotated[tuple[Node, ...], Field(min_length=2)]

    @cached_property
    def children(self) -> dict[str, tuple[str, ...]]:
        """Codes of the children of each aggregate, in declared order."""
        below: dict[str, list[str]] = {}
        for node in self.nodes:
            if node.parent is not None:
                below.setdefault(node.parent, []).append(node.code)
        return {parent: tuple(codes) for parent, codes in below.items()}

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The indicators, in declared order: the column order of every array of data."""
        return tuple(node for node in self.nodes if node.code not in self.children)

    @property
    def root(self) -> Node:
        """The index itself."""
        return next(node for node in self.nodes if node.parent is None)

    def node(self, code: str) -> Node:
        """The node of that code; KeyError when there is none."""
        return {node.code: node for node in self.nodes}[code]

    def level(self, code: str) -> int:
        """1 of an indicator, one more than the highest child's of an aggregate."""
        return 1 + max((self.level(child) for child in self.children.get(code, ())), default=0)
