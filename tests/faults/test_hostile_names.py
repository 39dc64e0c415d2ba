"""Names that are paths, SQL, HTML, formulas or emoji: refused where they are ids, harmless where they are labels."""

from __future__ import annotations

import pytest
import yaml

import ncsi
from ncsi.cli.main import main
from ncsi.errors import ConformError, SpecError
from ncsi.spec import ColumnMap, load_instrument
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import SourceFile, collect_file

ITEMS = load_instrument("ccsi").item_ids
ANSWERS = ",".join(["8"] * len(ITEMS))
HOSTILE = [
    "../x",
    "a'; drop table raw_files; --",
    "<script>alert(1)</script>",
    "=cmd()",
    "😀",
    "x" * 20_000,
    "CON\u202e",
]


def deliver(workspace, *rows: str, header: str = "respondent,brand", name: str = "a.csv") -> SourceFile:
    path = workspace.root / "data" / name
    path.write_text("\n".join([f"{header},{','.join(ITEMS)}", *rows]) + "\n", encoding="utf-8")
    return SourceFile(path, None, "only")


@pytest.mark.parametrize("wave", ["../x", "a'; drop", "2026/../..", "", "2026\n"])
def test_a_hostile_wave_is_no_wave(workspace, wave):
    with pytest.raises(SpecError, match="is not a valid wave id"):
        workspace.wave(wave)
    with pytest.raises(SystemExit) as stopped:
        main(["ingest", "--wave", wave, "--workspace", str(workspace.root), "--engine", "local"])
    assert stopped.value.code == 2


@pytest.mark.parametrize("sector", HOSTILE)
def test_a_hostile_sector_constant_is_not_in_the_wave(workspace, sector):
    source = deliver(workspace, f"r1,b1,{ANSWERS}")
    with pytest.raises(SpecError, match=r"is not in wave 2026\. Its sectors are: only") as refused:
        collect_file(load_plan(workspace, "2026"), SourceFile(source.path, None, sector))
    assert len(str(refused.value)) < 300


def test_a_hostile_brand_code_in_a_file_costs_its_row_and_nothing_else(workspace):
    quoted = ['"' + brand.replace('"', '""') + '"' for brand in HOSTILE]
    rows = [f"r{k},{brand},{ANSWERS}" for k, brand in enumerate([*quoted, "b1"])]
    outcome = collect_file(load_plan(workspace, "2026"), deliver(workspace, *rows))
    assert (outcome.rows_accepted, outcome.rejects_by_rule) == (1, {"brand_unknown": len(HOSTILE)})
    warehouse = ncsi.open(workspace.warehouse)
    assert len(warehouse.table("raw_files")) == 1
    rejects = warehouse.table("core_rejects")
    assert rejects["source_row"].tolist() == [k + 2 for k in range(len(HOSTILE))]
    assert rejects["reason_en"].str.len().max() < 200
    assert not (workspace.root.parent / "x").exists()


def test_a_hostile_file_name_is_kept_as_text(workspace):
    name = "a'; drop table raw_files; -- <b>.csv"
    outcome = collect_file(load_plan(workspace, "2026"), deliver(workspace, f"r1,b1,{ANSWERS}", name=name))
    assert outcome.rows_accepted == 1
    assert ncsi.open(workspace.warehouse).table("raw_files")["source_name"].tolist() == [name]


CANARIES = {
    "Name": "张三丰", "Phone": "13912345678", "Mail": "zhang.san@example.org", "IP": "203.0.113.77",
    "Device": "IMEI-356938035643809", "Comment": "请打电话给我 13912345678，我住在幸福路一号",
}  # fmt: skip


def test_what_identifies_a_person_is_in_no_file_that_ncsi_writes(workspace):
    """Names, phones, mail, IP, device and free text are dropped or made pseudonyms before the first write."""
    from ncsi.engine import InOrder
    from ncsi.spec import load_map

    used = workspace.root / "maps" / "m.yaml"
    used.parent.mkdir()
    used.write_text(
        "spec: ncsi/map/1\nid: m\ncolumns: {device: Device}\nidentity: [Name, Phone]\nignore: [Mail, IP, Comment]\n",
        encoding="utf-8",
    )
    bad = ANSWERS.replace("8", CANARIES["Phone"], 1)
    values = ",".join(f'"{value}"' for value in CANARIES.values())
    path = workspace.root / "data" / "a.csv"
    rows = [
        f"{values},b1,{ANSWERS}",
        f"{values},b9,{ANSWERS}",
        f"李四,,,,,,b1,{bad}",
        *(f"p{k},,,,,,b1,{ANSWERS}" for k in range(9)),
    ]
    path.write_text("\n".join([",".join([*CANARIES, "brand", *ITEMS]), *rows]) + "\n", encoding="utf-8")
    InOrder().collect(load_plan(workspace, "2026"), [SourceFile(path, load_map(used), "only")])
    written = [one for one in workspace.root.rglob("*") if one.is_file() and "data" not in one.parts]
    assert any(one.suffix == ".parquet" for one in written)
    assert any(one.name == "validation.html" for one in written)
    for one in written:
        content = one.read_bytes()
        for value in CANARIES.values():
            assert value.encode() not in content, one
            assert value.encode("utf-16-le") not in content, one
    device = ncsi.open(workspace.warehouse).responses("2026", "only")["device"].dropna().tolist()
    assert [len(one) for one in device] == [32]


