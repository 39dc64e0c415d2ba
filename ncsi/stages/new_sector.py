"""A further sector in a workspace's list, or its first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ncsi import atomic
from ncsi.errors import SpecError
from ncsi.spec import Label, SectorList, Workspace
from ncsi.spec.json_schemas import first_line, write_schemas
from ncsi.spec.yaml_documents import as_scalar

_LAST = re.compile(r"(?m)^([a-z]+):")
_VALUE = re.compile(r"(share:\s*\{\s*value:\s*)([0-9.eE+-]+)")
_ILLUSTRATIVE = "Illustration: no share is known"


@dataclass(frozen=True, slots=True)
class NewSector:
    """What is asked for: the sector, its questionnaire, its group, and its share with source and year."""

    id: str
    label: Label
    instrument: str
    group: str | None = None
    group_label: Label | None = None
    scope: Label | None = None
    share: float | None = None
    source: str | None = None
    year: int | None = None


def add_sector(workspace: Workspace, new: NewSector) -> SectorList:
    """Write the sector to `sectors.yaml`, and return the list checked.

    Shares of others shrink so that all sum to 1, without a share to equal ones. Raises SpecError where the id is taken,
    others' shares have a source, or the list would not hold together; the file is then as it was.
    """
    path = workspace.root / "sectors.yaml"
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    text = _first(new) if before is None else _added(before, workspace.sectors(), new)
    atomic.write(path, text.encode())
    try:
        found = workspace.sectors()
    except SpecError:
        if before is None:
            path.unlink()
        else:
            atomic.write(path, before.encode())
        raise
    write_schemas(workspace.root)
    return found


def _first(new: NewSector) -> str:
    group = new.group or new.id
    lines = [
        first_line("sectors", "sectors.yaml").rstrip(),
        "spec: ncsi/sectors/1",
        "version: 1.0.0",
    ]
    if new.scope is not None:
        lines.append(f"scope: {_both(new.scope)}")
    lines += ["", "groups:", _group(group, new.group_label or new.label), "", "sectors:"]
    return "\n".join([*lines, _sector(new, group, new.share or 1.0), ""])


def _added(text: str, found: SectorList, new: NewSector) -> str:
    if _LAST.findall(text)[-1:] != ["sectors"] or "{value:" not in text.replace(" ", ""):
        raise SpecError(
            "sectors.yaml",
            "it is not written as `ncsi sector new` writes it",
            "Add the sector by hand, after the others",
        )
    real = [one.id for one in found.sectors if not one.share.illustrative]
    if real:
        raise SpecError(
            "sectors.yaml",
            f"the share of {real[0]} has a source, and another sector would change it",
            "Add the sector by hand, with shares that sum to 1",
        )
    groups = [one.id for one in found.groups]
    group = new.group or (groups[0] if len(groups) == 1 else new.id)
    share = new.share if new.share is not None else 1 / (len(found.sectors) + 1)
    waiting = iter([one.share.value * (1 - share) if new.share else share for one in found.sectors])
    text = _VALUE.sub(lambda match: f"{match[1]}{next(waiting):.10g}", text)
    if group not in groups:
        head, _, rest = text.partition("\nsectors:")
        text = f"{head.rstrip()}\n{_group(group, new.group_label or new.label)}\n\nsectors:{rest}"
    return f"{text.rstrip()}\n{_sector(new, group, share)}\n"


def _group(group: str, label: Label) -> str:
    return f"  - {{id: {group}, label: {_both(label)}}}"


def _sector(new: NewSector, group: str, share: float) -> str:
    source = f"source: {as_scalar(new.source or _ILLUSTRATIVE)}, year: {new.year or date.today().year}"
    told = "" if new.source else ", illustrative: true"
    return "\n".join(
        [
            f"  - id: {new.id}",
            f"    label: {_both(new.label)}",
            f"    group: {group}",
            f"    instrument: {new.instrument}",
            f"    share: {{value: {share:.10g}, {source}{told}}}",
        ]
    )


def _both(label: Label) -> str:
    return f"{{zh: {as_scalar(label.zh)}, en: {as_scalar(label.en)}}}"
