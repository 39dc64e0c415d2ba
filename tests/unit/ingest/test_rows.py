"""Sectors, brands and respondents of rows: who is who, who is unknown, who came twice."""

from __future__ import annotations

import pytest
import xlsxwriter

from ncsi.errors import ConformError
from ncsi.ingest.privacy import pseudonym_of, respondent_key


def test_a_sector_or_brand_the_wave_does_not_know_is_named(make, write):
    where = make.scope(
        sector=None,
        instruments={"bank": make.instrument(), "express": make.instrument()},
        brands={"bank": ("b1",), "express": ("e1",)},
    )
    rows = ("r1,b1,8,8,8,8,bank", "r2,e1,8,8,8,8,express", "r3,e1,8,8,8,8,bank", "r4,b1,8,8,8,8,bnak")
    found = make.sifted(write(*rows, header=make.HEADER + ",sector"), where=where)
    assert {sector: len(part) for sector, part in found.accepted.items()} == {"bank": 1, "express": 1}
    assert found.rejects["rule"].tolist() == ["brand_unknown", "sector_unknown"]
    assert found.rejects["sector"].tolist()[0] == "bank"
    assert found.rejects["reason_en"].tolist() == [
        "The brand is not in this sector (found: code). Map its code under values.brand, or add it to the wave.",
        "The sector is not in this wave (found: code). Map its code under values.sector, or add it to the wave.",
    ]


def test_sectors_of_one_file_are_judged_by_their_own_instruments(make, write):
    where = make.scope(
        sector=None,
        instruments={"bank": make.instrument(), "express": make.instrument("five", min=1, max=5)},
        brands={"bank": (), "express": ()},
    )
    rows = ("r1,8,8,8,8,bank", "r2,8,8,8,8,express", "r3,5,5,5,5,express")
    found = make.sifted(write(*rows, header="respondent,Q1,Q2,S1,S2,sector"), where=where)
    assert {sector: len(part) for sector, part in found.accepted.items()} == {"bank": 1, "express": 1}
    assert found.rejects["source_row"].tolist() == [3]
    assert found.accepted["bank"]["brand"].tolist() == [""]


def test_codes_become_ids_by_the_map(make, write):
    codes = make.column_map(values={"brand": {"1": "b1", "02": "b2"}})
    found = make.sifted(write("r1,1.0,8,8,8,8", "r2,02,8,8,8,8", "r3,３,8,8,8,8"), codes)
    assert found.accepted["bank"]["brand"].tolist() == ["b1", "b2"]
    assert found.rejects["rule"].tolist() == ["brand_unknown"]


@pytest.mark.parametrize(
    ("code", "shown"), [("13800138000", "code"), ("x" * 41, "code"), ("", "empty"), ("王小明", "code")]
)
def test_a_code_that_may_be_an_answer_or_a_person_is_not_shown(make, write, code, shown):
    rejects = make.sifted(write(f"r1,{code},8,8,8,8")).rejects
    assert rejects["reason_en"].iloc[0].startswith(f"The brand is not in this sector (found: {shown}).")
    assert rejects["value_class"].tolist() == [shown]
    assert not code or code not in rejects.to_csv()


def test_a_region_outside_the_list_is_other_and_told_without_its_text(make, write):
    header = make.HEADER + ",region"
    rows = ("r1,b1,8,8,8,8,north", "r2,b1,7,8,8,8,王小明", "r3,b1,7,8,8,7,", "r4,b1,7,9,8,7,North")
    found = make.sifted(write(*rows, header=header))
    assert found.accepted["bank"]["region"].tolist() == ["north", "other", None, "other"]
    assert found.rejects.empty
    told = found.faults[["source_row", "column", "rule", "severity", "value_class"]]
    assert told.to_numpy().tolist() == [
        [row, "region", "value_undeclared", "warning", "code"] for row in (3, 5)
    ]
    assert "王小明" not in found.faults.to_csv()


def test_a_region_that_no_wave_declares_refuses_the_file(make, write):
    path = write("r1,b1,8,8,8,8,north", header=make.HEADER + ",region")
    with pytest.raises(
        ConformError, match="column 'region': is the file's region, of which wave 2026 declares no"
    ):
        make.sifted(path, where=make.scope(values={}))


def test_a_cluster_is_stored_as_a_pseudonym(make, write):
    header, codes = make.HEADER + ",street", make.column_map(background={"point": "street"})
    rows = ("r1,b1,8,8,8,8,长安街1号", "r2,b1,7,8,8,8,长安街1号", "r3,b1,7,8,8,7,", "r4,b1,7,9,8,7,x")
    found = make.sifted(write(*rows, header=header), codes, make.scope(values={"point": frozenset()}))
    stored = found.accepted["bank"]["background_point"]
    assert stored.iloc[:2].nunique() == 1
    assert stored.dropna().str.fullmatch("[0-9a-f]{32}").all()
    assert stored.isna().tolist() == [False, False, True, False]
    assert found.faults.empty


