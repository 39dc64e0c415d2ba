"""The command line: exit codes, one summary on stdout, messages that say what to do."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess

import pytest

from ncsi import clean_process
from ncsi.cli import main
from ncsi.cli.demo import _remember
from ncsi.ledger import Ledger
from ncsi.spec import open_workspace
from ncsi.store import Store

FAULTY = "respondent,sector,OVERALLX\n1,s,11\n"


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    output = capsys.readouterr()
    return stopped.value.code, output.out, output.err


def ok(capsys, *arguments):
    main([str(one) for one in arguments])
    return capsys.readouterr().out


def test_help_lists_the_commands(capsys):
    out = ok(capsys, "--help")
    for command in ("demo", "init", "check", "ingest", "weigh", "estimate", "publish", "run", "wave"):
        assert f"  {command} " in out


def test_unknown_command_is_bad_usage(capsys):
    code, _, err = run(capsys, "publsh")
    assert code == 2
    assert "No such command 'publsh'" in err


def test_no_workspace(capsys, tmp_path):
    code, out, err = run(capsys, "estimate", "--wave", "2026", "--workspace", tmp_path)
    assert (code, out) == (2, "")
    assert "there is no workspace here" in err
    assert "ncsi init" in err


@pytest.mark.parametrize("wave", ["../../evil", "2026Q5", "a'; drop"])
def test_wave_names_cannot_be_paths(capsys, nation, wave):
    code, _, err = run(
        capsys, "publish", "--wave", wave, "--workspace", nation.workspace.root, "--engine", "local"
    )
    assert code == 2
    assert "is not a valid wave id" in err


def test_init_then_run_the_example(capsys, tmp_path, monkeypatch):
    """A whole run by a worker that is started anew, as where a system cannot fork; other tests fork them."""
    monkeypatch.setattr(clean_process, "get_all_start_methods", lambda: ["spawn"])
    monkeypatch.setenv("NCSI_WORKERS", "1")
    folder = tmp_path / "survey"
    assert "ncsi run --wave 2026" in ok(capsys, "init", folder)
    wave = folder / "waves" / "2026.yaml"
    text = wave.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 100")
    wave.write_text(text.replace("number: 500", "number: 100"), encoding="utf-8")
    assert (folder / ".ncsi-key").stat().st_mode & 0o777 == 0o600
    facts = json.loads(
        ok(capsys, "run", "--wave", "2026", "--workspace", folder, "--engine", "local", "--json")
    )
    assert facts["rows_read"] == 220
    manifest = json.loads((folder / "releases" / "2026" / "manifest.json").read_text(encoding="utf-8"))
    assert facts["files"] == 1
    readings = {f"reading of {sha256}" for sha256 in manifest["source_sha256"].values()}
    assert readings & set(manifest["spec_sha256"]) == readings
    assert facts["release_files"] == len(manifest["files"]) + 2  # itself and its signature
    assert facts["low"] < facts["index_0_100"] < facts["high"]
    assert (folder / "releases" / "2026" / "index.html").exists()
    again = json.loads(
        ok(capsys, "run", "--wave", "2026", "--workspace", folder, "--engine", "local", "--json")
    )
    skipped = ["collect", "estimate", "publish"]
    assert (again.pop("skipped"), again.pop("as_of")[:2], facts.pop("skipped")) == (skipped, "20", [])
    assert facts.pop("forced") == []
    assert again == facts
    monkeypatch.undo()
    assert_a_step_that_is_forced_is_done_again_and_others_are_left(capsys, folder)
    weighed = ok(capsys, "weigh", "--wave", "2026", "--workspace", folder, "--sector", "skin_care")
    assert "skin_care: 220 responses by base, raking, trimming; n_eff 200, deff 1.10." in weighed
    assert "2 strata, 220 clusters, 100 replicate weights." in weighed
    assert "  region: off by up to 11.09% before, 0.00% after" in weighed
    assert "    华东  target  32.00%  before  20.91%  after  32.00%  46 respondents" in weighed
    weights = Store.open(folder / "warehouse").table("core_weights_by_respondent", "2026")
    assert set(weights["replicates"].map(len)) == {100}
    totals = folder / "margins" / "region.csv"
    totals.write_text(totals.read_text(encoding="utf-8").replace("华东", "华东区"), encoding="utf-8")
    for command in (("weigh",), ("estimate", "--engine", "local")):
        code, out, err = run(capsys, *command, "--wave", "2026", "--workspace", folder)
        assert (code, out) == (2, "")
        assert "margins/region.csv, margin region: wave 2026 declares no value '华东区' of region" in err
        assert "Did you mean '华东'?" in err


def assert_a_step_that_is_forced_is_done_again_and_others_are_left(capsys, folder):
    of = ("--wave", "2026", "--workspace", folder, "--engine", "local")

    def done(*command):
        """What it said, and what was really done: the ledger's sectors estimated and releases."""
        ledger = Ledger.of(open_workspace(folder))
        before = len(ledger.events())
        said = ok(capsys, *command, *of)
        ends = [one for one in ledger.events()[before:] if one["event"] == "COMPLETE"]
        estimated = [one["sector"] for one in ends if one["job"] == "estimate"]
        return said, estimated, sum(one["job"] == "publish" for one in ends)

    said, *made = done("estimate")
    assert made == [[""], 0]
    assert "Not estimated again, as nothing changed: 1 sector" in said
    said, *made = done("estimate", "--force")
    assert made == [["skin_care", ""], 0]
    assert said.endswith("Done whether or not anything changed, as asked: estimate.\n")
    said, *made = done("run", "--force", "publish", "--json")
    assert made == [[""], 1]
    facts = json.loads(said)
    assert (facts["forced"], facts["kept"], facts["files_repeated"]) == (["publish"], True, 1)
    for wrong in ("collect", "publsh"):
        code, out, err = run(capsys, "run", "--force", wrong, *of)
        assert (code, out) == (2, "")
        assert f"'{wrong}' is not one of 'estimate', 'publish'" in err


