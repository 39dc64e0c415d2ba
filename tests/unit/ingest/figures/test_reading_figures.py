"""Tables of figures as offices send them: wide and long, Chinese and English heads, and every fault by its cell."""

from __future__ import annotations

import pickle
from pathlib import Path

import pandas as pd
import pytest

from ncsi.ingest.figures import FigureFaults, Figures, read_figures
from ncsi.ingest.figures.numbers import number_in, year_in, yes_in
from ncsi.spec.index_definition import TableMap
from ncsi.spec.index_plan import IndexPlan, load_index

QCI = load_index("qci")


def _wide(**changed: object) -> pd.DataFrame:
    row = {
        "序号": "1", "年份": "2024年", "地区": "北京市", "产品质量等级品率（％）": "87.4%",
        "微电子控制设备比重": "４８.7",
        "qms_cert": " 51.9 ", "质量损失率(%)": "0.2", "spotcheck": "96.9", "出口检验合格率": "—", "R&D经费比重": "3.3",
        "tech_renov": "…", "每百万元产值拥有专利数（件）": "1.06", "新产品销售比重": "34.5",
        "平均产品销售收入【千万元】": "9.29", "Sales abroad": "45",
    }  # fmt: skip
    return pd.DataFrame([{**row, **changed}])


def _read(frame: pd.DataFrame, folder: Path, plan: IndexPlan = QCI, **options: object) -> Figures:
    path = folder / "figures.csv"
    frame.to_csv(path, index=False, encoding="utf-8-sig")
    return read_figures(path, plan, **options)  # type: ignore[arg-type]


def _faults(frame: pd.DataFrame, folder: Path, plan: IndexPlan = QCI, **options: object) -> FigureFaults:
    with pytest.raises(FigureFaults) as refused:
        _read(frame, folder, plan, **options)
    return refused.value


def test_a_wide_table_is_read_whatever_its_heads_are_called(tmp_path: Path) -> None:
    found = _read(_wide(), tmp_path)
    values = found.values.set_index("indicator")["value"]
    assert values["grade_rate"] == 87.4
    assert values["microelec"] == 48.7
    assert values["avg_sales"] == 9.29
    assert values[["export_pass", "tech_renov"]].isna().all()
    unit = found.units.iloc[0]
    assert (unit["unit"], unit["year"], unit["level"], unit["area"]) == ("beijing", 2024, "region", "east")


def test_a_long_table_gives_the_same_figures(tmp_path: Path) -> None:
    wide = _read(_wide(), tmp_path)
    rows = [
        {
            "地区": "北京",
            "年份": "2024",
            "指标": row.indicator,
            "数值": "" if row.value != row.value else repr(row.value),
        }
        for row in wide.values.itertuples()
    ]
    long = _read(pd.DataFrame(rows), tmp_path)
    pd.testing.assert_frame_equal(long.values, wide.values)


def test_units_of_two_dimensions_have_their_level(tmp_path: Path) -> None:
    rows = [
        _wide(**{"行业": industry, "地区": region})
        for region, industry in (
            ("全国", ""),
            ("江苏", "制造业"),
            ("", "C27"),
            ("Jiangsu", "医药制造业"),
            ("东部地区", ""),
        )
    ]
    units = _read(pd.concat(rows), tmp_path).units
    assert units["unit"].tolist() == ["all", "jiangsu", "C27", "jiangsu/C27", "east"]
    assert units["level"].tolist() == ["whole", "region", "industry", "region_industry", "area"]
    assert units["label_en"].tolist()[3] == "Jiangsu, Pharmaceuticals"


@pytest.mark.parametrize(
    ("changed", "column", "value", "said"),
    [
        ({"地区": "江苏省份"}, "地区", "江苏省份", "Did you mean '江苏'?"),
        ({"spotcheck": "120"}, "spotcheck", "120", "lies outside 0 to 100"),
        ({"spotcheck": "九十"}, "spotcheck", "九十", "is no number"),
        ({"spotcheck": "96,9"}, "spotcheck", "96,9", "is no number"),
        ({"spotcheck": "#DIV/0!"}, "spotcheck", "#DIV/0!", "an error or an uncalculated formula"),
        ({"平均产品销售收入【千万元】": "9%"}, "平均产品销售收入【千万元】", "9%", "is in per cent"),
        ({"年份": "去年"}, "年份", "去年", "is no year"),
        ({"年份": "1998"}, "年份", "1998", "years run from 2000"),
    ],
)  # fmt: skip
def test_a_faulty_cell_is_named_with_its_value_and_cure(
    tmp_path: Path, changed: dict[str, str], column: str, value: str, said: str
) -> None:
    refused = _faults(_wide(**changed), tmp_path)
    (fault,) = refused.faults
    assert (fault.row, fault.column, fault.value) == (2, column, value)
    assert said in str(refused)
    assert "figures.csv" in str(refused)


