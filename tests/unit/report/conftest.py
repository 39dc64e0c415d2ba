"""One small release, made once for all tests of the report."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from ncsi.report import Release, ReleaseSpec, publish_release
from ncsi.report.content.provinces import PROVINCES
from ncsi.spec.background import Category, Variable
from ncsi.spec.wave import Wave

SECTORS = ("dairy", "edible_oil", "beer", "casual_wear", "banks", "schools")


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """The helper that invents specs and result tables."""
    path = Path(__file__).with_name("release_tables") / "__init__.py"
    spec = importlib.util.spec_from_file_location("release_tables", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["release_tables"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def spec(invented):
    return invented.release_spec(SECTORS)


@pytest.fixture(scope="session")
def tables(invented, spec):
    return invented.result_tables(spec)


@pytest.fixture(scope="session")
def release(tables, spec, common, once, tmp_path_factory) -> Release:
    """Made by whichever process of pytest asks first; each gets a copy of its own."""
    place = common / "invented" / "2026Q1"
    made: Release = once("invented", lambda: _published(tables, spec, place))
    own = shutil.copytree(place, tmp_path_factory.mktemp("releases") / "2026Q1")
    return replace(made, folder=own)


@pytest.fixture(scope="session")
def alone(invented) -> ReleaseSpec:
    """A first wave of one sector, and not national."""
    title = {"zh": "顾客满意度", "en": "Customer satisfaction"}
    spec = invented.release_spec(("dairy",), scope=None, previous=None, title=title, synthetic=False)
    return replace(spec, history=spec.history.tail(1))


@pytest.fixture(scope="session")
def of_one_sector(invented, alone, common, once) -> Release:
    """That wave released, with files to take along, for a site whose address is known: to be read, not changed."""
    asked = replace(alone, formats=("docx", "email", "png"), site_url="https://example.org/ncsi/")
    place = common / "of-one-sector" / "2026Q1"
    made: Release = once("of-one-sector", lambda: _published(invented.result_tables(asked), asked, place))
    return made


def _published(tables: dict[str, pd.DataFrame], spec: ReleaseSpec, place: Path) -> Release:
    place.parent.mkdir()
    return publish_release(tables, spec, place)


@pytest.fixture
def provinces_in_areas(tables, spec) -> Callable[..., tuple[dict[str, pd.DataFrame], Wave]]:
    """Of k provinces as areas, and `more` that were asked alone, the tables and the wave: the first far above, the
    second without figures, the last far below; `effective`: respondents in a sector's cell."""

    def made(k: int, more: int = 0, effective: float = 400.0) -> tuple[dict[str, pd.DataFrame], Wave]:
        asked = [one for one in PROVINCES if one.code not in ("71", "81", "82")][: k + more]
        nation = tables["out_index_national"]
        value = float(nation.loc[nation["construct"] == spec.target, "index_0_100"].iloc[0])
        away = np.zeros(k)
        away[0], away[-1] = 4.0, -4.0
        frame = pd.DataFrame({
            "dimension": "province", "area": [one.code for one in asked[:k]], "construct": spec.target, "sectors": 6,
            "n": 900, "index_0_100": value + away, "se": 0.4, "low": value + away - 0.8, "high": value + away + 0.8,
            "df": 500.0, "index_equal_0_100": value, "coverage": 0.4,
        })  # fmt: skip
        frame.loc[1, ["index_0_100", "se", "low", "high"]] = np.nan
        values = tuple(Category(id=one.code, label={"zh": one.name.zh, "en": one.name.en}) for one in asked)
        province = Variable(label={"zh": "省份", "en": "Province"}, values=values)
        wave = spec.wave.model_copy(update={"background": {**spec.wave.background, "province": province}})
        cells = tables["out_index_by_subgroup"]
        like = cells[(cells["construct"] == spec.target) & cells["index_0_100"].notna()]
        like = like.drop_duplicates("sector").assign(dimension="province", n_eff=effective)
        asked_of = [like.assign(subgroup=one.code) for one in asked[:k]]
        return {
            **tables,
            "out_index_by_area": frame,
            "out_index_by_subgroup": pd.concat([cells, *asked_of]),
        }, wave

    return made
