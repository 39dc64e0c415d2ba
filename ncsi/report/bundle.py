"""The release's data: CSV and Parquet of every table, one workbook, code lists, a Frictionless data package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from ncsi.report.types import ReleaseSpec
from ncsi.tables import TABLES, Column

_FIELD_TYPES = {
    "text": "string", "integer": "integer", "number": "number", "flag": "boolean", "date": "date",
    "timestamp": "datetime",
}  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_data(tables: dict[str, pd.DataFrame], spec: ReleaseSpec, folder: Path) -> None:
    """`data/<table>.csv|parquet`, `data/release.xlsx`, code lists and `datapackage.json` into `folder`."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    lists = code_lists(spec)
    for name, frame in tables.items():
        write_csv(frame, data / f"{name}.csv")
        pq.write_table(
            pa.Table.from_pandas(frame, preserve_index=False), data / f"{name}.parquet", compression="zstd"
        )
    for name, frame in lists.items():
        write_csv(frame, data / f"{name}.csv")
    _write_workbook({**lists, **tables}, spec, data / "release.xlsx")
    package = data_package(tables, lists, spec, data)
    (folder / "datapackage.json").write_text(_json(package), encoding="utf-8")


def code_lists(spec: ReleaseSpec) -> dict[str, pd.DataFrame]:
    """Labels in both languages of sectors, groups, brands, constructs and items; outside text is neutralised."""
    sectors = [spec.sectors.sector(one.id) for one in spec.wave.sectors]
    groups = sorted({sector.group for sector in sectors})
    brands = [(one.id, brand) for one in spec.wave.sectors for brand in one.brands]
    instruments = {one.id: one for one in spec.instruments.values()}
    constructs = [(i.id, c) for i in instruments.values() for c in i.constructs]
    items = [(i, c, item) for i, c in constructs for item in c.items]
    lists: dict[str, list[dict[str, Any]]] = {
        "codes_groups": [{"group": g, **_labels(spec.sectors.group(g).label)} for g in groups],
        "codes_sectors": [
            {"sector": s.id, "group": s.group, "instrument": s.instrument, **_labels(s.label), "share": s.share.value,
             "share_source": s.share.source, "share_year": s.share.year, "share_illustrative": s.share.illustrative}
            for s in sectors
        ],
        "codes_brands": [
            {"sector": sector, "brand": b.id, **_labels(b.label), "share": b.share} for sector, b in brands
        ],
        "codes_constructs": [{"instrument": i, "construct": c.id, **_labels(c.label)} for i, c in constructs],
        "codes_items": [
            {"instrument": i, "construct": c.id, "item": item.id, **_labels(item.label),
             "question_zh": neutral(item.question.zh), "question_en": neutral(item.question.en),
             "scale_min": item.scale.min, "scale_max": item.scale.max}
            for i, c, item in items
        ],
    }  # fmt: skip
    return {name: pd.DataFrame(rows) for name, rows in lists.items() if rows}


def _labels(label: Any) -> dict[str, str]:
    return {"label_zh": neutral(label.zh), "label_en": neutral(label.en)}


