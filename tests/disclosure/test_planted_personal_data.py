"""Personal data planted in every column of an export: a whole wave is run, and no file of it holds a word of them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pypdf
import pytest
import yaml

from ncsi.engine import InOrder
from ncsi.spec import load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.spec.publication import FORMATS
from ncsi.stages.source_files import sources_of
from ncsi.store import Store
from ncsi.tables import TABLES

GOLDEN = Path(__file__).parents[1] / "golden" / "golden.csv"
STAFF = "ZQ-004417"
PLANTED = {
    "name": "欧阳慕容雪", "name in Latin letters": "Wolfeschlegel Steinhausen", "postal address": "南京东路30771号",
    "address abroad": "48213 Xueyuan Road", "passport": "E83920174", "mobile phone": "13917482956",
    "landline": "010-62784917", "foreign phone": "+44 20 7946 0958", "e-mail": "murong.xue@example.com.cn",
    "ID card": "11010519491231002X", "plate": "京A7Q3K9", "IP address": "203.119.87.214",
    "WeChat id": "wxid_q7xk29vmd3", "QQ number": "QQ:830174926", "bank card": "6222021234567890128",
    "credit code": "91110000600037341L", "date of birth": "生于1949年12月31日",
}  # fmt: skip
"""17 kinds, each as it would be typed."""

COLUMNS = (
    "region", "age", "point", "brand", "disposition", "interviewer", "device", "respondent", "submitted_at",
    "comment",
)  # fmt: skip
STEP = 2 + len(COLUMNS)
TIMES = 2
"""So often that `other` has 30 people: as a cell of fewer it would be hidden, and not all of this shown."""

OTHERS = TIMES * len(PLANTED)


def both(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def variable(name: str, *values: str) -> dict[str, object]:
    return {"label": both(name), "values": [{"id": one, "label": both(f"{name} {one}")} for one in values]}


def export() -> pd.DataFrame:
    """720 interviews; every kind twice in each of the columns, and twice among the answers."""
    golden, at = pd.read_csv(GOLDEN, dtype=str), np.arange(720)
    items = list(load_instrument("ccsi").item_ids)
    rows = golden[items].assign(
        respondent=[f"R{k}" for k in at],
        brand=np.where(golden["brand"] < "B4", "b1", "b2"),
        region=np.where(at % 3 > 0, "east", "west"),
        age=np.where(at % 2 > 0, "old", "young"),
        point=[f"p{k % 40}" for k in at],
        disposition="complete",
        interviewer=[STAFF if k % 4 else f"{STAFF}{k % 8}" for k in at],
        device=[f"d{k}" for k in at],
        submitted_at="2026-03-05 10:00:00",
        comment="",
    )
    for k, value in enumerate([*PLANTED.values()] * TIMES):
        for j, column in enumerate(COLUMNS):
            rows.loc[STEP * k + j, column] = value
        rows.loc[STEP * k + len(COLUMNS), items[k % len(items)]] = value
    return rows


@pytest.fixture(scope="module")
def root(new_workspace, tmp_path_factory) -> Path:
    """The folder of a wave that was run on the export, which is then removed."""
    workspace = new_workspace(tmp_path_factory.mktemp("planted"))
    root = workspace.root
    path = root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8")) | {
        "replicates": 100,
        "background": {
            "region": variable("region", "east", "west"),
            "age": variable("age", "old", "young"),
            "point": variable("point"),
        },
        "weighting": {
            "margins": [{"by": ["age"], "file": "margins/age.csv", "missing": "own_share"}],
            "strata": ["point"],
        },
        "sources": [{"files": "data/*.csv", "sector": "only", "map": "m"}],
    }
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")
    column_map = {"spec": "ncsi/map/1", "id": "m", "ignore": ["comment"]}
    for name, text in {
        "maps/m.yaml": yaml.safe_dump(column_map),
        "margins/age.csv": "age,total,source,year\nold,0.6,census,2020\nyoung,0.4,census,2020\n",
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    delivered = root / "data" / "answers.csv"
    export().to_csv(delivered, index=False)
    plan = replace(load_plan(open_workspace(root), "2026"), formats=FORMATS)
    InOrder().run(plan, sources_of(workspace, "2026"))
    delivered.unlink()
    return root


def texts(path: Path, content: bytes) -> list[str]:
    """Everything that can be read in a file: as it stands, unpacked, and as the pages of a PDF with what they carry."""
    found = [content.decode("utf-8", "replace"), content.decode("gb18030", "replace")]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            found += [text for name in packed.namelist() for text in texts(Path(name), packed.read(name))]
    if content.startswith(b"%PDF"):
        pdf = pypdf.PdfReader(io.BytesIO(content))
        found += [page.extract_text() for page in pdf.pages] + [str(pdf.metadata)]
        carried = [(name, one) for name, files in pdf.attachments.items() for one in files]
        found += [text for name, one in carried for text in texts(Path(name), one)]
    if content.startswith(b"PAR1"):
        found.append(pd.read_parquet(io.BytesIO(content)).to_csv())
    return found


@pytest.fixture(scope="module")
def found(root) -> dict[str, list[str]]:
    """Texts by file of the workspace, and by table of the store."""
    files = {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    of_files = {str(path.relative_to(root)): texts(path, content) for path, content in files.items()}
    store = Store.open(root / "warehouse")
    with store.session():
        stored = {name: store.table(name, "2026") for name, one in TABLES.items() if one.kept_in != "parquet"}
    stored["responses"] = store.responses("2026", "only")
    return of_files | {f"store {name}": [frame.to_csv()] for name, frame in stored.items()}


def holding(found: dict[str, list[str]], word: str) -> list[str]:
    return [name for name, parts in found.items() if any(word in part for part in parts)]


def test_personal_data_reaches_no_file_and_no_table(found):
    assert {kind: where for kind, word in PLANTED.items() if (where := holding(found, word))} == {}
    assert holding(found, STAFF) == []


def test_the_search_sees_what_is_there(found):
    seen = holding(found, "region east")
    for place in ("index.html", "release.xlsx", "codes_background.csv", "codes_background.parquet", ".pdf"):
        assert any(one.endswith(place) for one in seen), place
    assert "store responses" in holding(found, "other")


def test_what_is_not_declared_is_told_by_column_and_counted(root):
    store = Store.open(root / "warehouse")
    faults = store.table("core_faults", "2026")
    told = faults[faults["rule"] == "value_undeclared"]
    assert told["column"].value_counts().to_dict() == {"region": OTHERS, "age": OTHERS}
    assert set(told["severity"]) == {"warning"}
    responses = store.responses("2026", "only")
    assert (responses["background_age"] == "other").sum() == OTHERS
    margins = store.table("out_weighting_by_margin", "2026").set_index("category")
    assert margins.loc["(missing)", "respondents"] == OTHERS
    rejected = store.table("core_rejects", "2026")["rule"].value_counts()
    assert rejected[["brand_unknown", "disposition_unknown"]].tolist() == [OTHERS] * 2
    cells = store.table("out_index_by_subgroup", "2026")
    assert set(cells["dimension"]) == {"region", "age"}
    assert set(cells["subgroup"]) == {"east", "west", "old", "young", "other"}
