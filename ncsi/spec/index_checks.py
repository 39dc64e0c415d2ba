"""Does the definition of an index hold together, and with its tree?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ncsi.errors import SpecError
from ncsi.spec.index_definition import Ends, IndexDefinition, UnitGroup, UnitList
from ncsi.spec.problems import Where, check_known, check_labels, check_unique
from ncsi.spec.tree import Tree

RESERVED = frozenset(
    {
        "year",
        "indicator",
        "value",
        "se",
        "weight",
        "population",
        "rater",
        "level",
        "accepted",
        "evidence",
        "evidence_kind",
        "synthetic",
        "replicate",
    }
)
"""What columns of a file mean whatever the index; no dimension or veto takes these names."""


def check_index(definition: IndexDefinition, tree: Tree, where: Where) -> None:
    """Raise SpecError unless nodes, sources, classes and years of a definition are those there are, and in order."""
    codes = tuple(node.code for node in tree.nodes)
    leaves = tuple(node.code for node in tree.leaves)
    _check_names(definition, codes, where)
    _check_scale(definition, tree, where)
    _check_ends(definition, leaves, where)
    _check_sources(definition, codes, where)
    _check_versions(definition, tree, leaves, where)
    _check_classes(definition, where)
    for k, check in enumerate(definition.checks):
        for code in check.values:
            check_known(code, codes, "node of the tree", where("checks", k, "values", code))


def check_units(units: UnitList, where: Where) -> None:
    """Raise SpecError unless ids, labels and further names tell the units apart, and their groups exist."""
    sorts: dict[str, tuple[UnitGroup, ...]] = {"groups": units.groups, "units": units.units}
    for key, entries in sorts.items():
        check_unique(key[:-1], ((one.id, (key, k, "id")) for k, one in enumerate(entries)), where)
        check_labels(key, ((one.label, (key, k, "label")) for k, one in enumerate(entries)), where)
    groups = tuple(one.id for one in units.groups)
    named: dict[str, str] = {}
    for k, one in enumerate(units.units):
        if one.group is not None:
            check_known(one.group, groups, "group", where("units", k, "group"))
        for name in {one.id, one.label.zh, one.label.en, *one.names}:
            if named.setdefault(name.casefold(), one.id) != one.id:
                problem = f"'{name}' names both '{named[name.casefold()]}' and '{one.id}'"
                raise SpecError(where("units", k), problem, "Give each unit names of its own")


def _check_names(definition: IndexDefinition, codes: Iterable[str], where: Where) -> None:
    """Dimensions, groups and vetoes are columns of a file, beside those of the indicators."""
    named = [
        (one.id, (key, k, "id"))
        for key in ("dimensions", "groups", "vetoes")
        for k, one in enumerate(getattr(definition, key))
    ]
    check_unique("column", named, where)
    taken = RESERVED | {code.lower() for code in codes}
    for name, keys in named:
        if name.lower() in taken:
            raise SpecError(
                where(*keys), f"'{name}' already means another column of a file", "Give it an id of its own"
            )


def _check_scale(definition: IndexDefinition, tree: Tree, where: Where) -> None:
    if not definition.named_units and tree.method is not None and tree.method.normalise == "z":
        problem = (
            "z scores have no ends, so the lowest and the highest unit would be told as those of the scale"
        )
        raise SpecError(
            where("named_units"), problem, "Name the units, or give the tree another `method: normalise`"
        )


def _check_ends(definition: IndexDefinition, leaves: tuple[str, ...], where: Where) -> None:
    for code, one in definition.indicators.items():
        check_known(code, leaves, "indicator of the tree", where("indicators", code))
        if one.plausible is not None and one.plausible.lower >= one.plausible.upper:
            raise SpecError(
                where("indicators", code, "plausible"), "the range does not rise", "Give lower below upper"
            )


def _check_sources(definition: IndexDefinition, codes: tuple[str, ...], where: Where) -> None:
    known = tuple(definition.sources)
    for code, origin in definition.origins.items():
        check_known(code, codes, "node of the tree", where("origins", code))
        for key in ("node", "weight", "benchmarks"):
            source = getattr(origin, key)
            if source is not None:
                check_known(source, known, "source", where("origins", code, key))
    for what in ("checks", "vetoes"):
        for k, one in enumerate(getattr(definition, what)):
            check_known(one.source, known, "source", where(what, k, "source"))


def _check_versions(definition: IndexDefinition, tree: Tree, leaves: tuple[str, ...], where: Where) -> None:
    versions = [tree.benchmark_version or "", *(one.version for one in definition.earlier)]
    until = 0
    for k, one in enumerate(definition.earlier):
        if versions.count(one.version) > 1:
            problem = f"the version '{one.version}' of benchmarks is there twice, or is that of the tree"
            raise SpecError(where("earlier", k, "version"), problem, "Give each version a name of its own")
        if not until <= one.first <= one.last:
            raise SpecError(
                where("earlier", k, "first"), "the years do not follow those of the version before",
                "List versions by year, each first ≤ last; one year may be in two of them",
            )  # fmt: skip
        until = one.last
        _check_benchmarks(one.benchmarks, leaves, lambda *keys, k=k: where("earlier", k, "benchmarks", *keys))
    if definition.earlier and not until <= definition.since <= until + 1:
        problem = (
            f"the tree's own benchmarks hold from {definition.since}, the version before ends in {until}"
        )
        raise SpecError(
            where("since"), problem, "Leave no gap: the same year (published under both) or the next"
        )


def _check_benchmarks(benchmarks: Mapping[str, Ends], leaves: tuple[str, ...], where: Where) -> None:
    for code, ends in benchmarks.items():
        check_known(code, leaves, "indicator of the tree", where(code))
        if ends.lower >= ends.upper:
            raise SpecError(
                where(code, "lower"), "the benchmarks are reversed", "Give lower < upper on the raw scale"
            )


def _check_classes(definition: IndexDefinition, where: Where) -> None:
    check_unique("class", ((one.id, ("classes", k, "id")) for k, one in enumerate(definition.classes)), where)
    for k in range(1, len(definition.classes)):
        if definition.classes[k].low <= definition.classes[k - 1].low:
            problem = f"the class '{definition.classes[k].id}' does not start above the one before"
            raise SpecError(where("classes", k, "low"), problem, "List the classes from lowest to highest")
    known = tuple(one.id for one in definition.classes)
    for k, veto in enumerate(definition.vetoes):
        check_known(veto.at_best, known, "class", where("vetoes", k, "at_best"))
