"""Everything that the run of an index needs of its specs, loaded and cross-checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.spec.bands import Bands
from ncsi.spec.building_blocks import Label
from ncsi.spec.index_checks import check_index, check_units
from ncsi.spec.index_definition import Dimension, IndexDefinition, TableMap, UnitList
from ncsi.spec.load import IDENTIFIER, check_name, load_bands, load_tree, schemas_root, tree_ids
from ncsi.spec.problems import check_known, did_you_mean, validate
from ncsi.spec.sectors import Units
from ncsi.spec.tree import Tree
from ncsi.spec.yaml_documents import read_document


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """An index: its tree, what is published of it, its lists of units by dimension, its tables of bands by id."""

    tree: Tree
    definition: IndexDefinition
    units: Mapping[str, UnitList]
    bands: Mapping[str, Bands]

    def versions_of(self, year: int) -> tuple[str, ...]:
        """Versions of the benchmarks that a year is scored with, the tree's own last.

        Raises SpecError where none covers it.
        """
        found = [one.version for one in self.definition.earlier if one.first <= year <= one.last]
        own = self.tree.benchmark_version or "1"
        if year >= self.definition.since:
            found.append(own)
        if not found:
            raise SpecError(
                f"index {self.tree.id}", f"no version of its benchmarks covers {year}",
                "Declare one under `earlier:` in its definition, or leave the year out",
            )  # fmt: skip
        return tuple(found)

    def tree_of(self, version: str) -> Tree:
        """The tree with the benchmarks of that version; KeyError where there is none."""
        if version == (self.tree.benchmark_version or "1"):
            return self.tree
        ends = {one.version: one.benchmarks for one in self.definition.earlier}[version]
        nodes = tuple(
            one.model_copy(update={"lower": ends[one.code].lower, "upper": ends[one.code].upper})
            if one.code in ends
            else one
            for one in self.tree.nodes
        )
        return self.tree.model_copy(update={"nodes": nodes, "benchmark_version": version})

    @property
    def illustrative(self) -> bool:
        """Whether any of it is ours and was published by nobody."""
        return any(one.illustrative for one in self.definition.sources.values()) or any(
            one.illustrative for one in self.tree.nodes
        )


def load_index(tree_id: str | Path, root: Path | None = None) -> IndexPlan:
    """The index of a tree, by id or from a file of a tree; a workspace's `root` comes before the shipped specs.

    A tree without a definition is an index of named units, in the column `unit`. Raises SpecError naming file, key
    and cure.
    """
    tree = load_tree(tree_id, root / "trees" if root else None)
    path = _found("indices", tree.id, root)
    if path is None:
        return IndexPlan(tree, _plain(tree), {}, {})
    document = read_document(path)
    definition = validate(document, IndexDefinition)
    check_name(definition.tree, tree.id, document.where("tree"))
    check_index(definition, tree, document.where)
    lists = {one.id: load_units(one.list, root) for one in definition.dimensions if one.list is not None}
    bands = {one: _bands(one, root) for one in definition.bands}
    return IndexPlan(tree, definition, lists, bands)


def index_ids(root: Path | None = None) -> tuple[str, ...]:
    """Ids of the trees there are: the workspace's own and the shipped, sorted."""
    own = {path.stem for path in (root / "trees").glob("*.yaml")} if root else set()
    return tuple(sorted(own | set(tree_ids())))


def load_units(list_id: str, root: Path | None = None) -> UnitList:
    """A list of units by id. Raises SpecError."""
    path = _found("units", list_id, root)
    if path is None:
        raise SpecError(
            f"units {list_id}",
            "there is no such list of units",
            did_you_mean(list_id, _known(root), "lists are"),
        )
    document = read_document(path)
    units = validate(document, UnitList)
    check_name(units.id, list_id, document.where("id"))
    check_units(units, document.where)
    return units


def load_tree_map(path: Path, tree: Tree, definition: IndexDefinition) -> TableMap:
    """How a file of indicators names things. Raises SpecError; also for a map of another tree, or unknown columns."""
    document = read_document(path)
    table_map = validate(document, TableMap)
    check_known(table_map.tree, (tree.id,), "tree in this run", document.where("tree"))
    codes = tuple(node.code for node in tree.leaves)
    columns = (*codes, *(f"{code}_se" for code in codes), "year", "weight", "population", "indicator", "value", "se",
               "rater", "level", "accepted", "evidence", "evidence_kind", "synthetic", "replicate",
               *(one.id for one in (*definition.dimensions, *definition.groups)),
               *(one.id for one in definition.vetoes))  # fmt: skip
    for name in table_map.columns:
        check_known(name, columns, "column", document.where("columns", name))
    for name in table_map.factors:
        check_known(name, codes, "indicator of the tree", document.where("factors", name))
    return table_map


def _known(root: Path | None) -> tuple[str, ...]:
    folders = [schemas_root() / "units", *([root / "units"] if root else [])]
    return tuple(sorted(path.stem for folder in folders for path in folder.glob("*.yaml")))


def _bands(band_id: str, root: Path | None) -> Bands:
    path = _found("bands", band_id, root)
    if path is None:
        raise SpecError(
            f"bands {band_id}", "there is no such table of bands", "Put it in the folder `bands/`"
        )
    return load_bands(path)


def _found(folder: str, name: str, root: Path | None) -> Path | None:
    """The workspace's own file, else the shipped one."""
    if not IDENTIFIER.fullmatch(name):
        return None
    places = [*([root / folder] if root else []), schemas_root() / folder]
    return next((place / f"{name}.yaml" for place in places if (place / f"{name}.yaml").is_file()), None)


def _plain(tree: Tree) -> IndexDefinition:
    return IndexDefinition(
        spec="ncsi/index/1",
        tree=tree.id,
        version="1.0.0",
        kind="index",
        about=tree.label,
        units=Units(zh="单位", one="unit"),
        dimensions=(Dimension(id="unit", label=Label(zh="单位", en="Unit")),),
        named_units=True,
    )
