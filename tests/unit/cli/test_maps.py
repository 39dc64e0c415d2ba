"""`ncsi map` and `ncsi check` from the terminal: what they write, what they say, how they end."""

from __future__ import annotations

import json

import pytest
import yaml

from ncsi.cli import main
from ncsi.spec import load_instrument

ITEMS = load_instrument("fmcg").items


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    output = capsys.readouterr()
    return stopped.value.code, output.out, output.err


@pytest.fixture
def own(tmp_path, capsys):
    """The example workspace, and a file of another platform for its wave: brands by their labels."""
    root = tmp_path / "own"
    main(["init", str(root)])
    capsys.readouterr()
    answers = [str(min(8, one.scale.max)) for one in ITEMS]
    brands = ("示例品牌甲", "示例品牌乙", "示例品牌甲", "别的品牌")
    rows = [[f"r{k}", "2026-03-05 10:00:00", brand, "华北", *answers] for k, brand in enumerate(brands)]
    header = ["编号", "提交时间", "品牌", "地区", *(one.label.zh for one in ITEMS)]
    (root / "data" / "other.csv").write_text(
        "\n".join(",".join(row) for row in [header, *rows]), encoding="utf-8"
    )
    return root


def test_a_map_for_a_wave_codes_its_brands_and_is_judged_as_ingest_will(own, capsys):
    file, out = own / "data" / "other.csv", own / "maps" / "other.yaml"
    place = ("--wave", "2026", "--sector", "skin_care", "--workspace", str(own))
    main(["map", str(file), *place, "--out", str(out), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["questions"], told["unmatched"], told["rows_read"], told["rows_accepted"]) == ([], [], 4, 3)
    written = yaml.safe_load(out.read_text(encoding="utf-8"))
    assert written["values"]["brand"] == {"示例品牌甲": "A", "示例品牌乙": "B"}
    assert written["columns"]["brand"] == "品牌"
    code, said, _ = run(capsys, "check", file, "--map", out, *place, "--json")
    checked = json.loads(said)
    assert (code, checked["rows_accepted"], checked["rejects"][0]["rule"]) == (2, 3, "brand_unknown")


def test_a_map_of_a_workspace_names_its_schema_and_what_groups_the_rows(own, capsys, tmp_path):
    file = own / "data" / "grouped.csv"
    lines = (own / "data" / "other.csv").read_text(encoding="utf-8").splitlines()
    more = ["行业,性别", *(f"{'银行保险'[k % 2 * 2 :][:2]},{'男女'[k % 2]}" for k in range(len(lines) - 1))]
    file.write_text("\n".join(map(",".join, zip(lines, more, strict=True))), encoding="utf-8")
    place = ("--wave", "2026", "--sector", "skin_care", "--workspace", str(own))
    main(["map", str(file), *place, "--out", str(own / "maps" / "g.yaml"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["groups"] == [
        {"column": "行业", "meant": "sector"},
        {"column": "性别", "meant": "background"},
    ]
    text = (own / "maps" / "g.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schemas/map.json\n")
    assert (own / "schemas" / "map.json").is_file()
    assert '- "行业"  # by its name the sector: where the file is of several' in text
    main(["map", str(file), *place, "--out", str(tmp_path / "g.yaml")])
    assert "left  行业: by its name the sector" in capsys.readouterr().out
    assert "$schema" not in (tmp_path / "g.yaml").read_text(encoding="utf-8")


def test_what_goes_together_is_told(own, capsys):
    file = own / "data" / "other.csv"
    for arguments, said in (
        (("map", file), "--instrument ID, or --wave ID with --sector ID"),
        (("map", file, "--wave", "2026", "--workspace", own), "--wave and --sector go together"),
        (("check", file), "--instrument ID, or --wave ID with --sector ID"),
        (("check", file, "--sector", "skin_care"), "--sector goes with --wave"),
        (("map", file, "--wave", "2026", "--sector", "x", "--workspace", own), "it has no sector 'x'"),
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "")
        assert said in err


def test_the_nearest_command_is_told(capsys):
    code, _, err = run(capsys, "ingset")
    assert (code, "Did you mean 'ingest'?" in err) == (2, True)
    assert "`ncsi --help` lists them" in run(capsys, "xyzzy")[2]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("check", "none.csv", "--instrument", "ccsi"), "ReadError"),
        (("check", "none.csv", "--instrument", "cssi"), "SpecError"),
        (("check", "none.csv"), None),
        (("ingset",), None),
    ],
)
def test_an_error_is_json_where_json_was_asked_for(capsys, arguments, kind):
    code, out, err = run(capsys, *arguments, "--json")
    told = json.loads(out)
    assert (code, told["exit_code"], told.get("kind")) == (2, 2, kind)
    assert f"Error: {told['error']}" in err
    assert ("cure" in told) is (kind is not None)


def test_a_place_that_is_not_there_is_bad_usage(capsys, own):
    file = own / "data" / "other.csv"
    code, _, err = run(capsys, "map", file, "--instrument", "fmcg", "--out", own / "nowhere" / "m.yaml")
    assert (code, "No such file" in err) == (2, True)
    code, _, err = run(capsys, "check", "x" * 300, "--instrument", "fmcg")
    assert (code, "too long" in err) == (2, True)


def test_a_fault_without_a_column_names_none(own, capsys):
    lines = (own / "data" / "skin_care.csv").read_text(encoding="utf-8").splitlines()
    repeated = own / "data" / "again.csv"
    repeated.write_text("\n".join([lines[0], lines[1], lines[0], lines[2]]), encoding="utf-8")
    _, out, _ = run(
        capsys, "check", repeated, "--instrument", "fmcg", "--map", own / "maps" / "skin_care.yaml"
    )
    assert "row 3: " in out
    assert "column nan" not in out
