"""`ncsi wave plan`: sizes from options, and from what a wave taught."""

from __future__ import annotations

import json

import pytest

from ncsi.cli import main


def test_from_options(capsys):
    main(["wave", "plan", "--deff", "1.3", "--n", "250", "--response-rate", "0.3"])
    out = capsys.readouterr().out
    assert "margin ±1 points" in out
    assert "1,036, 3,454 invited" in out
    assert "250 per brand give ±2.0" in out


def test_from_the_results_of_a_wave(capsys, nation):
    wave = nation.plan.waves[-1]
    main(["wave", "plan", "--wave", wave, "--workspace", str(nation.workspace.root), "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert facts["results_of"] == wave
    assert {row["sector"] for row in facts["sizes"]} == {"dairy", "bottled_water", "banks"}
    for row in facts["sizes"]:
        assert 8 < row["sd"] < 25
        told = row["with_n"]
        assert told["margin"] == pytest.approx(1.96 * row["sd"] * (row["deff"] / told["n"]) ** 0.5, rel=1e-3)


@pytest.mark.parametrize(
    ("option", "value"), [("--margin", "0"), ("--deff", "0.5"), ("--response-rate", "30")]
)
def test_what_cannot_be_is_bad_input(capsys, option, value):
    with pytest.raises(SystemExit) as stopped:
        main(["wave", "plan", option, value])
    assert stopped.value.code == 2
    assert option.strip("-").replace("-", " ") in capsys.readouterr().err


def test_a_wave_that_taught_nothing(capsys, workspace):
    with pytest.raises(SystemExit) as stopped:
        main(["wave", "plan", "--wave", "2026", "--workspace", str(workspace.root)])
    assert stopped.value.code != 0
    assert "Traceback" not in capsys.readouterr().err
