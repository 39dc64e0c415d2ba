"""A workspace finds its own specs, checks a wave against them, and guards its key."""

import os
import shutil
from pathlib import Path

import pytest

from ncsi.errors import ReadError, SpecError
from ncsi.ingest.read import read_file
from ncsi.spec import open_workspace, schemas_root

KEY = "NCSI_PSEUDONYM_KEY"
ACSI = Path(__file__).parents[3] / "docs" / "examples" / "acsi_2015"


@pytest.fixture
def root(tmp_path):
    """A copy of the shipped example workspace."""
    return Path(shutil.copytree(schemas_root() / "example", tmp_path / "ws"))


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(call, *parts):
    with pytest.raises(SpecError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)
    return caught.value


def test_example_workspace_holds_together(root):
    workspace = open_workspace(root)
    wave = workspace.wave("2026")
    assert workspace.wave_ids() == ("2026",)
    assert wave.synthetic
    assert [path.name for path in workspace.source_files(wave.sources[0])] == ["skin_care.csv"]
    header = (root / "data/skin_care.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    column_map = workspace.column_map("skin_care")
    assert {*column_map.columns.values(), *column_map.items.values(), *column_map.ignore} == set(header)
    assert (workspace.warehouse, workspace.releases) == (root / "warehouse", root / "releases")
    assert workspace.bands().version == "1.0.0"


def test_acsi_example_holds_together():
    workspace = open_workspace(ACSI)
    assert [sector.id for sector in workspace.wave("2015").sectors] == [
        "food_processing", "airlines", "internet_service", "banks",
    ]  # fmt: skip
    assert set(workspace.column_map("acsi").items) == set(workspace.instrument("acsi").item_ids)


def test_acsi_map_covers_the_real_file(shared):
    with shared("data", "acsi_2015_raw.csv").open(encoding="utf-8") as lines:
        header = next(lines).strip().split(",")
    column_map = open_workspace(ACSI).column_map("acsi")
    used = {*column_map.columns.values(), *column_map.items.values(), *column_map.ignore}
    assert used == set(header)


def test_own_instrument_and_sectors_take_precedence(root):
    preset = (schemas_root() / "instruments" / "fmcg.yaml").read_text(encoding="utf-8")
    own = preset.replace("version: 1.0.0", "version: 2.0.0")
    (root / "instruments" / "fmcg.yaml").write_text(own, encoding="utf-8")
    workspace = open_workspace(root)
    assert workspace.instrument("fmcg").version == "2.0.0"
    assert len(workspace.sectors().sectors) == 38
    shutil.copy(ACSI / "sectors.yaml", root)
    assert len(workspace.sectors().sectors) == 4
    refused(lambda: workspace.wave("2026"), "sectors[0].id (line", "there is no sector 'skin_care'")


def test_wave_ids_are_in_time_order(root):
    for name in ("2025Q4", "2025Q2", "2025W07", "notes", "2027"):
        (root / "waves" / f"{name}.yaml").touch()
    assert open_workspace(root).wave_ids() == ("2025W07", "2025Q2", "2025Q4", "2026", "2027")


def test_a_source_of_several_files_takes_each_once_and_wants_every_glob_met(root):
    path = root / "waves" / "2026.yaml"
    (root / "data" / "late.csv").touch()
    told = "[data/late.csv, data/*.csv, data/none_*.xlsx]"
    path.write_text(path.read_text(encoding="utf-8").replace("data/skin_care.csv", told), encoding="utf-8")
    workspace = open_workspace(root)
    source = workspace.wave("2026").sources[0]
    with pytest.raises(ReadError, match="none_"):
        workspace.source_files(source)
    found = workspace.source_files(source, partial=True)
    assert [one.name for one in found] == ["late.csv", "skin_care.csv"]
    path.write_text(path.read_text(encoding="utf-8").replace("data/none", "../none"), encoding="utf-8")
    refused(lambda: workspace.wave("2026"), "sources[0].files", "leads outside the workspace")


def test_no_workspace_names_init(tmp_path):
    error = refused(lambda: open_workspace(tmp_path), "there is no workspace here")
    assert error.cure == f"Make one with `ncsi init {tmp_path}`"


@pytest.mark.parametrize("name", ["../../evil", "2026/../2026", "", "2026Q5", "2026\n"])
def test_wave_names_that_could_leave_the_workspace(root, name):
    refused(lambda: open_workspace(root).wave(name), "is not a valid wave id")


@pytest.mark.parametrize("name", ["../skin_care", "/etc/passwd", "a b", "", "skin_care\n"])
def test_map_and_instrument_names_that_could_leave_the_workspace(root, name):
    workspace = open_workspace(root)
    refused(lambda: workspace.column_map(name), "is not a valid column map id")
    refused(lambda: workspace.instrument(name), "is not a valid instrument id")


def test_unknown_names_get_the_nearest(root):
    workspace = open_workspace(root)
    refused(lambda: workspace.wave("2025"), "there is no wave '2025'. Did you mean '2026'?")
    refused(lambda: workspace.column_map("skincare"), "Did you mean 'skin_care'?")
    refused(lambda: workspace.instrument("fmgc"), "there is no instrument 'fmgc'. Did you mean 'fmcg'?")


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ("map: skin_care,", "map: other,", "other.yaml", "there is no column map 'other'"),
        ("sector: skin_care}", "sector: banks}", "sources[0].sector", "no sector in this wave 'banks'"),
        ('id: "2026"', 'id: "2025"', "id", "the id is '2025' but the file is named '2026'"),
        ("data/skin_care.csv", "../*.csv", "sources[0].files", "leads outside the workspace"),
        ("data/skin_care.csv", "/etc/*", "sources[0].files", "leads outside the workspace"),
        ("data/skin_care.csv", "C:/data/*", "sources[0].files", "leads outside the workspace"),
        ("data/skin_care.csv", "data/**x/a", "sources[0].files", "names no files"),
        ("data/skin_care.csv", ".", "sources[0].files", "names no files"),
    ],
)
def test_wave_that_does_not_fit_its_workspace(root, old, new, where, says):
    edit(root / "waves/2026.yaml", old, new)
    refused(lambda: open_workspace(root).wave("2026"), where, says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("IMA1: Q1", "IMAX: Q1", "there is no item 'IMAX'. Did you mean 'IMA"),
        ("brand: 品牌", "brnad: 品牌", "there is no canonical column 'brnad'. Did you mean 'brand'?"),
        ("IMA2: Q2", "IMA2: Q1", "the file column 'Q1' is already mapped to 'IMA1'"),
        ("ignore: [备注]", "ignore: [Q3]", "the file column 'Q3' is both used and ignored"),
        ("  brand: {", "  colour: {", "'colour' is neither a canonical column nor an item"),
        ("ignore:", 'missing: {refused: ["9"], blank: ["9"]}\nignore:', "'9' already stands for refused"),
        ("ignore:", '  sector: {"1": nowhere}\nignore:', "there is no sector 'nowhere'"),
    ],
)
def test_map_that_does_not_fit(root, old, new, says):
    edit(root / "maps/skin_care.yaml", old, new)
    refused(lambda: open_workspace(root).wave("2026"), "skin_care", says)


