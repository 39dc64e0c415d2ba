"""A release as SDMX: what pysdmx reads back is what the tables hold."""

import json

import pandas as pd
import pytest

pytest.importorskip("pysdmx", reason="pysdmx is not installed: pip install 'ncsi[sdmx]'")

from pysdmx.io.csv.sdmx20.reader import read as read_csv
from pysdmx.io.json.sdmxjson2.reader.structure import read as read_structure

from ncsi.cli.main import main
from ncsi.errors import InputError
from ncsi.report.sdmx import write_sdmx
from ncsi.report.sdmx.observations import time_period

KEY = ["GROUP", "SECTOR", "BRAND", "CONSTRUCT"]


@pytest.fixture(scope="module")
def exported(release, tmp_path_factory):
    return write_sdmx(release.folder, tmp_path_factory.mktemp("sdmx"))


@pytest.fixture(scope="module")
def observed(exported):
    (dataset,) = read_csv(exported.data.read_text(encoding="utf-8"))
    return dataset.data


@pytest.fixture(scope="module")
def structure(exported):
    return read_structure(exported.structure.read_text(encoding="utf-8"), validate=True)


def test_every_published_index_is_an_observation(observed, release, spec):
    assert not observed.duplicated(KEY).any()
    assert set(observed["TIME_PERIOD"]) == {"2026-Q1"}
    brands = pd.read_csv(release.folder / "data" / "out_index_by_brand.csv")
    for _, row in brands.iterrows():
        found = observed[
            (observed["BRAND"] == f"{row.sector}-{row.brand}") & (observed["CONSTRUCT"] == row.construct)
        ]
        (value,) = pd.to_numeric(found["OBS_VALUE"]).tolist()
        assert value == pytest.approx(row.index_0_100, nan_ok=True)
        assert found["OBS_STATUS"].tolist() == [{"published": "A", "indicative": "U"}.get(row.status, "Q")]
    nation = observed[(observed["GROUP"] == "_T") & (observed["CONSTRUCT"] == spec.target)]
    assert float(nation["OBS_VALUE"].item()) == pytest.approx(
        json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))["headline"]["index_0_100"]
    )


def test_a_brand_that_is_not_published_has_a_status_and_no_figure(observed):
    hidden = observed[observed["OBS_STATUS"] == "Q"]
    assert len(hidden)
    for name in ("OBS_VALUE", "STD_ERROR", "CI_LOW", "CI_HIGH"):
        assert set(hidden[name]) <= {"", "NaN"}


def test_the_structure_declares_every_column_and_every_code(observed, structure):
    (described,) = structure.get_data_structure_definitions()
    columns = [component.id for component in described.components]
    assert set(columns) == set(observed.columns) - {"ACTION"}
    lists = {one.id.removeprefix("CL_"): {code.id for code in one.items} for one in structure.get_codelists()}
    assert set(lists) == {"FREQ", "GROUP", "SECTOR", "BRAND", "CONSTRUCT", "OBS_STATUS"}
    for name, codes in lists.items():
        assert set(observed[name]) <= codes, name


def test_codes_carry_both_labels_as_they_are(structure, invented):
    (brands,) = [one for one in structure.get_codelists() if one.id == "CL_BRAND"]
    assert set(invented.HOSTILE) <= {code.name for code in brands.items}
    (constructs,) = [one for one in structure.get_codelists() if one.id == "CL_CONSTRUCT"]
    labels = {code.id: (code.name, code.description) for code in constructs.items}
    assert labels["Quality"] == ("Perceived quality", "感知质量")


def test_the_same_release_gives_the_same_bytes(exported, release, tmp_path):
    again = write_sdmx(release.folder, tmp_path)
    assert again.data.read_bytes() == exported.data.read_bytes()
    assert again.structure.read_bytes() == exported.structure.read_bytes()


@pytest.mark.parametrize(
    ("wave", "period"),
    [("2026", ("A", "2026")), ("2026Q1", ("Q", "2026-Q1")), ("2026W07", ("W", "2026-W07"))],
)
def test_waves_become_time_periods(wave, period):
    assert time_period(wave) == period


def test_the_command_says_what_it_wrote_and_where_a_release_is_not(release, tmp_path, capsys):
    main(["sdmx", str(release.folder), "--out", str(tmp_path / "out")])
    assert "observations in" in capsys.readouterr().out
    with pytest.raises(InputError, match="there is no manifest"):
        write_sdmx(tmp_path, tmp_path)