def test_another_unit_of_measurement_is_refused_unless_its_factor_is_declared(tmp_path: Path) -> None:
    frame = (
        _wide()
        .rename(columns={"平均产品销售收入【千万元】": "平均产品销售收入（万元）"})
        .assign(**{"平均产品销售收入（万元）": "9,290"})
    )
    assert "its unit is '万元', the indicator is measured in '千万元'" in str(_faults(frame, tmp_path))
    table_map = TableMap(spec="ncsi/tree_map/1", id="m", tree="qci", factors={"avg_sales": 0.001})
    found = _read(frame, tmp_path, table_map=table_map).values.set_index("indicator")["value"]
    assert found["avg_sales"] == pytest.approx(9.29)


def test_shares_of_one_are_no_per_cent(tmp_path: Path) -> None:
    frame = pd.concat([_wide(spotcheck="0.97"), _wide(地区="上海", spotcheck="0.98")])
    assert "shares of one where per cent is meant" in str(_faults(frame, tmp_path))


def test_a_unit_given_twice_names_both_rows(tmp_path: Path) -> None:
    (fault,) = _faults(pd.concat([_wide(), _wide(地区="Beijing")]), tmp_path).faults
    assert fault.row == 3
    assert "row 2" in fault.problem


def test_unknown_missing_and_doubled_columns_are_named(tmp_path: Path) -> None:
    odd = _wide(奇怪="1").drop(columns="qms_cert").assign(spot="1")
    said = str(_faults(odd.rename(columns={"spot": "监督抽查合格率"}), tmp_path))
    assert "column '奇怪': this column means nothing to the index" in said
    assert "the indicator '质量管理体系认证率' has no column" in said
    assert "it means the same as column 'spotcheck'" in said


def test_a_map_names_columns_units_and_what_is_ignored(tmp_path: Path) -> None:
    frame = _wide(地区="京", 奇怪="1").rename(columns={"spotcheck": "抽查"})
    table_map = TableMap(
        spec="ncsi/tree_map/1",
        id="m",
        tree="qci",
        columns={"spotcheck": "抽查"},
        units={"京": "北京"},
        ignore=("奇怪",),
    )
    assert _read(frame, tmp_path, table_map=table_map).units["unit"].tolist() == ["beijing"]
    gone = table_map.model_copy(update={"columns": {"spotcheck": "抽查率"}, "ignore": ("奇怪", "抽查")})
    assert "the map names this column for 'spotcheck', and it is not there" in str(
        _faults(frame, tmp_path, table_map=gone)
    )


def test_without_a_column_of_years_the_year_is_asked_for(tmp_path: Path) -> None:
    frame = _wide().drop(columns="年份")
    assert "give --year" in str(_faults(frame, tmp_path))
    assert set(_read(frame, tmp_path, year=2025).units["year"]) == {2025}


def test_a_survey_figure_needs_its_standard_error_and_a_count_has_none(tmp_path: Path) -> None:
    city = load_index("city_quality")
    row = {"城市": "甲市", "年份": "2024", **{node.code: "70" for node in city.tree.leaves}}
    row |= {
        "gdp_pc": "10",
        "rd_intensity": "2",
        "library_visits": "1",
        "green_pc": "12",
        "doctors": "3",
        "income_pc": "5",
    }
    row |= {f"{node.code}_se": "0.8" for node in city.tree.leaves if node.se_kind in ("survey", "measured")}
    assert _read(pd.DataFrame([row]), tmp_path, city).values["se"].notna().sum() > 0
    said = str(
        _faults(
            pd.DataFrame([{**row, "safety_se": "", "gdp_pc_se": "1", "transit_se": "-1"}]), tmp_path, city
        )
    )
    assert "'safety' is a survey figure without its standard error" in said
    assert "'gdp_pc' is a full count, which has no sampling error" in said
    assert "a standard error is not negative" in said
    rows = pd.DataFrame([row, {**row, "城市": "乙市"}, {**row, "城市": "丙市"}])
    (fault,) = _faults(rows.drop(columns="safety_se"), tmp_path, city).faults
    assert (fault.row, fault.column) == (1, "safety_se")
    assert fault.problem.endswith("the column is missing")


