"""The analyst's page: its blocks run as they stand, and it names every function of the bench."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import ncsi
from ncsi.lab import Result

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "analyst.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, nation: Any) -> dict[str, Any]:
    """What stands in the names of the page after its last block."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "warehouse").symlink_to(nation.workspace.warehouse)
    shutil.copy(ROOT / "tests" / "golden" / "golden.csv", folder / "survey.csv")
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for kind, text in BLOCK.findall(PAGE):
            if kind == "yaml":
                Path("short.yaml").write_text(text, encoding="utf-8")
            else:
                exec(compile(text, "docs/analyst.md", "exec"), names)  # noqa: S102
    return names


def test_every_block_runs_and_the_three_models_are_one(ran: dict[str, Any]) -> None:
    assert isinstance(ran["chains"], Result)
    assert [c.mode for c in ran["said"].constructs] == [c.mode for c in ran["text"].constructs]
    assert ran["said"].interactions == ran["text"].interactions
    assert ran["short"].item_ids == ("IMA1", "IMA2", "SAT1", "SAT2")
    assert len(ran["smaller"].paths) == len(ran["fit"].paths) - 1


def test_the_same_model_side_by_side_is_the_same(ran: dict[str, Any]) -> None:
    """In sentences and in text; and to semopy's estimates, which end where its optimiser does."""
    drawn, written = ran["drawn"].fit.paths, ran["as_paths"].paths
    keys = ["from", "to"]
    both = drawn.merge(written, on=keys)
    assert len(both) == len(drawn) == 3
    assert (both["estimate_x"] - both["estimate_y"]).abs().max() < 1e-12
    theirs = ran["theirs"].inspect()
    theirs = theirs[theirs["op"] == "~"].rename(columns={"lval": "lhs", "rval": "rhs", "Estimate": "theirs"})
    together = ran["ours"].tidy().merge(theirs[["lhs", "op", "rhs", "theirs"]], on=["lhs", "rhs"])
    assert len(together) == 3
    assert (together["estimate"] - together["theirs"].astype(float)).abs().max() < 1e-3


def test_the_columns_told_are_there(ran: dict[str, Any]) -> None:
    """Of the table of calls: what the result of the call that the page runs has under these names."""
    fit, boot, df, inst = (ran[name] for name in ("fit", "boot", "df", "inst"))
    made = {
        "mediation": ran["chains"], "importance": ncsi.importance(boot, "Satisfaction"),
        "predict": ncsi.predict(df, inst), "cvpat": ncsi.cvpat(fit, ran["smaller"]),
        "asymmetry": ncsi.asymmetry(df, inst, "Satisfaction"),
        "moderation": ncsi.moderation(fit, "Satisfaction", "Image", "Loyalty", replicates=20),
        "tetrads": ncsi.tetrads(fit),
        "split_tree": ncsi.split_tree(fit, by="region"),
        "gaussian_copula": ncsi.gaussian_copula(fit, replicates=20), "congruence": ncsi.congruence(boot),
        "ordinal_pls": ncsi.ordinal_pls(fit), "esse": ncsi.esse(fit),
        "segments": ncsi.segments(fit, k=(1, 2), starts=3, simulations=0),
        "nca": ncsi.nca(fit, "Satisfaction", permutations=20),
    }  # fmt: skip
    rows = dict(re.findall(r"^\| `ncsi\.(\w+)\(.*?\)` \| [^|]*\| ([^|]*) \|$", PAGE, re.MULTILINE))
    assert set(made) < set(rows)
    for name, found in made.items():
        columns, _, attributes = rows[name].partition("; ")
        told = [one.split()[0] for one in columns.split(", ")]
        assert [one for one in told if one not in found.columns] == [], name
        assert [one for one in re.findall(r"`\.(\w+)`", attributes) if not hasattr(found, one)] == [], name


def test_every_name_on_the_page_exists() -> None:
    named = set(re.findall(r"\bncsi\.([a-z_]+)\(", PAGE))
    assert {name for name in named if not hasattr(ncsi, name)} == set()
    assert len(named) > 20