def test_the_later_row_of_a_respondent_is_rejected(make, write):
    rows = ("r1,b1,8,8,8,8", "r1,b2,8,8,8,8", " r1 ,b1,9,9,9,9", "r\u200b1,b1,7,7,7,7", "r2,b1,8,8,8,8")
    found = make.sifted(write(*rows))
    assert found.accepted["bank"]["source_row"].tolist() == [2, 3, 6]
    assert found.rejects["rule"].tolist() == ["duplicate_respondent"] * 2
    assert found.rejects["source_row"].tolist() == [4, 5]
    assert "(row 2)" in found.rejects["reason_en"].iloc[0]
    assert make.sifted(write("5,b1,8,8,8,8", "５,b1,9,9,9,9")).rejects["rule"].tolist() == [
        "duplicate_respondent"
    ]


@pytest.mark.parametrize("cut", ["1.23457E+17", "1,23457E+17", "1.234567890123457e+17", "１.２３Ｅ＋１７"])
def test_an_id_that_a_spreadsheet_wrote_with_an_exponent_is_nobodys(make, write, cut):
    found = make.sifted(write(f'"{cut}",b1,8,8,8,8', "12e17,b1,8,8,8,8", f'"{cut}",b1,9,9,9,9'))
    assert found.rejects["rule"].tolist() == ["respondent_digits_lost"] * 2
    assert found.rejects["column"].tolist() == ["respondent"] * 2
    assert "Keep the column as text and export again" in found.rejects["reason_en"].iloc[0]
    assert "请将该列设为文本后重新导出" in found.rejects["reason_zh"].iloc[0]
    assert found.accepted["bank"]["source_row"].tolist() == [3]


@pytest.mark.parametrize("meaning", ["interviewer", "device"])
def test_whom_or_what_a_spreadsheet_wrote_with_an_exponent_is_unknown_and_told(make, write, meaning):
    """Two of one name are not one; the row is accepted."""
    ids = ("1.23457E+17", '"1,23457E+17"', "１.２３Ｅ＋１７", "12e17", "123456789012345671", "")
    rows = [f"r{k},b1,8,8,8,8,{one}" for k, one in enumerate(ids)]
    found = make.sifted(write(*rows, header=f"{make.HEADER},{meaning}"))
    assert found.rejects.empty
    told = found.faults[["source_row", "column", "rule", "severity", "value_class"]].to_numpy().tolist()
    assert told == [
        [row, meaning, "code_digits_lost", "warning", "number with an exponent"] for row in (2, 3, 4)
    ]
    assert found.accepted["bank"][meaning].isna().tolist() == [True, True, True, False, False, True]
    assert "Keep the column as text and export again" in found.faults["message_en"].iloc[0]
    assert "请将该列设为文本后重新导出" in found.faults["message_zh"].iloc[0]


