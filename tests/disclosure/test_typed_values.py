"""What a respondent typed into a box is named by no command: a name or a phone number may stand anywhere."""

from __future__ import annotations

import contextlib
import json
from itertools import product
from pathlib import Path

import pytest

from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import NcsiError
from ncsi.spec import load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.source_files import sources_of

ITEMS = load_instrument("fmcg").items
PLANTED = (
    "王小丽",
    "13912345678",
    "Anna Schmidt",
    "欧阳志远",
    "anna@example.org",
    "5 王小丽 转交",
    "不知道，问王小丽",
)
NAMES = tuple(one for one in PLANTED if not any(char in one for char in "1@"))
HEAD = ["编号", "提交时间", "品牌", "地区", *(one.label.zh for one in ITEMS)]
PLACES = (0, 1, 2, 3, 6, 9)
"""Respondent, time, brand, region, two items."""


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("typed") / "w"
    main(["init", str(folder)])
    return folder


def planted_file(root: Path, where: str) -> Path:
    """Forty answers: `names` typed over those of several columns, each into a row of its own; `phones` and e-mails
    into an item; else all of them into a column of that name."""
    rows = [
        [f"r{k}", "2026-03-05 10:00:00", ("示例品牌甲", "示例品牌乙")[k % 2], "华北",
         *(str(min(5 + k % 4, one.scale.max)) for one in ITEMS)]
        for k in range(40)
    ]  # fmt: skip
    head = HEAD
    if where == "names":
        for k, (place, typed) in enumerate(product(PLACES, NAMES)):
            rows[k][place] = typed
        head = [*HEAD, "意见", "interviewer"]
        rows = [
            [*row, NAMES[k % 20] if k % 20 < len(NAMES) else "", f"访员{k % 5}"] for k, row in enumerate(rows)
        ]
    elif where == "phones":
        for row, typed in zip(rows, PLANTED, strict=False):
            row[PLACES[-1]] = typed
    else:
        head = [*HEAD, where]
        rows = [[*row, PLANTED[k] if k < len(PLANTED) else "skin_care"] for k, row in enumerate(rows)]
    path = root / "data" / f"typed-{where}.csv"
    path.write_text(
        "\n".join(",".join(f'"{cell}"' for cell in row) for row in [head, *rows]), encoding="utf-8"
    )
    return path


def ran(capsys, *arguments: object) -> str:
    with contextlib.suppress(SystemExit):
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.parametrize("where", ["names", "phones", "行业"])
def test_map_check_and_ingest_name_nothing_that_fewer_than_three_gave(root, capsys, where):
    path = planted_file(root, where)
    out = path.with_suffix(".yaml")
    place = ("--wave", "2026", "--sector", "skin_care", "--workspace", root)
    told = ran(capsys, "map", path, *place, "--out", out)
    told += out.read_text(encoding="utf-8") if out.exists() else ""
    told += ran(capsys, "map", path, "--instrument", "fmcg", "--json")
    told += ran(capsys, "check", path, "--instrument", "fmcg", "--map", out)
    told += ran(capsys, "check", path, *place, "--map", out, "--json")
    told += ingested(root, path, out)
    assert "row" in told
    assert [one for one in PLANTED if one in told or json.dumps(one)[1:-1] in told] == []


def ingested(root: Path, path: Path, out: Path) -> str:
    """What ingest says of the file: its error, or its faults and rejects as they are told and stored."""
    plan = load_plan(open_workspace(root), "2026")
    if out.exists():
        (root / "maps" / out.name).write_text(out.read_text(encoding="utf-8"), encoding="utf-8")
    from ncsi.cli.say import collected

    try:
        chosen = sources_of(plan.workspace, "2026", [path], _map_of(root, out), "skin_care", ())
        outcomes = InOrder().collect(plan, chosen)
    except NcsiError as error:
        return str(error)
    lines, facts = collected("2026", outcomes)
    return "\n".join([*lines, json.dumps(facts, ensure_ascii=False, default=str)])


def _map_of(root: Path, out: Path) -> str | None:
    """The map's id, its file called by it."""
    if not out.exists():
        return None
    text = out.read_text(encoding="utf-8")
    name = next(line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: "))
    (root / "maps" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return name


def test_what_three_respondents_wrote_is_named(root, capsys):
    path = planted_file(root, "names")
    text = path.read_text(encoding="utf-8").replace("示例品牌乙", "某新品牌")
    path.write_text(text, encoding="utf-8")
    told = ran(capsys, "map", path, "--wave", "2026", "--sector", "skin_care", "--workspace", root)
    assert '"某新品牌" is nothing that the wave declares' in told
    assert "fewer than three respondents gave; not named here" in told
