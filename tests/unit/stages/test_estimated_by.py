"""A release says how its figures were made: of specs that were changed since, it is not made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ncsi.errors import OutOfOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import WavePlan, load_plan
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


@pytest.mark.parametrize("content", [b"", b"{", b"5", b"\xff"])
def test_what_is_kept_of_it_and_cannot_be_read_is_not_believed(root: Path, content: bytes) -> None:
    (root / "runs" / WAVE / "estimated_by.json").write_bytes(content)
    with pytest.raises(OutOfOrder, match=r"cannot be read\. Run `ncsi estimate --wave 2026` first"):
        publish_wave(load_plan(open_workspace(root), WAVE))
