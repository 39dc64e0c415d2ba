"""Quotas by cell from a sample size and the population's totals."""

import csv
from math import prod

import pytest

from ncsi.cli import main
from ncsi.errors import SpecError
from ncsi.simulate.agencies import WAVE, write_field_workspace
from ncsi.spec import MarginRow, MarginTable, open_workspace
from ncsi.stages.quota_file import write_quotas
from ncsi.waves.quota_plan import allocated, cell_shares


def table(by, **totals):
    rows = tuple(MarginRow(tuple(name.split("_")), size, "source", 2025) for name, size in totals.items())
    return MarginTable("f.csv", by, rows, "0" * 64)


JOINT = table(("region", "tier"), n_1=10, n_2=30, s_1=40, s_2=20)
AGE = table(("age",), young=60, old=40)


def test_variables_of_one_table_stay_together_and_those_of_others_are_independent():
    assert cell_shares([AGE, JOINT], ["tier", "region"], "x") == {
        ("1", "n"): 0.1, ("2", "n"): 0.3, ("1", "s"): 0.4, ("2", "s"): 0.2,
    }  # fmt: skip
    assert cell_shares([JOINT, AGE], ["region"], "x") == {("n",): 0.4, ("s",): 0.6}
    both = cell_shares([JOINT, AGE], ["age", "tier"], "x")
    assert both["old", "1"] == pytest.approx(prod((0.4, 0.5)))
    assert sum(both.values()) == pytest.approx(1)


def test_a_variable_without_totals_is_named():
    with pytest.raises(SpecError, match="no margin of the wave has totals of 'gender'"):
        cell_shares([JOINT], ["region", "gender"], "x")


@pytest.mark.parametrize("n", [0, 1, 7, 270, 271])
def test_cells_sum_to_the_sample(n):
    shares = {("a",): 0.335, ("b",): 0.335, ("c",): 0.33}
    made = allocated(n, shares)
    assert sum(made.values()) == n
    assert all(abs(made[cell] - n * share) < 1 for cell, share in shares.items())


def test_the_largest_remainders_are_rounded_up():
    assert allocated(10, {("a",): 0.45, ("b",): 0.35, ("c",): 0.20}) == {("a",): 5, ("b",): 3, ("c",): 2}


@pytest.fixture
def workspace(tmp_path):
    write_field_workspace(tmp_path, brands=2, quota=40)
    return open_workspace(tmp_path)


def test_what_is_written_is_what_a_wave_reads(workspace):
    path = workspace.root / "quotas" / "planned.csv"
    rows = write_quotas(workspace, WAVE, {"banks": 270}, ["city_tier", "age_group"], path)
    wave = workspace.wave(WAVE).model_copy(update={"quotas": "quotas/planned.csv"})
    cells = workspace.quotas(wave)
    assert len(cells) == rows == 2 * 3 * 4
    assert sum(one.target for one in cells if one.brand == "B01") == 270
    with pytest.raises(SpecError, match="is there already"):
        write_quotas(workspace, WAVE, {"banks": 270}, [], path)
    with pytest.raises(SpecError, match="has no background variable 'tier'"):
        write_quotas(workspace, WAVE, {"banks": 270}, ["tier"], workspace.root / "other.csv")


def test_plan_writes_quotas_of_a_margin_on_the_command_line(nation, capsys, tmp_path):
    path = tmp_path / "quotas.csv"
    main(["wave", "plan", "--wave", "2026Q1", "--margin", "2", "--quotas", str(path), "--by", "region", "--workspace",
          str(nation.workspace.root)])  # fmt: skip
    assert f"cells in {path}" in capsys.readouterr().out
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["region"] for row in rows} == {"east", "central", "west", "northeast"}
    assert len({row["sector"] for row in rows}) == 3
