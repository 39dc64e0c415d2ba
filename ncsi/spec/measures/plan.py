"""A measure loaded and checked: its definition, of whichever kind, and the lists of units that it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from ncsi.errors import SpecError
from ncsi.spec.index_definition import UnitList
from ncsi.spec.index_plan import load_units
from ncsi.spec.load import IDENTIFIER, check_name, schemas_root
from ncsi.spec.measures.complaints import ComplaintsDefinition
from ncsi.spec.measures.definition import MeasureDefinition, RecordMap
from ncsi.spec.measures.grades import GradesDefinition
from ncsi.spec.measures.passengers import PassengersDefinition
from ncsi.spec.measures.product_test import ProductTestDefinition
from ncsi.spec.measures.projects import ProjectsDefinition
from ncsi.spec.measures.purchases import PurchasesDefinition
from ncsi.spec.measures.visits import VisitsDefinition
from ncsi.spec.problems import check_known, did_you_mean, validate
from ncsi.spec.yaml_documents import read_document

Definition = TypeVar("Definition", bound=MeasureDefinition)

DEFINITIONS: tuple[type[MeasureDefinition], ...] = (
    ComplaintsDefinition,
    GradesDefinition,
    ProductTestDefinition,
    VisitsDefinition,
    PassengersDefinition,
    ProjectsDefinition,
    PurchasesDefinition,
)
_OF_KIND: Mapping[str, type[MeasureDefinition]] = {
    get_args(one.model_fields["kind"].annotation)[0]: one for one in DEFINITIONS
}
FOLDER = "measures"


@dataclass(frozen=True, slots=True)
class MeasurePlan(Generic[Definition]):
    """A measure: its definition, and its lists of units by id."""

    definition: Definition
    units: Mapping[str, UnitList]

    @property
    def id(self) -> str:
        """Id of the measure."""
        return self.definition.id


def load_measure(id_or_path: str | Path, root: Path | None = None) -> MeasurePlan[Any]:
    """A measure by id, a workspace's `root` before the shipped, or from a YAML file.

    Raises SpecError naming file, key and cure.
    """
    path, expected = _path_of(id_or_path, root)
    document = read_document(path)
    kind = document.data.get("kind")
    if not isinstance(kind, str):
        raise SpecError(
            document.where("kind"), "it does not say its kind", f"Kinds are: {', '.join(_OF_KIND)}"
        )
    check_known(kind, _OF_KIND, "kind", document.where("kind"))
    definition = validate(document, _OF_KIND[kind])
    if expected is not None:
        check_name(definition.id, expected, document.where("id"))
    definition.check(document.where)
    return MeasurePlan(definition, {one: load_units(one, root) for one in definition.lists})


def measure_ids(root: Path | None = None) -> tuple[str, ...]:
    """Ids of the measures there are: the workspace's own and the shipped, sorted."""
    found = {path.stem for place in _places(root) for path in place.glob("*.yaml")}
    return tuple(sorted(found))


def load_record_map(path: Path, measure: str) -> RecordMap:
    """How a file of records names things. Raises SpecError; also for a map of another measure."""
    document = read_document(path)
    record_map = validate(document, RecordMap)
    check_known(record_map.measure, (measure,), "measure in this run", document.where("measure"))
    return record_map


def _path_of(id_or_path: str | Path, root: Path | None) -> tuple[Path, str | None]:
    text = str(id_or_path)
    if isinstance(id_or_path, Path) or text.endswith((".yaml", ".yml")):
        return Path(id_or_path), None
    if IDENTIFIER.fullmatch(text):
        for place in _places(root):
            if (place / f"{text}.yaml").is_file():
                return place / f"{text}.yaml", text
    raise SpecError(
        "measure", f"there is no measure '{text}'", did_you_mean(text, measure_ids(root), "measures are")
    )


def _places(root: Path | None) -> list[Path]:
    return [*([root / FOLDER] if root else []), schemas_root() / FOLDER]
