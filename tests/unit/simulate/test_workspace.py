"""The demo workspace holds together, repeats to the byte, and overwrites only what is its own."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from ncsi.simulate import DEMO_SECTORS, write_workspace
from ncsi.simulate.workspace import DEMO_KEY
from ncsi.spec import load_sectors, open_workspace


def digests(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)
    }


def small(root: Path, **changed: object) -> None:
    settings = {"brands": 3, "respondents": 20, "sectors": ("dairy", "edible_oil", "sportswear", "banks")}
    write_workspace(root, **settings | changed)


@pytest.mark.parametrize("wave", ["2025Q1", "2026Q1"])
def test_every_wave_opens_and_every_source_has_one_file(nation, wave):
    spec = nation.workspace.wave(wave)
    assert spec.synthetic
    assert [len(nation.workspace.source_files(source)) for source in spec.sources] == [1] * len(spec.sources)
    assert {source.sector for source in spec.sources} == {sector.id for sector in spec.sectors}
    assert all(sector.quota == 60 for sector in spec.sectors)


def test_the_second_wave_follows_the_first(nation):
    assert nation.plan.waves == ("2025Q1", "2026Q1")
    assert nation.workspace.wave("2025Q1").previous is None
    assert nation.workspace.wave("2026Q1").previous == "2025Q1"


def test_brands_keep_their_names_and_cover_most_of_the_sector(nation):
    first, second = (nation.workspace.wave(wave) for wave in nation.plan.waves)
    assert first.sectors == second.sectors
    for sector in first.sectors:
        shares = [brand.share for brand in sector.brands]
        assert shares == sorted(shares, reverse=True)
        assert 0.7 <= sum(shares) <= 0.9


def test_the_same_seed_writes_the_same_bytes_also_over_itself(tmp_path):
    small(tmp_path / "a")
    small(tmp_path / "b")
    once = digests(tmp_path / "a")
    assert once == digests(tmp_path / "b")
    small(tmp_path / "a")
    assert once == digests(tmp_path / "a")


def test_another_seed_writes_other_answers(tmp_path):
    small(tmp_path / "a")
    small(tmp_path / "b", seed=7)
    a, b = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert a["truth/2025Q1.csv"] != b["truth/2025Q1.csv"]
    assert a["exports/2025Q1/dairy.csv"] != b["exports/2025Q1/dairy.csv"]


def test_a_sector_is_the_same_whatever_else_is_surveyed(tmp_path):
    small(tmp_path / "all")
    small(tmp_path / "one", sectors=("dairy",))
    name = "exports/2025Q1/dairy.csv"
    assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_the_key_is_private_and_opens(nation):
    assert stat.S_IMODE((nation.root / ".ncsi-key").stat().st_mode) == 0o600
    assert nation.workspace.key() == DEMO_KEY.encode()


def test_a_key_that_is_there_stays(tmp_path):
    key = tmp_path / ".ncsi-key"
    key.write_text("a-key-of-somebody-else\n")
    key.chmod(0o600)
    small(tmp_path)
    assert key.read_text() == "a-key-of-somebody-else\n"


def test_a_selection_written_over_another_is_not_read_twice(tmp_path):
    small(tmp_path)
    small(tmp_path, sectors=("banks", "dairy"))
    workspace = open_workspace(tmp_path)
    sources = workspace.wave("2025Q1").sources
    assert [len(workspace.source_files(source)) for source in sources] == [1, 1]


@pytest.mark.parametrize("wave", ["2026", "2026Q4", "2026W07"])
def test_any_wave_id_gets_dates_and_a_label(tmp_path, wave):
    small(tmp_path, waves=(wave,), sectors=("dairy",))
    spec = open_workspace(tmp_path).wave(wave)
    assert spec.field.start < spec.field.end < spec.release_date
    assert spec.label.en.startswith("2026")
    assert spec.label.zh.startswith("2026年")


def test_no_selection_means_every_shipped_sector(tmp_path):
    small(tmp_path, sectors=None, brands=1, respondents=15, waves=("2026Q1",))
    shipped = [sector.id for sector in load_sectors().sectors]
    assert [sector.id for sector in open_workspace(tmp_path).wave("2026Q1").sectors] == shipped
    assert set(DEMO_SECTORS) <= set(shipped)


def test_an_unknown_sector_and_too_many_brands_are_refused(tmp_path):
    with pytest.raises(KeyError, match="cheese"):
        small(tmp_path, sectors=("cheese",))
    with pytest.raises(ValueError, match=r"401 brands in 'dairy': there are names for 400\. Ask for fewer"):
        small(tmp_path, brands=401)
