"""What a file does not say plainly is refused, rejects its row or is told: nothing is lost without a word."""

from __future__ import annotations

import pytest

from ncsi.errors import ConformError, ReadError, SpecError
from ncsi.ingest.conform import Scope, conform
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import read_file
from ncsi.spec import ColumnMap, load_instrument, load_map

KEY = b"k" * 32
ITEMS = load_instrument("ccsi").fielded
HEADER = ["respondent", "brand", "region", *(item.id for item in ITEMS)]


def row(number: int, **cells: str) -> list[str]:
    values = {"respondent": f"r{number}", "brand": f"b{number % 3}", "region": "north"}
    return [{**values, **cells}.get(name, str(1 + (number + k) % 10)) for k, name in enumerate(HEADER)]


def written(tmp_path, *rows: list[str], header: list[str] | None = HEADER, encoding: str = "utf-8"):
    path = tmp_path / "e.csv"
    lines = [header, *rows] if header else list(rows)
    path.write_bytes(("\n".join(",".join(one) for one in lines) + "\n").encode(encoding))
    return path


def conformed(path, **used):
    instrument = load_instrument("ccsi")
    column_map = ColumnMap.model_validate({"spec": "ncsi/map/1", "id": "m", **used})
    export = recognised(read_file(path))
    layout = layout_of(export, [instrument], column_map)
    return conform(export.table, layout, Scope("2026", {"s": instrument}, {"s": None}, "s"), KEY)


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("您評價的品牌,服務品質很好,非常滿意,沒有意見", "big5", "looks like Big5"),
        ("とても満足しています,サービスの品質は良い", "cp932", "looks like Shift-JIS"),
        ("とても満足しています,サービスの品質は良い", "euc_jp", "looks like EUC-JP"),
        (
            "이 서비스에 얼마나 만족하십니까,다른 사람에게 추천할 의향이 있습니까",
            "euc_kr",
            "looks like EUC-KR",
        ),
        ("Größe,sehr schön,für mich,Straße,Köln", "cp1252", "looks like Latin-1"),
        ("déçu", "cp1252", "looks like Latin-1"),
    ],
)
def test_an_encoding_that_gb18030_would_read_as_other_letters_is_refused(tmp_path, text, encoding, said):
    path = tmp_path / "e.csv"
    path.write_bytes(f"respondent,remark\n1,{text.replace(',', ' ')}\n".encode(encoding))
    with pytest.raises(ReadError, match=rf"e\.csv, line 2, byte \d+: .*{said}.*Save it as utf-8"):
        read_file(path)


@pytest.mark.parametrize(
    "text",
    [
        "品牌",
        "A类",
        "8分",
        "臺灣銀行的服務品質很好非常滿意",
        "李𠮷",
        "㐀",
        "服务很好,没有意见",
        "格力,海尔,奥克斯,海信,美的,安徽,北京,广东,河南",
        "喜欢日本の品牌",
        "Q1满意度a组",
    ],
)
def test_chinese_in_gb18030_is_read_as_it_is(tmp_path, text):
    path = tmp_path / "e.csv"
    path.write_bytes(f"respondent,remark\n1,{text.replace(',', ' ')}\n".encode("gb18030"))
    assert read_file(path).values.column("remark").to_pylist() == [text.replace(",", " ")]


def test_a_file_without_a_header_is_refused_and_shows_no_answer(tmp_path):
    path = written(tmp_path, *(row(k, respondent=f"secret{k}") for k in range(9)), header=None)
    with pytest.raises(ReadError) as error:
        read_file(path)
    assert str(error.value) == (
        "e.csv, row 1: the first row looks like a response, not like column names; none of it is shown here. "
        "Put the column names in the first row, or say which row holds them with `header_row:` or --header-row"
    )