def test_ids_kept_as_numbers_in_a_workbook_lose_their_last_digits_and_the_cause_is_named(make, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "e.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, make.HEADER.split(","))
        for k in range(3):
            sheet.write_row(k + 1, 0, [123456789012345670 + k, "b1", 8, 8, 8, 8])
        sheet.write_row(4, 0, ["123456789012345671", "b1", 8, 8, 8, 8])
    found = make.sifted(tmp_path / "e.xlsx")
    assert found.rejects["rule"].tolist() == ["respondent_digits_lost"] * 3
    assert found.accepted["bank"]["source_row"].tolist() == [5]


def test_ids_that_end_in_zeros_from_the_16th_digit_on_may_be_two_people(make, write):
    ids = ("1234567890123450", "1234567890123460", "1234567890123470", "1234567890123450")
    rows = [f"{one},b1,8,8,8,8" for one in ids]
    cut = make.sifted(write(*rows)).rejects
    assert cut["rule"].tolist() == ["duplicate_digits_lost"]
    assert "an earlier answer (row 2)" in cut["reason_en"].iloc[0]
    assert "Excel keeps 15, so they may be two people" in cut["reason_en"].iloc[0]
    for others in (("1234567890123451,b1,8,8,8,8",), ()):
        few = make.sifted(write(*others, rows[0], rows[3])).rejects
        assert few["rule"].tolist() == ["duplicate_respondent"]


def test_a_faulty_first_row_does_not_cost_the_good_second_one(make, write):
    found = make.sifted(write("r1,b1,11,8,8,8", "r1,b1,8,8,8,8"))
    assert found.accepted["bank"]["source_row"].tolist() == [3]
    assert found.rejects["rule"].tolist() == ["off_scale"]


def test_respondents_are_keyed_pseudonyms_that_waves_do_not_share(make, write):
    path = write("13800138000,b1,8,8,8,8", "+86 138-0013-8000,b2,8,8,8,8", "r2,b2,8,8,8,8")
    one = make.sifted(path).accepted["bank"]["respondent"]
    assert one.str.fullmatch("[0-9a-f]{32}").all()
    assert one.iloc[0] == one.iloc[1] != one.iloc[2]
    other = make.sifted(path, where=make.scope(wave="2027")).accepted["bank"]["respondent"]
    assert set(one).isdisjoint(other)


def test_identity_columns_become_the_pseudonym_and_are_dropped(make, write):
    codes = make.column_map(identity=["phone"], ignore=["name"])
    rows = ("1,b1,8,8,8,8,13800138000,张三", "2,b1,9,9,9,9,１３８００１３８０００,李四", "3,b1,9,9,9,9,,王五")
    found = make.sifted(write(*rows, header=make.HEADER + ",phone,name"), codes)
    assert found.rejects["rule"].tolist() == ["respondent_missing", "duplicate_respondent"][::-1]
    stored = found.accepted["bank"].astype(str).to_csv()
    assert "138001" not in stored
    assert "张三" not in stored


def test_a_word_for_no_identity_is_nobody(make, write):
    """Two who are `N/A` are not one person, of whom the second would be rejected as a repeat."""
    words = ("N/A", "null", "无", "匿名", "—", "\\N", "NaN")
    found = make.sifted(write(*(f"{word},b1,8,8,8,8" for word in words), "Nan Li,b1,8,8,8,8"))
    assert found.rejects["rule"].tolist() == ["respondent_missing"] * len(words)
    assert len(found.accepted["bank"]) == 1


def test_of_several_identity_columns_one_is_enough_and_is_spelt_as_ever(make, write):
    codes = make.column_map(identity=["phone", "mail"])
    rows = ("1,b1,8,8,8,8,13800138000,N/A", "2,b1,9,9,9,9,N/A,-", "3,b1,9,9,9,9,,")
    found = make.sifted(write(*rows, header=make.HEADER + ",phone,mail"), codes)
    assert found.rejects[["source_row", "rule"]].values.tolist() == [
        [3, "respondent_missing"],
        [4, "respondent_missing"],
    ]
    key = respondent_key(make.KEY, "2026")
    assert found.accepted["bank"]["respondent"].tolist() == [pseudonym_of(key, ["13800138000", "N/A"])]


def test_a_file_without_respondents_gives_each_row_its_own(make, write):
    rows = ("b1,8,8,8,8", "b1,8,8,8,8")
    path = write(*rows, header="brand,Q1,Q2,S1,S2")
    found = make.sifted(path).accepted["bank"]["respondent"]
    assert found.nunique() == 2
    assert found.tolist() == make.sifted(path).accepted["bank"]["respondent"].tolist()


@pytest.mark.parametrize("value", ["13800138000", "11010519491231002X", "who@example.com"])
def test_columns_that_hold_persons_are_refused(make, write, value):
    with pytest.raises(ConformError) as error:
        make.sifted(write(f"r1,b1,{value},8,8,8"))
    assert "column 'Q1'" in str(error.value)
    assert "it must not be stored" in str(error.value)
    assert value not in str(error.value)


def test_one_phone_number_in_the_wrong_box_costs_its_row(make, write):
    rows = [f"r{k},b1,8,8,8,8" for k in range(20)]
    found = make.sifted(write(*rows, "x,b1,13800138000,8,8,8"))
    assert found.rejects["value_class"].tolist() == ["long number"]


def test_an_item_that_nobody_answered_refuses_the_file(make, write):
    with pytest.raises(ConformError, match="column 'S2': all 12 cells of item S2 are blank"):
        make.sifted(write(*(f"r{k},b1,8,8,8," for k in range(12))))


def test_a_file_that_does_not_say_sector_or_brand_is_refused(make, write):
    two = make.scope(
        sector=None,
        instruments={"bank": make.instrument(), "express": make.instrument()},
        brands={"bank": (), "express": ()},
    )
    with pytest.raises(ConformError, match="no column gives the sector, and the wave measures 2"):
        make.sifted(write(*make.GOOD), where=two)
    with pytest.raises(ConformError, match="no column gives the brand, and sector bank has 2"):
        make.sifted(write("r1,8,8,8,8", header="respondent,Q1,Q2,S1,S2"))


def test_columns_wanted_and_columns_left_over_are_named(make, write):
    with pytest.raises(ConformError) as error:
        make.sifted(write("r1,b1,8,8,8", header="respondent,brand,Q1,Q2,S11"))
    assert "2 wanted columns are not in the file: 'S1', 'S2'" in str(error.value)
    assert "did you mean 's11'" in str(error.value).lower()
    with pytest.raises(ConformError, match="1 column is neither mapped nor ignored: '备注'"):
        make.sifted(write(*(row + ",x" for row in make.GOOD), header=make.HEADER + ",备注"))