def test_missing_data_file_is_named(root):
    (root / "data/skin_care.csv").unlink()
    workspace = open_workspace(root)
    with pytest.raises(ReadError, match=r"data/skin_care\.csv: no file matches"):
        workspace.source_files(workspace.wave("2026").sources[0])


def test_a_delivery_that_is_no_file_is_not_passed_over(root):
    """A link whose target is away would be a delivery that nobody misses; what reads files refuses it by name."""
    (root / "data/late.csv").symlink_to(root / "data" / "away.csv")
    (root / "data/folder.csv").mkdir()
    workspace = open_workspace(root)
    source = workspace.wave("2026").sources[0].model_copy(update={"files": "data/*.csv"})
    found = [one.name for one in workspace.source_files(source)]
    assert found == ["late.csv", "skin_care.csv"]
    with pytest.raises(ReadError, match="is a link, not a file"):
        read_file(root / "data" / "late.csv")


def test_data_link_out_of_the_workspace(root, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n", encoding="utf-8")
    (root / "data/skin_care.csv").unlink()
    (root / "data/skin_care.csv").symlink_to(outside)
    workspace = open_workspace(root)
    with pytest.raises(ReadError, match="leads outside the workspace"):
        workspace.source_files(workspace.wave("2026").sources[0])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("releases: releases", "releases: warehouse/out", "releases 'warehouse/out' lies inside warehouse"),
        ("key_file: .ncsi-key", "key_file: releases/key", "key_file 'releases/key' lies inside releases"),
        ("releases: releases", "releases: .", "lies inside releases '.'"),
        ("warehouse: warehouse", "warehose: warehouse", "unknown key 'warehose'. Did you mean 'warehouse'?"),
        ("ncsi/workspace/1", "ncsi/workspace/2", "It must be 'ncsi/workspace/1'"),
    ],
)
def test_settings_that_do_not_hold(root, old, new, says):
    edit(root / "ncsi.yaml", old, new)
    refused(lambda: open_workspace(root), "ncsi.yaml", says)