def test_a_file_of_words_without_a_header_is_refused_too(tmp_path):
    words = ["很满意", "满意", "一般"]
    rows = [[f"受访者{k}", *(words[(k * j + k // 3 + j) % 3] for j in range(1, 9))] for k in range(30)]
    with pytest.raises(ReadError, match="looks like a response") as error:
        read_file(written(tmp_path, *rows, header=None))
    assert not any(word in str(error.value) for word in ("满意", "受访者"))


@pytest.mark.parametrize(
    "header", [["1", "2", "3", "4"], ["id", "8", "9", "Q1"], ["2024", "2025", "2026", "x"]]
)
def test_names_that_count_or_stand_among_words_are_names(tmp_path, header):
    rows = [["a", "5", "6", "7"], ["b", "6", "5", "5"], ["c", "7", "7", "8"]]
    assert read_file(written(tmp_path, *rows, header=header)).columns == tuple(header)


@pytest.mark.parametrize("cell", ["1⁰", "8½", "８²", "¾", "5₀"])
def test_raised_digits_and_fractions_are_no_answers(tmp_path, cell):
    found = conformed(written(tmp_path, row(1), row(2, **{ITEMS[0].id: cell})))
    assert found.rejects[["source_row", "rule"]].to_numpy().tolist() == [[3, "not_a_whole_number"]]


@pytest.mark.parametrize("cell", ["#N/A", "#DIV/0!", "#REF!", "#NAME?"])
@pytest.mark.parametrize(
    ("column", "rule"),
    [
        (ITEMS[0].id, "not_a_whole_number"),
        ("region", "cell_without_value"),
        ("respondent", "cell_without_value"),
    ],
)
def test_an_error_cell_rejects_its_row_and_says_so(tmp_path, cell, column, rule):
    found = conformed(written(tmp_path, row(1), row(2, **{column: cell})))
    assert found.rejects[["source_row", "column", "rule", "value_class"]].to_numpy().tolist() == [
        [3, column, rule, "error cell"]
    ]
    assert "error cell" in found.rejects["reason_en"].iloc[0]
    assert "错误值" in found.rejects["reason_zh"].iloc[0]
    assert sum(len(part) for part in found.accepted.values()) == 1


def test_a_reversed_item_is_turned_round_and_its_faults_stay_those_of_the_file(tmp_path):
    item = ITEMS[0].id
    path = written(
        tmp_path,
        row(1, **{item: "2"}),
        row(2, **{item: "10"}),
        row(3, **{item: "11"}),
        row(4, **{item: "98"}),
    )
    plain = conformed(path)
    turned = conformed(path, items={item: {"reverse": True}})
    assert plain.accepted["s"][item].tolist()[:2] == [2, 10]
    assert turned.accepted["s"][item].tolist()[:2] == [9, 1]
    assert turned.accepted["s"][f"{item}_missing"].tolist() == plain.accepted["s"][f"{item}_missing"].tolist()
    assert (
        turned.rejects["value_class"].tolist()
        == plain.rejects["value_class"].tolist()
        == ["integer above 10"]
    )


def test_a_reversed_item_may_name_its_column(tmp_path):
    item = ITEMS[0].id
    header = [("satisfaction, turned" if name == item else name).replace(",", "") for name in HEADER]
    path = written(tmp_path, row(1, **{item: "3"}), header=header)
    found = conformed(path, items={item: {"column": "satisfaction turned", "reverse": True}})
    assert found.accepted["s"][item].tolist() == [8]


def test_a_map_that_reverses_what_is_no_item_is_refused(tmp_path):
    with pytest.raises(
        ConformError, match=r"map m reverses 'IMA01', which is not an item.*Did you mean 'IMA1'"
    ):
        conformed(written(tmp_path, row(1)), items={"IMA01": {"reverse": True}})


def test_a_misspelt_key_of_an_item_is_refused(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("spec: ncsi/map/1\nid: m\nitems:\n  IMA1: {reversed: true}\n", encoding="utf-8")
    with pytest.raises(SpecError, match="reversed"):
        load_map(path)


def test_a_column_that_two_items_name_is_refused(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(
        "spec: ncsi/map/1\nid: m\nitems:\n  IMA1: x\n  IMA2: {column: x, reverse: true}\n", encoding="utf-8"
    )
    with pytest.raises(SpecError, match="is already mapped to 'IMA1'"):
        load_map(path)