def test_weigh_names_a_sector_that_is_not_there(capsys, nation):
    code, _, err = run(
        capsys, "weigh", "--wave", "2026Q1", "--workspace", nation.workspace.root, "--sector", "bnks"
    )
    assert code == 2
    assert "wave 2026Q1 has no sector bnks: dairy, bottled_water, banks." in err


@pytest.mark.parametrize("name", ["my survey", "调查 (2)", "$HOME", "plain-调查_1.2"])
def test_the_command_told_after_init_is_one_that_a_shell_takes_as_it_is_meant(capsys, tmp_path, name):
    folder = tmp_path / name
    told = ok(capsys, "init", folder).split("Next: ncsi ")[1].splitlines()[0]
    assert shlex.split(told) == ["run", "--wave", "2026", "--workspace", str(folder)]
    spoken = subprocess.run(
        ["/bin/sh", "-c", f"printf '%s\n' {told}"], check=True, capture_output=True, text=True
    )
    assert spoken.stdout.splitlines()[-1] == str(folder)


def test_init_never_writes_over_anything(capsys, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    code, _, err = run(capsys, "init", tmp_path)
    assert code == 2
    assert "is not empty" in err


def test_demo_refuses_a_folder_of_others(capsys, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    code, _, err = run(capsys, "demo", "--out", tmp_path)
    assert code == 2
    assert "holds other files" in err


def test_after_the_demo_a_run_of_either_wave_has_nothing_to_do(capsys, nation, tmp_path):
    root = shutil.copytree(nation.workspace.root, tmp_path / "demo")
    _remember(open_workspace(root), dict.fromkeys(nation.plan.waves, (["National index 70."], {})))
    for wave in nation.plan.waves:
        said = ok(capsys, "run", "--wave", wave, "--workspace", root, "--engine", "local")
        assert said.startswith(
            "National index 70.\nSkipped: collect, estimate, publish. Nothing changed since"
        )


def test_run_reads_aloud_well(capsys, nation):
    out = ok(
        capsys, "estimate", "--wave", "2026Q1", "--workspace", nation.workspace.root, "--engine", "local"
    )
    assert out.startswith("National index ")
    assert "3 sectors" in out
    assert "; change " in out


def test_wave_status(capsys, nation):
    out = ok(capsys, "wave", "status", "--wave", "2026Q1", "--workspace", nation.workspace.root)
    assert "bottled_water: " in out
    assert "below their quota" in out
    assert "index.html" in out


def test_wave_list(capsys, nation):
    out = ok(capsys, "wave", "list", "--workspace", nation.workspace.root)
    assert [line[:6] for line in out.splitlines()] == ["2025Q1", "2026Q1"]


def test_check_names_rule_row_and_column_and_never_the_answer(capsys, tmp_path):
    items = "OVERALLX,CUSTOMX,WRONGX,OVERALLQ,CUSTOMQ,WRONGQ,PQ,QP,SATIS,CONFIRM,IDEAL,COMP,REPUR"
    file = tmp_path / "survey.csv"
    file.write_text(
        f"respondent,sector,{items}\n1,s,8,8,8,8,8,8,8,8,8,8,8,0,8\n2,s,8,8,8,8,8,8,8,8,4711,8,8,0,8\n",
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "check", file, "--instrument", "acsi")
    assert code == 2
    assert "2 rows read" in out
    assert "row 3, column SATIS" in out
    assert "4711" not in out


def test_missing_file(capsys, tmp_path):
    code, _, err = run(capsys, "check", tmp_path / "none.csv", "--instrument", "acsi")
    assert code == 2
    assert "none.csv" in err


def test_groups_are_compared_by_both_engines(capsys, nation, tmp_path):
    where = ("--wave", "2026Q1", "--workspace", nation.workspace.root, "--sector", "dairy")
    options = ("--by", "brand", "--permutations", "20", "--least", "280")
    out = ok(capsys, "groups", *where, *options, "--out", tmp_path / "t")
    assert out.startswith("dairy by brand: ")
    assert "Left out as too small: " in out
    assert "20 permutations per pair." in out
    assert "invariance.\n    configural  chi2 " in out
    assert {path.stem for path in (tmp_path / "t").iterdir()} >= {
        "composition",
        "equality",
        "paths",
        "invariance",
    }
    facts = json.loads(ok(capsys, "groups", *where, *options, "--json"))
    assert facts["invariance"][0]["delta_p"] is None
    assert {row["invariance"] for row in facts["verdict"]} <= {"none", "partial", "full"}


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--by", "planet"), 2, "wave 2026Q1 has no variable planet: brand, region"),
        (
            ("--by", "brand", "--least", "100000"),
            1,
            "dairy: fewer than two groups of 'brand' have 100000 responses",
        ),
    ],
)
def test_groups_that_cannot_be_compared(capsys, nation, options, code, message):
    where = ("--wave", "2026Q1", "--workspace", nation.workspace.root, "--sector", "dairy")
    found, _, err = run(capsys, "groups", *where, *options)
    assert found == code
    assert message in err