def test_all_faults_are_told_together_and_cross_processes(tmp_path: Path) -> None:
    frame = pd.concat([_wide(spotcheck="x", 地区=name) for name in ("北京", "上海", "江苏")] * 9)
    refused = _faults(frame, tmp_path)
    assert len(refused.faults) > 20
    assert f"and {len(refused.faults) - 20} more" in str(refused)
    again = pickle.loads(pickle.dumps(refused))  # noqa: S301
    assert (again.faults, str(again)) == (refused.faults, str(refused))


def test_maturity_comes_as_levels_with_evidence_or_as_ratings(tmp_path: Path) -> None:
    maturity = load_index("maturity")
    rows = [
        {
            "企业": "F01",
            "准则": "质量愿景与方针",
            "等级": level,
            "来源": "审核",
            "采信": yes,
            "证据": f"E{level}",
            "行业": "机械",
        }
        for level, yes in ((2, "是"), (3, "否"), (4, "√"))
    ]
    found = _read(pd.DataFrame(rows), tmp_path, maturity, year=2025)
    assert found.evidence[["indicator", "rater", "level", "accepted"]].to_numpy().tolist() == [
        ["vision", "audit", 2, True], ["vision", "audit", 3, False], ["vision", "audit", 4, True],
    ]  # fmt: skip
    said = str(
        _faults(
            pd.DataFrame([{**rows[0], "等级": "6"}, {**rows[1], "来源": "隔壁"}]),
            tmp_path,
            maturity,
            year=2025,
        )
    )
    assert "is no level from 1 to 5" in said
    assert "it is not known who rates" in said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", 1234.5), ("１２", 12.0), ("1 234", 1234.0), ("−3.5", -3.5), ("", None), ("—", None),
        ("……", None), ("N/A", None), ("无", None),
    ],
)  # fmt: skip
def test_numbers_as_offices_write_them(text: str, value: float | None) -> None:
    assert number_in(text) == value


@pytest.mark.parametrize("text", ["12,34", "1.2.3", "12a", "1e999", "#N/A", "=1+1", "12%"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is "):
        number_in(text)


def test_years_and_yes() -> None:
    assert [year_in(text) for text in ("2024", "2024年", "2024年度", "2024.0")] == [2024] * 4
    assert [yes_in(text) for text in ("是", "Yes", "√", "否", "")] == [True, True, True, False, False]
    with pytest.raises(ValueError, match="neither"):
        yes_in("maybe")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../../evil", "none of /"),
        ("/etc/evil", "none of /"),
        ("..\\evil", "none of /"),
        ("A／S", "none of /"),
        (".hidden", "begin or end with a dot"),
        ("厂" * 67, "longer than 200 bytes"),
        ("a" * 121, "longer than 120 characters"),
        ("good\u202efdp.exe", "U+202E"),
        ("one\x1btwo", "U+001B"),
        ("合 计：", "sums up the others"),
        ("Grand total", "sums up the others"),
        ("平均值", "sums up the others"),
    ],
)
def test_a_name_that_would_name_another_file_hide_or_sum_up_is_refused(
    tmp_path: Path, name: str, problem: str
) -> None:
    maturity = load_index("maturity")
    row = {"企业编号": name, "指标": "vision", "来源": "自评", "数值": "3"}
    refused = _faults(pd.DataFrame([row]), tmp_path, maturity, year=2025)
    assert [one.column for one in refused.faults] == ["企业编号"]
    assert problem in str(refused)
    assert "\u202e" not in str(refused)
    assert "\x1b" not in str(refused)


def test_a_group_is_a_label_without_what_is_not_seen(tmp_path: Path) -> None:
    maturity = load_index("maturity")
    row = {
        "企业编号": "F1",
        "指标": "vision",
        "来源": "自评",
        "数值": "3",
        "行业名称": "A/B",
        "省份": "Gan\u202esu",
    }
    refused = _faults(pd.DataFrame([row]), tmp_path, maturity, year=2025)
    assert [(one.column, one.value) for one in refused.faults] == [("省份", "")]