def neutral(text: str) -> str:
    """Text that a spreadsheet will not run: a leading =, +, -, @, tab or return gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_RISKY) else text


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """UTF-8 without a byte-order mark, line feeds, full precision."""
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _write_workbook(frames: dict[str, pd.DataFrame], spec: ReleaseSpec, path: Path) -> None:
    released = pd.Timestamp(spec.wave.release_date).to_pydatetime()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        mark = "合成数据 synthetic data" if spec.wave.synthetic else ""
        book.set_properties(
            {"title": f"{spec.wave.title.en} {spec.wave.id} {mark}".strip(), "created": released}
        )
        head = book.add_format({"bold": True, "bg_color": "#0f5499", "font_color": "#ffffff", "border": 0})
        figure = book.add_format({"num_format": "0.00"})
        notes = book.add_worksheet("about")
        notes.set_column(0, 0, 100)
        for number, line in enumerate(_about(spec)):
            notes.write_string(number, 0, line)
        for name, frame in frames.items():
            sheet = book.add_worksheet(name.removeprefix("out_")[:31])
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(1, len(frame)), max(0, len(frame.columns) - 1))
            for column, title in enumerate(frame.columns):
                sheet.write_string(0, column, str(title), head)
                _write_column(sheet, column, frame[title].tolist(), figure)
                sheet.set_column(column, column, max(10, len(str(title)) + 2))


def _write_column(sheet: Any, column: int, values: list[Any], figure: Any) -> None:
    for number, value in enumerate(values, 1):
        if value is None or value is pd.NA or (isinstance(value, float) and value != value):
            continue
        if isinstance(value, str):
            sheet.write_string(number, column, value)
        elif isinstance(value, bool):
            sheet.write_boolean(number, column, value)
        else:
            sheet.write_number(number, column, value, figure if isinstance(value, float) else None)


def _about(spec: ReleaseSpec) -> list[str]:
    wave = spec.wave
    lines = [
        f"{wave.title.zh} {wave.label.zh}",
        f"{wave.title.en} {wave.label.en}",
        spec.provenance.release_id,
    ]
    if wave.synthetic:
        lines += [
            "演示用合成数据，不代表任何真实企业、行业或国家。",
            "Synthetic data: describes no real company, sector or country.",
        ]
    return lines


def data_package(
    tables: dict[str, pd.DataFrame], lists: dict[str, pd.DataFrame], spec: ReleaseSpec, data: Path
) -> dict[str, Any]:
    """Data Package 2.0 descriptor of the CSV files."""
    wave = spec.wave
    resources = [_resource(name, list(TABLES[name].columns), TABLES[name].about, data) for name in tables]
    for name, frame in lists.items():
        fields = [{"name": column, "type": _list_type(frame[column])} for column in frame.columns]
        resources.append(_described(name, "Code list with labels in zh and en", fields, [], data))
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"ncsi-{wave.id.lower()}",
        "id": spec.provenance.release_id,
        "title": f"{wave.title.zh} {wave.title.en}, {wave.id}",
        "description": "Synthetic data: describes no real company, sector or country."
        if wave.synthetic
        else "",
        "synthetic": wave.synthetic,
        "version": spec.provenance.release_id,
        "created": f"{wave.release_date.isoformat()}T00:00:00Z",
        "licenses": [{"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0"}],
        "contributors": [{"title": f"{wave.publisher.zh} {wave.publisher.en}", "roles": ["publisher"]}],
        "resources": resources,
    }


def _resource(name: str, columns: list[Column], about: str, data: Path) -> dict[str, Any]:
    fields = [
        {
            "name": column.name,
            "type": _FIELD_TYPES[column.kind],
            "description": column.about,
            **({"unit": column.unit} if column.unit else {}),
        }
        for column in columns
    ]
    return _described(name, about, fields, list(TABLES[name].key), data)


def _described(
    name: str, about: str, fields: list[dict[str, Any]], key: list[str], data: Path
) -> dict[str, Any]:
    path = data / f"{name}.csv"
    content = path.read_bytes()
    schema: dict[str, Any] = {"fields": fields}
    if key:
        schema["primaryKey"] = key
    return {
        "name": name.replace("_", "-"),
        "path": f"data/{path.name}",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": about,
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }


def _list_type(column: pd.Series) -> str:
    kinds = {"b": "boolean", "i": "integer", "f": "number"}
    return kinds.get(column.dtype.kind, "string")


def manifest(folder: Path, spec: ReleaseSpec) -> dict[str, Any]:
    """What the release is made from, and the SHA-256 of every file in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    provenance = spec.provenance
    return {
        "release_id": provenance.release_id,
        "wave": spec.wave.id,
        "synthetic": spec.wave.synthetic,
        "seed": provenance.seed,
        "replicates": provenance.replicates,
        "spec_sha256": dict(provenance.spec_sha256),
        "source_sha256": dict(provenance.source_sha256),
        "versions": dict(provenance.versions),
        "files": {
            str(p.relative_to(folder).as_posix()): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
        },
    }


def write_manifest(folder: Path, spec: ReleaseSpec) -> None:
    """`manifest.json`, last of all."""
    (folder / "manifest.json").write_text(_json(manifest(folder, spec)), encoding="utf-8")


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
