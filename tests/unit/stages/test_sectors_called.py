"""An id of the sector list that another sector got since the last release: nothing of the two is taken for one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ncsi.errors import SpecError
from ncsi.spec import open_workspace, schemas_root
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.stages.questionnaires import require_asked
from ncsi.stages.sectors_called import require_same_sectors
from ncsi.store import Store

OUT, NEXT = "2026", "2027"


@pytest.fixture
def root(published_example: Path, tmp_path: Path) -> Path:
    root = shutil.copytree(published_example, tmp_path / "ws")
    spec = yaml.safe_load((root / "waves" / f"{OUT}.yaml").read_text(encoding="utf-8"))
    spec |= {"id": NEXT, "previous": OUT, "release_date": "2027-12-01"}
    spec["field"] = {"start": "2027-02-01", "end": "2027-03-01"}
    spec = {key: value for key, value in spec.items() if key not in ("composites", "measures", "deliveries")}
    (root / "waves" / f"{NEXT}.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    return root


def called(root: Path, wave: str, sector: str = "dairy", **change: Any) -> WavePlan:
    """The wave beside a list that calls the sector otherwise."""
    spec = yaml.safe_load((schemas_root() / "sectors.yaml").read_text(encoding="utf-8"))
    next(one for one in spec["sectors"] if one["id"] == sector).update(change)
    (root / "sectors.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    return load_plan(open_workspace(root), wave)


OTHER = {"zh": "洗衣店", "en": "Laundries"}


@pytest.mark.parametrize("wave", [OUT, NEXT])
@pytest.mark.parametrize("sector", ["dairy", "beer"])
def test_an_id_of_another_sector_is_refused_with_what_to_do(root: Path, wave: str, sector: str) -> None:
    """Measured in the wave or not: a result carried forward stands under the name too."""
    plan = called(root, wave, sector, label=OTHER)
    with pytest.raises(SpecError) as told:
        require_asked(Store.open(root / "warehouse"), plan)
    words = str(told.value)
    assert f"sector {sector}" in words
    assert f"the release of wave {OUT} calls it" in words
    assert "洗衣店 (Laundries)" in words
    assert "formerly" in words


def test_a_name_that_is_known_in_one_language_or_told_as_an_earlier_one_is_the_same_sector(
    root: Path,
) -> None:
    then = next(
        one for one in load_plan(open_workspace(root), OUT).sectors.sectors if one.id == "dairy"
    ).label
    for wave in (OUT, NEXT):
        require_same_sectors(called(root, wave, label={"zh": "洗衣店", "en": f" {then.en.upper()} "}))
        before = [{"zh": "奶", "en": "Milk"}, then.model_dump()]
        require_same_sectors(called(root, wave, label=OTHER, formerly=before))


@pytest.mark.parametrize(
    "content", [b"", b"sector\nbeer\n", b"sector,label_zh,label_en\nbeer\n", b"\xff\xfe"]
)
def test_a_damaged_release_is_for_others_to_name(root: Path, content: bytes) -> None:
    (root / "releases" / OUT / "data" / "codes_sectors.csv").write_bytes(content)
    require_same_sectors(called(root, NEXT, label=OTHER))


def test_before_anything_is_out_names_are_free(root: Path) -> None:
    shutil.rmtree(root / "releases")
    for wave in (OUT, NEXT):
        require_same_sectors(called(root, wave, label=OTHER))
