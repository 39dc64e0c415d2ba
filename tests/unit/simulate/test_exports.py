"""Exports are of every kind that platforms write, and hold the faults the plan lists, no more."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from ncsi.fonts import FONTS
from ncsi.simulate.fieldwork import MISSING, REGIONS, SOWN
from ncsi.simulate.names import MOST_BRANDS, brand_names
from ncsi.spec import load_sectors

LEADING = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
PARADATA = ["respondent", "brand", "region", "weight", "submitted_at", "duration_s"]
WHO = ["city_tier", "age_group", "gender"]


def item_cells(nation, rows: pd.DataFrame, sector: str) -> pd.DataFrame:
    return rows[list(nation.workspace.instrument_of(sector).item_ids)]


def test_every_kind_of_file_is_written(nation):
    files = sorted((nation.root / "exports" / "2025Q1").iterdir())
    csv = [path.read_bytes() for path in files if path.suffix == ".csv"]
    with_bom = [text for text in csv if text.startswith(b"\xef\xbb\xbf")]
    utf8 = [text for text in csv if text not in with_bom and _is_utf8(text)]
    chinese = [text for text in csv if not _is_utf8(text)]
    assert with_bom
    assert utf8
    assert all("很好" in text.decode("gb18030") for text in chinese)
    assert chinese
    assert {path.suffix for path in files} == {".csv", ".xlsx", ".parquet"}
    maps = [source.map for source in nation.workspace.wave("2025Q1").sources if source.map]
    assert maps
    assert all(nation.workspace.column_map(one).dialect == "wjx_index" for one in maps)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("wave", ["2025Q1", "2026Q1"])
@pytest.mark.parametrize("sector", ["dairy", "edible_oil", "bottled_water", "sportswear", "schools"])
def test_plain_exports_hold_the_canonical_columns(nation, wave, sector):
    rows, field = nation.read(wave, sector), nation.workspace.wave(wave).field
    instrument = nation.workspace.instrument_of(sector)
    assert list(rows.columns) == [*PARADATA, *WHO, *instrument.item_ids]
    days = pd.to_datetime(rows["submitted_at"]).dt.date
    assert days.min() >= field.start
    assert days.max() <= field.end
    assert set(rows["region"]) == set(REGIONS)
    assert (rows["duration_s"].astype(int) > 30).all()


@pytest.mark.parametrize("wave", ["2025Q1", "2026Q1"])
def test_faults_in_the_files_are_those_sown(nation, wave):
    assert (nation.plan.sown.groupby(["wave", "sector"])["count"].sum() == sum(SOWN.values())).all()
    for sector in ("dairy", "edible_oil", "sportswear", "schools"):
        rows = nation.read(wave, sector)
        items = item_cells(nation, rows, sector)
        sown = nation.plan.sown.query("wave == @wave and sector == @sector").set_index("rule")["count"]
        assert (items == "11").sum().sum() == sown["above_scale"]
        assert (items == "很好").sum().sum() == sown["text"]
        assert (rows["brand"] == "unknown").sum() == sown["unknown_brand"]
        assert rows["respondent"].duplicated().sum() == sown["duplicate_respondent"]
        assert next((nation.root / "exports" / wave).glob(f"{sector}.*")).name in set(
            nation.plan.sown.query("wave == @wave and sector == @sector")["file"]
        )


def test_sown_lists_wave_sector_file_rule_and_count(nation):
    assert list(nation.plan.sown.columns) == ["wave", "sector", "file", "rule", "count"]
    assert set(nation.plan.sown["wave"]) == set(nation.plan.waves)


def test_each_kind_of_missing_is_there_as_often_as_it_should(nation):
    sectors = ("dairy", "edible_oil", "bottled_water", "sportswear", "schools")
    cells = np.concatenate(
        [item_cells(nation, nation.read("2026Q1", one), one).to_numpy().ravel() for one in sectors]
    )
    for code, share in MISSING.items():
        spread = np.sqrt(share * (1 - share) / len(cells))
        assert abs((cells == code).mean() - share) < 4 * spread


def test_the_platform_export_reads_back_through_its_map(nation):
    source = next(one for one in nation.workspace.wave("2025Q1").sources if one.map)
    column_map = nation.workspace.column_map(source.map)
    rows = nation.read("2025Q1", source.sector)
    questions = {re.match(r"\d+", c)[0]: c for c in rows.columns if re.match(r"\d+、", c)}
    assert list(rows.columns[:6]) == LEADING
    assert rows["所用时间"].str.fullmatch(r"[0-9]+秒").all()
    mapped = (column_map.columns, column_map.background, column_map.items)
    assert {number for one in mapped for number in one.values()} == set(questions)
    brands = rows[questions[column_map.columns["brand"]]].astype(str)
    known = {brand.id for brand in nation.workspace.wave("2025Q1").sector(source.sector).brands}
    assert set(brands.map(column_map.values["brand"]).dropna()) == known
    assert (~brands.isin(column_map.values["brand"])).sum() == SOWN["unknown_brand"]
    for item in nation.workspace.instrument_of(source.sector).items:
        assert questions[column_map.items[item.id]].endswith(f"、{item.question.zh}")


def test_names_are_distinct_and_every_character_can_be_printed():
    fonts = str(FONTS / "NotoSansSC-tg-Regular.ttf")
    printable = set(TTFont(fonts).getBestCmap())
    rng = np.random.default_rng(1)
    for sector in load_sectors().sectors:
        names = brand_names(sector.id, MOST_BRANDS, rng)
        assert len(names) == len({zh for zh, _ in names}) == len({en for _, en in names}) == MOST_BRANDS
        assert not [c for zh, en in names for c in zh + en if ord(c) not in printable]
        assert not any(zh.endswith("品牌") for zh, _ in names), f"{sector.id} has no trade word"