ID_CARD = "11010519491231002X"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([f"1390000{k:04d}" for k in range(12)], "phone number"),
        ([ID_CARD] * 12, "ID-card number"),
        ([f"user{k}@example.org" for k in range(12)], "e-mail address"),
        ([f"+86 139-0000-{k:04d}" for k in range(12)], "phone number"),
    ],
)
def test_a_mapped_column_of_personal_data_is_refused_before_anything_is_stored(workspace, values, kind):
    rest = ANSWERS.split(",", 1)[1]
    source = deliver(workspace, *(f"r{k},b1,{value},{rest}" for k, value in enumerate(values)))
    with pytest.raises(ConformError, match=f"12 of 12 values look like personal data .{kind}.") as refused:
        collect_file(load_plan(workspace, "2026"), source)
    assert values[0] not in str(refused.value)
    assert ncsi.open(workspace.warehouse).waves() == ()


@pytest.mark.parametrize("column", ["weight", "duration_s"])
@pytest.mark.parametrize("value", ["13900001234", "1.3900001234e10", "6222021234567890128"])
def test_one_phone_or_card_number_among_weights_or_durations_is_refused(workspace, column, value):
    """It is a number, so that it would be stored as it is."""
    path = workspace.root / "data" / "a.csv"
    rows = [f"r{k},b1,{value if k == 3 else 60 + k},{ANSWERS}" for k in range(20)]
    path.write_text(
        "\n".join([f"respondent,brand,{column},{','.join(ITEMS)}", *rows]) + "\n", encoding="utf-8"
    )
    with pytest.raises(
        ConformError, match=f"column '{column}': 1 of 20 values look like personal data"
    ) as refused:
        collect_file(load_plan(workspace, "2026"), SourceFile(path, None, "only"))
    assert value not in str(refused.value)
    assert ncsi.open(workspace.warehouse).waves() == ()


def test_weights_and_durations_of_many_digits_are_no_personal_data(workspace):
    path = workspace.root / "data" / "a.csv"
    rows = [f"r{k},b1,{1234567 + k}.{k}89,{610000 + k},{ANSWERS}" for k in range(20)]
    header = f"respondent,brand,weight,duration_s,{','.join(ITEMS)}"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    assert collect_file(load_plan(workspace, "2026"), SourceFile(path, None, "only")).rows_accepted == 20


def test_a_header_in_use_that_looks_personal_is_refused_by_its_place(workspace):
    header = "wei.zhang@example.org"
    path = workspace.root / "data" / "a.csv"
    path.write_text(f"respondent,brand,{header},{','.join(ITEMS)}\nr1,b1,60,{ANSWERS}\n", encoding="utf-8")
    used = ColumnMap.model_validate({"spec": "ncsi/map/1", "id": "m", "columns": {"duration_s": header}})
    with pytest.raises(
        ConformError, match=r"a\.csv, column 3: its header looks like personal data"
    ) as refused:
        collect_file(load_plan(workspace, "2026"), SourceFile(path, used, "only"))
    assert header not in str(refused.value)


@pytest.mark.parametrize("name", ["13900001234.csv", "wei.zhang@example.org/a.csv", f"满意度_{ID_CARD}_.csv"])
def test_a_file_whose_name_looks_personal_is_refused_before_the_ledger_has_it(workspace, capsys, name):
    path = workspace.root / "data" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"respondent,brand,{','.join(ITEMS)}\nr1,b1,{ANSWERS}\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["ingest", str(path), "--sector", "only", "--wave", "2026", "--engine", "local", "--workspace",
              str(workspace.root)])  # fmt: skip
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "file 1 of the wave: its name, or a folder's on its path, looks like personal data" in said
    assert name.split("/")[0] not in said
    assert not (workspace.root / "runs" / "ledger.jsonl").exists()


@pytest.mark.parametrize("name", ["Q1.2.3.4", "人民路 5 号门店的服务", "ISO 9001-2015 满意度"])
def test_a_question_or_version_is_no_personal_name(name):
    from ncsi.ingest.personal_data import personal_name

    assert personal_name(name) is None


def test_check_counts_background_values_that_the_wave_does_not_declare(workspace, capsys):
    wave = workspace.root / "waves" / "2026.yaml"
    declared = {
        "region": {
            "label": {"zh": "r", "en": "r"},
            "values": [{"id": "east", "label": {"zh": "e", "en": "e"}}],
        }
    }
    text = yaml.safe_load(wave.read_text(encoding="utf-8")) | {"background": declared}
    wave.write_text(yaml.safe_dump(text), encoding="utf-8")
    path = workspace.root / "data" / "a.csv"
    rows = [f"r{k},b1,{'east' if k < 3 else 'secret street'},{ANSWERS}" for k in range(5)]
    path.write_text("\n".join([f"respondent,brand,region,{','.join(ITEMS)}", *rows]) + "\n", encoding="utf-8")
    check = ["check", str(path), "--instrument", "ccsi"]
    main(check)
    assert "value_undeclared" not in capsys.readouterr().out
    main([*check, "--wave", "2026", "--workspace", str(workspace.root)])
    said = capsys.readouterr().out
    assert "value_undeclared: 2 rows, accepted nevertheless (column region 2)" in said
    assert "secret" not in said


def test_eighteen_digits_without_their_check_digit_are_no_id_card():
    from ncsi.ingest.personal_data import personal_kind

    assert personal_kind(ID_CARD) == "ID-card number"
    assert personal_kind(ID_CARD.lower()) == "ID-card number"
    assert personal_kind(ID_CARD[:-1] + "1") is None
