"""The cure that the gate of reversed items names works: declared in the map, the same file is read again, and right."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

import ncsi
from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan

ITEM, WAVE = "SAT2", "2026"


def made(root: Path) -> Path:
    main(["init", str(root)])
    path = root / "waves" / f"{WAVE}.yaml"
    text = path.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 100")
    path.write_text(text.replace("number: 500", "number: 100"), encoding="utf-8")
    return root


def told(capsys, command: str, root: Path) -> dict[str, object]:
    """What `ncsi run` or `ncsi ingest` says of the wave."""
    capsys.readouterr()
    main([command, "--wave", WAVE, "--workspace", str(root), "--engine", "local", "--json"])
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.slow
def test_reversed_in_the_export_refused_declared_in_the_map_right(published_example, tmp_path, capsys):
    """The figures are those of the example as it was published from its own export."""
    wrong = made(tmp_path / "wrong")
    (the_map,) = (wrong / "maps").glob("*.yaml")
    column_map = yaml.safe_load(the_map.read_text(encoding="utf-8"))
    column = column_map["items"][ITEM]
    (export,) = (wrong / "data").glob("*.csv")
    cells = pd.read_csv(export, dtype=str, keep_default_na=False)
    turned = {str(code): str(11 - code) for code in range(1, 11)}
    cells[column] = cells[column].replace(turned)
    cells.to_csv(export, index=False)

    with pytest.raises(SystemExit) as refused:
        told(capsys, "run", wrong)
    assert refused.value.code == 1
    said = capsys.readouterr().err
    assert f"Wave {WAVE}: 1 file, {len(cells)} rows read = {len(cells)} accepted + 0 rejected.\n" in said
    assert f"item {ITEM}" in said
    assert "Declare `reverse: true` in the map" in said
    assert not (wrong / "releases" / WAVE).exists()

    column_map["items"][ITEM] = {"column": column, "reverse": True}
    the_map.write_text(yaml.safe_dump(column_map, allow_unicode=True), encoding="utf-8")
    cured = told(capsys, "ingest", wrong)
    assert (cured["files_repeated"], cured["revisions"], cured["rows_read"]) == (0, 1, len(cells))
    InOrder().estimate(load_plan(open_workspace(wrong), WAVE))
    of = [
        ncsi.open(root / "warehouse").table("out_index_national", wave=WAVE)
        for root in (wrong, published_example)
    ]
    pd.testing.assert_frame_equal(*of)
    again = told(capsys, "ingest", wrong)
    assert (again["files_repeated"], again["rows_read"]) == (1, 0)
