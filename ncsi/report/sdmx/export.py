"""A release folder → SDMX files beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pysdmx.io.csv.sdmx20.writer import write as write_csv
from pysdmx.io.json.sdmxjson2.writer.v2_0.structure import write as write_structure
from pysdmx.io.pd import PandasDataset
from pysdmx.model import Organisation
from pysdmx.model.message import Header

from ncsi.errors import InputError
from ncsi.report.bundle.manifest import read_manifest
from ncsi.report.sdmx.observations import labels, observations
from ncsi.report.sdmx.structure import AGENCY, code_lists, concepts, data_structure, dataflow
from ncsi.report.withdrawn import withdrawal_of


@dataclass(frozen=True, slots=True)
class Exported:
    """The two files, and how many observations the first holds."""

    data: Path
    structure: Path
    observations: int


def write_sdmx(release: Path, out: Path) -> Exported:
    """`<wave>.csv` (SDMX-CSV 2.0) and `<wave>.structure.json` (SDMX-JSON 2.0) into `out`, from a release folder.

    The same release gives the same bytes. Raises InputError where there is no release, or one that is withdrawn.
    """
    path = release / "manifest.json"
    if not path.is_file():
        raise InputError(
            str(path), "there is no manifest", "Name the folder of a release, as releases/2026Q1"
        )
    if withdrawal_of(release) is not None:
        raise InputError(str(release), "it is withdrawn", "Its figures are not passed on any more")
    manifest = read_manifest(path)
    wave = str(manifest["wave"])
    frame = observations(release / "data", wave, manifest["headline"]["level"])
    lists = code_lists(labels(release / "data"))
    scheme = concepts(lists)
    structure = data_structure(scheme)
    schema = structure.to_schema()
    out.mkdir(parents=True, exist_ok=True)
    data, described = out / f"{wave}.csv", out / f"{wave}.structure.json"
    ordered = frame[[one.id for one in schema.components]]
    text = write_csv([PandasDataset(structure=schema, data=ordered)]) or ""
    data.write_text(text, encoding="utf-8", newline="\n")
    header = Header(
        id=str(manifest["release_id"]), test=bool(manifest["synthetic"]),
        prepared=datetime.fromisoformat(manifest["release_date"]).replace(tzinfo=UTC),
        sender=Organisation(id=AGENCY),
    )  # fmt: skip
    # Readers look for the format within the first few hundred characters: no indents, no long sender.
    words = write_structure([*lists, scheme, structure, dataflow(structure)], None, False, header) or ""
    # pysdmx writes an empty list of groups, which the schema of SDMX-JSON refuses.
    described.write_text(words.replace(',"groups":[]', "") + "\n", encoding="utf-8", newline="\n")
    return Exported(data, described, len(ordered))