def test_key_from_file_and_environment(root, monkeypatch):
    monkeypatch.delenv(KEY, raising=False)
    path = root / ".ncsi-key"
    path.write_text("0123456789abcdef\n", encoding="utf-8")
    path.chmod(0o600)
    assert open_workspace(root).key() == b"0123456789abcdef"
    monkeypatch.setenv(KEY, "from the environment")
    assert open_workspace(root).key() == b"from the environment"


def test_key_problems(root, monkeypatch):
    monkeypatch.delenv(KEY, raising=False)
    key, path = open_workspace(root).key, root / ".ncsi-key"
    refused(key, "there is no pseudonym key", f"Set {KEY}", str(path))
    path.write_text("too short secret"[:15], encoding="utf-8")
    path.chmod(0o600)
    error = refused(key, "the pseudonym key has 15 bytes, fewer than 16")
    assert "too short" not in str(error)
    monkeypatch.setenv(KEY, "short")
    assert refused(key, "5 bytes").where == KEY


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_key_open_to_every_user(root, monkeypatch):
    monkeypatch.delenv(KEY, raising=False)
    path = root / ".ncsi-key"
    path.write_text("0123456789abcdef", encoding="utf-8")
    path.chmod(0o644)
    refused(open_workspace(root).key, "open to every user", f"chmod 600 {path}")


def test_sector_that_the_list_lacks(root):
    path = root / "waves/2026.yaml"
    edit(path, "skin_care        #", "skincare        #")
    edit(path, "sector: skin_care}", "sector: skincare}")
    refused(
        lambda: open_workspace(root).wave("2026"),
        "sectors[0].id (line",
        "there is no sector 'skincare'. Did you mean 'skin_care'?",
    )


def test_instrument_of_a_sector(root):
    workspace = open_workspace(root)
    assert workspace.instrument_of("banks").id == "service"
    refused(lambda: workspace.instrument_of("bank"), "there is no sector 'bank'. Did you mean 'banks'?")


def test_a_map_that_names_an_unknown_brand_is_refused_with_its_line(root):
    edit(root / "maps" / "skin_care.yaml", '{"1": A, "2": B}', '{"1": A, "2": C}')
    refused(
        lambda: open_workspace(root).wave("2026"),
        "skin_care.yaml: values.brand.2 (line 35)", "there is no brand 'C'. The brands are: A, B",
    )  # fmt: skip


def test_a_map_may_name_a_brand_of_another_wave(root):
    other = (root / "waves" / "2026.yaml").read_text(encoding="utf-8")
    other = other.replace('id: "2026"', 'id: "2025"').replace("2026-", "2025-").replace("{id: B,", "{id: C,")
    (root / "waves" / "2025.yaml").write_text(other, encoding="utf-8")
    edit(root / "maps" / "skin_care.yaml", '{"1": A, "2": B}', '{"1": A, "2": B, "3": C}')
    assert open_workspace(root).wave("2026").id == "2026"


def test_a_map_that_names_an_unknown_item_is_refused_with_its_line(root):
    edit(root / "maps" / "skin_care.yaml", "  IMA1: Q1\n", "  IMA9: Q1\n")
    refused(lambda: open_workspace(root).wave("2026"), "items.IMA9 (line 11)", "Did you mean 'IMA")
