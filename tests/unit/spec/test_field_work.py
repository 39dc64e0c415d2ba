"""Agencies and quotas as they are written down, and what is refused."""

from datetime import date

import pytest

from ncsi.errors import SpecError
from ncsi.simulate.agencies import CELLS, WAVE, write_field_workspace
from ncsi.spec import open_workspace


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_field_workspace(tmp_path_factory.mktemp("field"), brands=3, quota=60)


@pytest.fixture
def workspace(written, tmp_path):
    """The specs alone, to be spoilt."""
    for folder in ("waves", "quotas", "margins"):
        (tmp_path / folder).mkdir()
        for path in (written.root / folder).iterdir():
            (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    for name in ("ncsi.yaml", "agencies.yaml"):
        (tmp_path / name).write_bytes((written.root / name).read_bytes())
    return open_workspace(tmp_path)


def rewrite(workspace, name, old, new):
    path = workspace.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_quotas_of_a_wave(workspace):
    wave = workspace.wave(WAVE)
    quotas = workspace.quotas(wave)
    assert len(quotas) == 3 * 3 * 4
    assert {one.family for one in quotas} == {("brand", *CELLS)}
    assert [one.agency for one in wave.deliveries] == ["jia", "yi", "bing"]
    assert [one.label.en for one in workspace.agencies()] == ["Agency A", "Agency B", "Agency C"]


def test_sectors_that_the_file_leaves_out_keep_the_quota_of_each_brand(workspace):
    wave = workspace.wave(WAVE)
    plain = wave.model_copy(
        update={"quotas": None, "sectors": (wave.sectors[0].model_copy(update={"quota": 40}),)}
    )
    assert [(one.brand, one.target) for one in workspace.quotas(plain)] == [
        ("B01", 40),
        ("B02", 40),
        ("B03", 40),
    ]
    nobody = plain.model_copy(update={"sectors": (plain.sectors[0].model_copy(update={"brands": ()}),)})
    assert [(one.brand, one.target) for one in workspace.quotas(nobody)] == [(None, 40)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bank,B01,tier_1,18_29,9", "row 2, column sector: there is no sector 'bank'"),
        ("banks,B9,tier_1,18_29,9", "row 2, column brand: there is no brand 'B9'"),
        ("banks,B01,tier_9,18_29,9", "row 2, column city_tier: there is no city_tier 'tier_9'"),
        ("banks,B01,tier_1,18_29,0", "row 2, column target: '0' is no whole number above 0"),
        ("banks,B01,tier_1,18_29,9.5", "row 2, column target: '9.5' is no whole number above 0"),
        ("banks,B01,tier_1,18_29,١٢", "row 2, column target"),
        ("banks,B01,tier_1,18_29", "row 2: has 4 cells for 5 columns"),
        ("banks,B02,tier_1,18_29,9", "is the cell of row 2 again"),
    ],
)
def test_a_wrong_row_is_named_with_its_cure(workspace, row, said):
    path = workspace.root / "quotas" / f"{WAVE}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], row, *lines[2:]]), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        workspace.quotas(workspace.wave(WAVE))
    assert said in str(error.value)
    assert f"{WAVE}.csv" in str(error.value)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("sector,brand,tier,age_group,target", "unknown column 'tier'"),
        ("sector,brand,city_tier,age_group,n", "unknown column 'n'"),
        ("sector,brand,brand,age_group,target", "the column 'brand' is given twice"),
        ("brand,city_tier,age_group,target", "the column 'sector' is missing"),
    ],
)
def test_a_wrong_header_is_named(workspace, header, said):
    path = workspace.root / "quotas" / f"{WAVE}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *lines[1:]]), encoding="utf-8")
    with pytest.raises(SpecError, match=said):
        workspace.quotas(workspace.wave(WAVE))


def test_a_file_that_is_not_there_or_empty_or_no_text(workspace):
    wave, path = workspace.wave(WAVE), workspace.root / "quotas" / f"{WAVE}.csv"
    path.write_bytes("sector,target\n银行".encode("gb18030"))
    with pytest.raises(SpecError, match="is not UTF-8"):
        workspace.quotas(wave)
    path.write_text("sector,target\n\n", encoding="utf-8")
    with pytest.raises(SpecError, match="has no quotas"):
        workspace.quotas(wave)
    path.unlink()
    with pytest.raises(SpecError, match="there is no such file of quotas"):
        workspace.quotas(wave)


def test_an_agency_that_nobody_knows_is_refused_where_it_stands(workspace):
    rewrite(workspace, f"waves/{WAVE}.yaml", "agency: jia", "agency: ja")
    with pytest.raises(SpecError, match=r"line \d+\): there is no agency in agencies.yaml 'ja'"):
        workspace.wave(WAVE)
    (workspace.root / "agencies.yaml").unlink()
    with pytest.raises(SpecError, match=r"agencies\.yaml"):
        workspace.wave(WAVE)


def test_two_agencies_of_one_name_and_a_deadline_before_fieldwork_are_refused(workspace):
    rewrite(workspace, "agencies.yaml", "id: yi", "id: jia")
    with pytest.raises(SpecError, match="agency 'jia'"):
        workspace.agencies()
    rewrite(workspace, "agencies.yaml", "id: jia\n  label:\n    zh: 乙", "id: yi\n  label:\n    zh: 乙")
    wave = workspace.root / "waves" / f"{WAVE}.yaml"
    text = wave.read_text(encoding="utf-8").replace("every: day", "every: day\n  deadline: 2026-11-01", 1)
    wave.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="its deadline 2026-11-01 is before fieldwork"):
        workspace.wave(WAVE)


def test_quotas_do_not_lead_outside(workspace):
    rewrite(workspace, f"waves/{WAVE}.yaml", f"quotas: quotas/{WAVE}.csv", "quotas: ../q.csv")
    with pytest.raises(SpecError, match="leads outside the workspace"):
        workspace.wave(WAVE)


def test_the_simulation_writes_the_same_bytes_and_what_goes_wrong_in_life(written, tmp_path):
    again = write_field_workspace(tmp_path, brands=3, quota=60)
    assert [one.path.read_bytes() for one in again.files] == [one.path.read_bytes() for one in written.files]
    kinds = [one.what for one in written.files]
    assert {kind: kinds.count(kind) for kind in ("late", "corrected", "renamed", "foreign")} == {
        "late": 3, "corrected": 1, "renamed": 1, "foreign": 1,
    }  # fmt: skip
    assert {one.day for one in written.files if one.what == "late"} == {date(2026, 11, 15)}
