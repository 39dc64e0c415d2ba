"""A release says how its figures were made: of specs that were changed since, it is not made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from ncsi.cli.say import estimated
from ncsi.errors import OutOfOrder
from ncsi.spec import open_workspace, schemas_root
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.stages.estimate import SectorOutcome
from ncsi.stages.nation import estimate_nation
from ncsi.stages.publish import publish_wave, results

WAVE = "2026"


@pytest.fixture
def root(published_example: Path, tmp_path: Path) -> Path:
    return shutil.copytree(published_example, tmp_path / "ws")


def changed(root: Path, change: Callable[[dict[str, Any]], None]) -> WavePlan:
    path = root / "waves" / f"{WAVE}.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(spec)
    path.write_text(yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_plan(open_workspace(root), WAVE)


def first_brand(spec: dict[str, Any]) -> dict[str, Any]:
    return next(brand for sector in spec["sectors"] for brand in sector["brands"])


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "seed": lambda spec: spec.update(seed=7),
    "level": lambda spec: spec.update(level=0.9),  # else pages call intervals of 95 % those of 90
    "replicates": lambda spec: spec.update(replicates=200),
    "previous": lambda spec: spec.update(previous="2024"),
    "sectors": lambda spec: first_brand(spec).update(share=0.3),
}


@pytest.mark.parametrize("key", CHANGES)
def test_what_figures_follow_from_may_not_be_changed_between_estimate_and_release(
    root: Path, key: str
) -> None:
    plan = changed(root, CHANGES[key])
    before = (root / "releases" / WAVE / "manifest.json").read_bytes()
    with pytest.raises(OutOfOrder, match=rf"changed since it was estimated: {key}\. .*Run `ncsi estimate"):
        publish_wave(plan)
    assert (root / "releases" / WAVE / "manifest.json").read_bytes() == before


def test_what_readers_alone_are_told_may_be_corrected(root: Path) -> None:
    def corrected(spec: dict[str, Any]) -> None:
        first_brand(spec)["label"]["en"] = "A corrected name"
        spec["title"]["en"] = "A corrected title"
        spec["revisions"] = [{"date": "2026-11-01", "note": {"zh": "改", "en": "Corrected"}}]

    _, release = results(changed(root, corrected), datetime.now(UTC))
    assert release.wave.title.en == "A corrected title"


def test_of_results_of_an_earlier_version_it_is_not_known(root: Path) -> None:
    (root / "runs" / WAVE / "estimated_by.json").unlink()
    results(changed(root, CHANGES["seed"]), datetime.now(UTC))


def listed_otherwise(root: Path, change: Callable[[list[dict[str, Any]]], None]) -> WavePlan:
    """The wave beside a list of sectors of which something is changed."""
    spec = yaml.safe_load((schemas_root() / "sectors.yaml").read_text(encoding="utf-8"))
    change(spec["sectors"])
    (root / "sectors.yaml").write_text(
        yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return load_plan(open_workspace(root), WAVE)


def swapped(sectors: list[dict[str, Any]]) -> None:
    """Shares of next year: those of two sectors change places."""
    by_id = {one["id"]: one for one in sectors}
    dairy, skin_care = by_id["dairy"], by_id["skin_care"]
    dairy["share"], skin_care["share"] = skin_care["share"], dairy["share"]
    dairy["share"]["year"] = 2026


def regrouped(sectors: list[dict[str, Any]]) -> None:
    next(one for one in sectors if one["id"] == "skin_care")["group"] = "services"


def joined(sectors: list[dict[str, Any]]) -> None:
    dairy = next(one for one in sectors if one["id"] == "dairy")
    sectors.append({**dairy, "id": "cheese", "label": {"zh": "奶酪", "en": "Cheese"}})
    for one in (dairy, sectors[-1]):
        one["share"] = {**one["share"], "value": 0.025}


@pytest.mark.parametrize(
    ("change", "named"), [(swapped, "dairy, skin_care"), (regrouped, "skin_care"), (joined, "cheese, dairy")]
)
def test_a_wave_that_is_not_out_is_not_published_by_other_shares_than_the_list_has(
    root: Path, change: Callable[[list[dict[str, Any]]], None], named: str
) -> None:
    shutil.rmtree(root / "releases")
    plan = listed_otherwise(root, change)
    with pytest.raises(
        OutOfOrder, match=f"something else of {named} than .*Run `ncsi estimate --wave {WAVE}` first"
    ):
        results(plan, datetime.now(UTC))
    estimate_nation(plan)
    _, release = results(plan, datetime.now(UTC))
    assert release.sectors == plan.sectors


@pytest.mark.parametrize("change", [swapped, regrouped, joined])
def test_a_wave_that_is_out_goes_on_with_the_list_that_it_was_estimated_by(
    root: Path, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    before = load_plan(open_workspace(root), WAVE)
    _, then = results(before, datetime.now(UTC))
    tables, release = results(listed_otherwise(root, change), datetime.now(UTC))
    assert release.sectors == then.sectors == before.sectors
    assert release.provenance == then.provenance, "the same figures have another name"
    shares = {one.id: one.share.value for one in release.sectors.sectors}
    basis = tables["out_basis_by_sector"]
    assert shares == dict(zip(basis["sector"], basis["share"], strict=True))


def revised(**more: object) -> Callable[[dict[str, Any]], None]:
    note = {"date": "2026-11-01", "note": {"zh": "改", "en": "Corrected"}, **more}
    return lambda spec: spec.update(revisions=[*spec.get("revisions", []), note])


@pytest.mark.parametrize("change", [swapped, regrouped, joined])
def test_a_revision_is_estimated_by_the_list_of_the_wave_that_is_out(
    root: Path, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    tables, then = results(load_plan(open_workspace(root), WAVE), datetime.now(UTC))
    listed_otherwise(root, change)
    plan = changed(root, revised())
    outcome = estimate_nation(plan)
    again, release = results(plan, datetime.now(UTC))
    assert release.sectors == then.sectors, "an old wave has the shares of a later year"
    for name in ("out_index_national", "out_index_by_group", "out_basis_by_sector"):
        pd.testing.assert_frame_equal(again[name], tables[name])
    assert outcome.list_kept
    said, facts = estimated([SectorOutcome(one, 500, 75.0, 74.0, 76.0) for one in plan.sector_ids], outcome)
    assert any(
        "By the groups and shares of its release" in one and outcome.list_kept[0] in one for one in said
    )
    assert facts["list_kept"] == list(outcome.list_kept)


def test_a_revision_that_corrects_the_list_says_so(root: Path) -> None:
    listed_otherwise(root, swapped)
    plan = changed(root, revised(sector_list=True))
    with pytest.raises(OutOfOrder, match="something else of dairy, skin_care"):
        results(plan, datetime.now(UTC))
    assert estimate_nation(plan).list_kept == ()
    _, release = results(plan, datetime.now(UTC))
    assert release.sectors == plan.sectors
    publish_wave(plan)
    listed_otherwise(root, list)
    later = changed(root, revised())
    assert estimate_nation(later).list_kept == ("dairy", "skin_care"), (
        "a correction that is out holds for no other"
    )


def test_a_wave_that_is_not_out_is_estimated_by_the_list_of_today(root: Path) -> None:
    shutil.rmtree(root / "releases")
    assert estimate_nation(listed_otherwise(root, swapped)).list_kept == ()


def test_a_release_whose_group_left_the_list_is_not_made_anew(root: Path) -> None:
    def gone(spec: list[dict[str, Any]]) -> None:
        regrouped(spec)
        for one in spec:
            one["group"] = "services" if one["group"] == "household_goods" else one["group"]

    listed_otherwise(root, gone)
    path = root / "sectors.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    spec["groups"] = [one for one in spec["groups"] if one["id"] != "household_goods"]
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    with pytest.raises(OutOfOrder, match="the group household_goods of its results has left the sector list"):
        results(load_plan(open_workspace(root), WAVE), datetime.now(UTC))


@pytest.mark.parametrize("content", [b"", b"{", b"5", b"\xff"])
def test_what_is_kept_of_it_and_cannot_be_read_is_not_believed(root: Path, content: bytes) -> None:
    (root / "runs" / WAVE / "estimated_by.json").write_bytes(content)
    with pytest.raises(OutOfOrder, match=r"cannot be read\. Run `ncsi estimate --wave 2026` first"):
        publish_wave(load_plan(open_workspace(root), WAVE))
