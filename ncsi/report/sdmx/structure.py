"""The structure of the observations: code lists, concepts, data structure and dataflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pysdmx.model import (
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    Dataflow,
    DataStructureDefinition,
    DataType,
    Role,
)

from ncsi.report.sdmx.observations import DIMENSIONS, TOTAL

AGENCY, VERSION = "NCSI", "1.0"
_URN = f"urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={AGENCY}:CS_NCSI({VERSION})"
Labels = Mapping[str, Sequence[tuple[str, str, str]]]
_ABOUT = {
    "FREQ": "Frequency", "GROUP": "Group of sectors", "SECTOR": "Sector", "BRAND": "Brand, as sector-brand",
    "CONSTRUCT": "Latent variable", "TIME_PERIOD": "Wave", "OBS_VALUE": "Index, 0-100",
    "STD_ERROR": "Standard error of the index", "CI_LOW": "Lower end of the confidence interval",
    "CI_HIGH": "Upper end of the confidence interval", "CONF_LEVEL": "Confidence level, per cent",
    "SAMPLE_SIZE": "Respondents with a score", "OBS_STATUS": "Observation status",
}  # fmt: skip
_FIXED = {
    "FREQ": (("A", "Annual", "年"), ("Q", "Quarterly", "季"), ("W", "Weekly", "周")),
    "OBS_STATUS": (
        ("A", "Normal value", "正常"),
        ("U", "Low reliability: indicative", "参考"),
        ("Q", "Not published: too small, or it would disclose another", "不发布"),
    ),
}
_NUMBERS = {"SAMPLE_SIZE": DataType.LONG}


def code_lists(labels: Labels) -> list[Codelist]:
    """A list a coded concept; the Chinese label is the code's description."""
    whole = (TOTAL, "Total", "合计")
    lists = {name.upper(): (whole, *codes) for name, codes in labels.items()} | dict(_FIXED)
    return [
        Codelist(
            id=f"CL_{name}", name=_ABOUT[name], agency=AGENCY, version=VERSION,
            items=[Code(id=code, name=en, description=zh) for code, en, zh in codes],
        )
        for name, codes in sorted(lists.items())
    ]  # fmt: skip


def concepts(lists: Sequence[Codelist]) -> ConceptScheme:
    """Every column's concept with its type or its code list."""
    coded = {one.id.removeprefix("CL_"): one for one in lists}
    items = [
        Concept(
            id=name, urn=f"{_URN}.{name}", name=about, dtype=_type(name, name in coded), codes=coded.get(name)
        )
        for name, about in _ABOUT.items()
    ]
    return ConceptScheme(id="CS_NCSI", name="NCSI concepts", agency=AGENCY, version=VERSION, items=items)


def data_structure(scheme: ConceptScheme) -> DataStructureDefinition:
    """Dimensions, the measure, and attributes of each observation."""
    parts = Components([_component(one) for one in scheme.items])
    return DataStructureDefinition(
        id="NCSI_INDEX", name="Satisfaction indices", agency=AGENCY, version=VERSION, components=parts
    )


def dataflow(structure: DataStructureDefinition) -> Dataflow:
    """The flow that the observations belong to."""
    return Dataflow(
        id="NCSI_INDEX", name="Satisfaction indices", agency=AGENCY, version=VERSION, structure=structure
    )


def _component(concept: Concept) -> Component:
    if concept.id in (*DIMENSIONS, "TIME_PERIOD"):
        own = DataType.PERIOD if concept.id == "TIME_PERIOD" else None
        return Component(id=concept.id, required=True, role=Role.DIMENSION, concept=concept, local_dtype=own)
    if concept.id == "OBS_VALUE":
        return Component(id=concept.id, required=False, role=Role.MEASURE, concept=concept)
    required = concept.id in ("OBS_STATUS", "CONF_LEVEL")
    return Component(
        id=concept.id, required=required, role=Role.ATTRIBUTE, concept=concept, attachment_level="O"
    )


def _type(name: str, coded: bool) -> DataType:
    if name == "TIME_PERIOD":
        return DataType.PERIOD
    return DataType.STRING if coded else _NUMBERS.get(name, DataType.DOUBLE)
