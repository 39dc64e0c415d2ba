"""An empty workspace, its first sector and its first wave, written by commands alone; refused without a trace."""

from __future__ import annotations

import json
import shutil

import pytest

from ncsi.cli import main
from ncsi.spec import open_workspace

SECTOR = ("sector", "new", "bank", "--label", "银行", "Banks", "--instrument", "service")
WAVE = (
    "wave", "new", "--wave", "2026", "--label", "2026年", "2026", "--field", "2026-03-01", "2026-03-31",
    "--release", "2026-05-01", "--publisher", "某行", "Some bank",
)  # fmt: skip


@pytest.fixture(scope="module")
def as_made(tmp_path_factory):
    made = tmp_path_factory.mktemp("new") / "ws"
    main(["init", str(made), "--empty"])
    return made


@pytest.fixture
def root(as_made, tmp_path):
    return shutil.copytree(as_made, tmp_path / "ws")


def refused(capsys, root, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--workspace", str(root)])
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_an_empty_workspace_has_keys_and_no_wave(root):
    workspace = open_workspace(root)
    assert workspace.wave_ids() == ()
    assert workspace.key()
    assert sorted(one.name for one in root.iterdir() if not one.name.startswith(".")) == [
        "data", "instruments", "maps", "ncsi.yaml", "schemas", "waves"
    ]  # fmt: skip


def test_sectors_share_equally_until_shares_are_known(root, capsys):
    for name, zh in (("bank", "银行"), ("cards", "信用卡"), ("loans", "贷款")):
        main(
            [
                "sector",
                "new",
                name,
                "--label",
                zh,
                name.title(),
                "--instrument",
                "service",
                "--workspace",
                str(root),
            ]
        )
    found = open_workspace(root).sectors()
    assert [round(one.share.value, 6) for one in found.sectors] == [0.333333] * 3
    assert {one.group for one in found.sectors} == {"bank"}
    main(["sector", "new", "air", "--label", "航空", "Airlines", "--instrument", "service", "--group", "air", "--share",
          "0.4", "--workspace", str(root)])  # fmt: skip
    found = open_workspace(root).sectors()
    assert [round(one.share.value, 6) for one in found.sectors] == [0.2, 0.2, 0.2, 0.4]
    assert [one.id for one in found.groups] == ["bank", "air"]


def test_sectors_that_do_not_fit_leave_the_list_as_it_was(root, capsys):
    assert "there is no instrument 'none'" in refused(capsys, root, *SECTOR[:-1], "none")
    assert not (root / "sectors.yaml").exists()
    main([*SECTOR, "--workspace", str(root)])
    before = (root / "sectors.yaml").read_text(encoding="utf-8")
    assert "declared twice" in refused(capsys, root, *SECTOR)
    assert (root / "sectors.yaml").read_text(encoding="utf-8") == before
    known = before.replace(", illustrative: true", "")
    (root / "sectors.yaml").write_text(known, encoding="utf-8")
    assert "has a source, and another sector would change it" in refused(
        capsys, root, "sector", "new", "b", *SECTOR[3:]
    )
    assert (root / "sectors.yaml").read_text(encoding="utf-8") == known


def test_a_first_wave_copies_none(root, capsys):
    assert "There is no wave to copy" in refused(capsys, root, *WAVE[:-3])
    main([*SECTOR, "--workspace", str(root)])
    assert "go with --sector" in refused(capsys, root, *WAVE)
    assert "there is no column map 'mine'" in refused(
        capsys, root, *WAVE, "--sector", "bank", "--files", "data/a.csv", "--map", "mine"
    )
    assert not (root / "waves" / "2026.yaml").exists()
    files = ("--files", "data/a.csv", "--files", "data/b_*.csv")
    main([*WAVE, "--sector", "bank", *files, "--workspace", str(root), "--json"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["like"] is None
    wave = open_workspace(root).wave("2026")
    assert wave.sources[0].patterns == ("data/a.csv", "data/b_*.csv")
    assert (wave.sources[0].sector, wave.publisher.en) == ("bank", "Some bank")
    assert "$schema=../schemas/wave.json" in (root / "waves" / "2026.yaml").read_text(encoding="utf-8")


def test_brands_of_a_first_wave_are_named_in_the_command(root, capsys):
    main([*SECTOR, "--workspace", str(root)])
    given = ("--sector", "bank", "--brand", "A", "甲's", "A: b", "--brand", "B", "乙", "B", "--synthetic")
    assert "an id has letters" in refused(
        capsys, root, *WAVE, "--sector", "bank", "--brand", "a b", "甲", "A"
    )
    assert "goes with one --sector" in refused(capsys, root, *WAVE, *given, "--sector", "cards")
    main([*WAVE, *given, "--workspace", str(root)])
    wave = open_workspace(root).wave("2026")
    assert [(one.id, one.label.zh, one.label.en) for one in wave.sectors[0].brands] == [
        ("A", "甲's", "A: b"), ("B", "乙", "B")
    ]  # fmt: skip
    assert wave.synthetic


def test_a_wave_without_a_publisher_is_refused(root, capsys):
    main([*SECTOR, "--workspace", str(root)])
    assert "Who publishes?" in refused(capsys, root, *WAVE[:-3], "--sector", "bank")
