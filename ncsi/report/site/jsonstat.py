"""The indices of a release as JSON-stat 2.0: units × constructs × figures of one wave, only what is published.

The format: json-stat.org/full. Cells without a figure are left out of `value`, those that are not published for
reasons of confidentiality have the status `suppressed` or `withheld`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ncsi.report.plain_files import plain
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_GROUP, OUT_INDEX_BY_SECTOR, OUT_INDEX_NATIONAL

FIGURES = ("index_0_100", "se", "low", "high", "n")
_LABELS = {
    "index_0_100": "指数 Index (0–100)", "se": "标准误 Standard error", "low": "置信下限 Low end of the interval",
    "high": "置信上限 High end of the interval", "n": "样本量 Sample size",
}  # fmt: skip
Row = dict[str, str]


def jsonstat(release: Path) -> dict[str, Any]:
    """The dataset of the release in that folder, labels in both languages."""
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    data, title = release / "data", manifest["title"]
    names = _names(data)
    rows = list(_rows(data))
    units = list(dict.fromkeys(unit for unit, _ in rows))
    constructs = list(dict.fromkeys(row["construct"] for _, row in rows))
    value, status = _cells(rows, units, constructs)
    return {
        "version": "2.0",
        "class": "dataset",
        "label": f"{title['zh']} {title['en']}, {manifest['wave']}",
        "source": f"{manifest['publisher']['zh']} {manifest['publisher']['en']}",
        "updated": (manifest["revisions"] or [{"date": manifest["release_date"]}])[-1]["date"],
        "extension": {
            "release_id": manifest["release_id"],
            "synthetic": manifest["synthetic"],
            "level": manifest["headline"]["level"],
        },
        "id": ["wave", "unit", "construct", "figure"],
        "size": [1, len(units), len(constructs), len(FIGURES)],
        "role": {"time": ["wave"], "metric": ["figure"]},
        "dimension": {
            "wave": _dimension("期次 Wave", {manifest["wave"]: " ".join(manifest["label"].values())}),
            "unit": _dimension("单位 Unit", {one: _unit_label(one, names) for one in units}),
            "construct": _dimension(
                "结构变量 Construct", {one: names.get(f"construct:{one}", one) for one in constructs}
            ),
            "figure": _dimension("数值 Figure", _LABELS),
        },
        "value": value,
        "status": status,
    }


def _rows(data: Path) -> Iterator[tuple[str, Row]]:
    """Rows of the indices with the id of their unit: nation, groups, sectors, brands."""
    for table, unit in (
        (OUT_INDEX_NATIONAL, ""), (OUT_INDEX_BY_GROUP, "group"), (OUT_INDEX_BY_SECTOR, "sector"),
        (OUT_INDEX_BY_BRAND, "brand"),
    ):  # fmt: skip
        for row in _read(data / f"{table.name}.csv"):
            if unit == "brand":
                yield f"brand:{row['sector']}/{row['brand']}", row
            else:
                yield f"{unit}:{row[unit]}" if unit else "nation", row


def _cells(
    rows: list[tuple[str, Row]], units: list[str], constructs: list[str]
) -> tuple[dict[str, float], dict[str, str]]:
    """Figures and what is said instead of them, by place in the cube, the last dimension fastest."""
    value: dict[str, float] = {}
    status: dict[str, str] = {}
    of_unit, of_construct = ({key: k for k, key in enumerate(one)} for one in (units, constructs))
    for unit, row in rows:
        first = (of_unit[unit] * len(constructs) + of_construct[row["construct"]]) * len(FIGURES)
        for k, name in enumerate(FIGURES):
            if row.get("index_0_100") and row.get(name):
                value[str(first + k)] = float(row[name])
            elif not row.get("index_0_100"):
                status[str(first + k)] = row.get("status") or "withheld"
    return value, status


def _dimension(label: str, categories: dict[str, str]) -> dict[str, Any]:
    return {"label": label, "category": {"index": list(categories), "label": categories}}


def _names(data: Path) -> dict[str, str]:
    """Labels of groups, sectors, brands and constructs in both languages, by the ids used here."""
    found: dict[str, str] = {}
    for kind in ("group", "sector", "brand", "construct"):
        for row in _read(data / f"codes_{kind}s.csv"):
            key = f"{row['sector']}/{row['brand']}" if kind == "brand" else row[kind]
            found.setdefault(f"{kind}:{key}", f"{plain(row['label_zh'])} {plain(row['label_en'])}")
    return found


def _unit_label(unit: str, names: dict[str, str]) -> str:
    return "总体 All" if unit == "nation" else names.get(unit, unit)


def _read(path: Path) -> Iterator[Row]:
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
