"""What leaves by `ncsi export` is read back as SPSS, Stata, R and pandas read it, and leads back to nobody."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

import ncsi
from ncsi.cli import main
from ncsi.cli.export import FORMATS as ASKED
from ncsi.errors import InputError, SpecError
from ncsi.export import (
    FORMATS,
    Labelled,
    Variable,
    codebook,
    readme,
    respondents,
    shared_weights,
    small_cells,
    write_labelled,
)
from ncsi.export.labelled import legal_names
from ncsi.export.published_tables import chinese
from ncsi.ledger import Ledger
from ncsi.model import fit_pls
from ncsi.quality import assess
from ncsi.results.weighted_model import fit_weighed, kept_responses, weighed_responses, with_design
from ncsi.spec import Weighting, open_workspace
from ncsi.spec.building_blocks import both
from ncsi.spec.plan import load_plan
from ncsi.stages.export import export_respondents, export_tables
from ncsi.stages.export_anonymity import require_anonymous, require_not_joined, with_shared_weights
from ncsi.store import Store
from ncsi.survey import effective_size
from ncsi.tables import TABLES
from ncsi.tables.core import background_column

WAVE, SECTOR = "2026Q1", "dairy"
STRATA = {"replicates": {"method": "rao_wu", "number": 100}}


@pytest.fixture(scope="module")
def root(nation, tmp_path_factory) -> Path:
    """A copy: exports write into the ledger."""
    return shutil.copytree(
        nation.workspace.root,
        tmp_path_factory.mktemp("exported") / "w",
        ignore=shutil.ignore_patterns("exports"),
    )


@pytest.fixture(scope="module")
def plan(root):
    return load_plan(open_workspace(root), WAVE)


@pytest.fixture(scope="module")
def data(plan) -> Labelled:
    """Respondents with final and replicate weights of a design, and a missing answer of each kind."""
    wave = plan.wave.model_copy(update={"weighting": Weighting.model_validate(STRATA)})
    responses = ncsi.open(plan.workspace.warehouse).responses(WAVE, SECTOR).iloc[::5].reset_index(drop=True)
    for row, kind in enumerate(("blank", "dont_know", "refused", "not_asked")):
        responses.loc[row, ["LOY1", "LOY1_missing"]] = [pd.NA, kind]
    quality = assess(responses, plan.instruments[SECTOR])
    weighed = weighed_responses(
        type(plan)(plan.workspace, wave, plan.sectors, plan.instruments, {}),
        SECTOR,
        kept_responses(responses, quality),
    )
    ours = type(plan)(plan.workspace, wave, plan.sectors, plan.instruments, {})
    made = respondents(responses, quality, weighed, ours, SECTOR, (), range)
    assert (made.frame["respondent"] == np.arange(1, len(responses) + 1)).all()  # in order: comparable by row
    return made


def _read(data, folder, form, language="zh"):
    write_labelled({"respondents": data}, folder, form, language, "t")
    return {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}[form](
        str(folder / f"respondents.{form}"), user_missing=True
    )


@pytest.mark.parametrize("form", ["sav", "dta"])
def test_a_statistical_program_reads_values_labels_weights_and_kinds_of_missing(data, plan, tmp_path, form):
    read, about = _read(data, tmp_path, form)
    item = next(one for one in plan.instruments[SECTOR].items if one.id == "LOY1")
    assert about.column_names_to_labels["LOY1"] == item.label.zh
    brands = {one.label.zh for one in plan.wave.sector(SECTOR).brands}
    assert set(about.variable_value_labels["brand"].values()) == brands  # hostile names as they are
    assert about.variable_value_labels["region"][1] == "东部"
    codes = [-99.0, -98.0, -97.0, -96.0] if form == "sav" else ["a", "b", "c", "d"]
    assert list(read["LOY1"][:4]) == codes
    assert [about.variable_value_labels["LOY1"][code] for code in codes][1] == "不知道（说不清）"
    answers = data.frame["LOY1"].to_numpy(dtype=float, na_value=np.nan)
    given = ~np.isnan(answers)
    assert (read["LOY1"][given].astype(float) == answers[given]).all()
    flags = about.variable_value_labels["flag_speeding"]
    assert flags == {0: "否", 1: "是"}
    for name in ("weight", "rw_0001", "rw_0100"):
        np.testing.assert_array_equal(read[name].to_numpy(), data.frame[name].to_numpy())
    out = data.frame["status"] == "excluded"
    assert read["weight"].isna().equals(out)
    assert abs(read["weight"].mean() - 1) < 1e-9
    named = {float(k): text for k, text in about.variable_value_labels["brand"].items()}
    labels = {one.id: one.label.zh for one in plan.wave.sector(SECTOR).brands}
    assert (read["brand"].map(named) == data.frame["brand"].map(labels)).all()


def test_programs_that_know_no_user_missing_see_none(data, tmp_path):
    write_labelled({"respondents": data}, tmp_path, "sav", "en", "t")
    read, about = pyreadstat.read_sav(str(tmp_path / "respondents.sav"))
    assert read["LOY1"][:4].isna().all()
    assert read["LOY1"].min() >= 1
    assert about.variable_value_labels["region"][1] == "East"


def test_csv_parquet_and_workbooks_hold_ids_and_kinds_beside_a_code_book(data, tmp_path):
    for form in ("csv", "parquet", "xlsx"):
        (tmp_path / form).mkdir()
        write_labelled({"respondents": data}, tmp_path / form, form, "zh", "t")
    csv = pd.read_csv(tmp_path / "csv/respondents.csv")
    parquet = pd.read_parquet(tmp_path / "parquet/respondents.parquet")
    sheets = pd.read_excel(tmp_path / "xlsx/data.xlsx", sheet_name=None, engine="openpyxl")
    assert list(sheets) == ["respondents", "codebook"]
    for read in (csv, parquet, sheets["respondents"]):
        assert list(read["LOY1_missing"][:4]) == ["blank", "dont_know", "refused", "not_asked"]
        assert list(read["brand"]) == list(data.frame["brand"])
        np.testing.assert_allclose(read["rw_0007"].to_numpy(float), data.frame["rw_0007"], rtol=1e-14)
    field = pq.read_schema(tmp_path / "parquet/respondents.parquet").field("flag_speeding")
    assert field.metadata[b"label_zh"].decode() == "质量标记：作答过快"
    book = pd.read_csv(tmp_path / "csv/codebook.csv", keep_default_na=False)
    east = book[(book["variable"] == "region") & (book["id"] == "east")].iloc[0]
    assert (east["value_zh"], east["value_en"], east["label_en"]) == ("东部", "East", "Region")
    assert not book["value_zh"].str.startswith("=").any()  # a brand called =HYPERLINK("x")
    assert book.loc[book["variable"] == "LOY1", "question_zh"].iloc[0]


def _has_haven() -> bool:
    ask = ["Rscript", "-e", 'quit(status = !requireNamespace("haven", quietly = TRUE))']
    return shutil.which("Rscript") is not None and subprocess.run(ask, capture_output=True).returncode == 0


@pytest.mark.skipif(not _has_haven(), reason="no R with haven here")
def test_haven_reads_labels_and_tagged_missing(data, tmp_path):
    for form in ("sav", "dta"):
        write_labelled({"respondents": data}, tmp_path, form, "en", "t")
    code = (
        "library(haven); s <- read_sav('respondents.sav', user_na=TRUE); d <- read_dta('respondents.dta');"
        "cat(attr(s$region,'label'), s$LOY1[2], is.na(s$LOY1[2]), na_tag(d$LOY1)[1:4], nrow(d), sep='|')"
    )
    told = subprocess.run(["Rscript", "-e", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.endswith(f"Region|-98|TRUE|a|b|c|d|{len(data.frame)}")


def test_codes_of_missing_lie_below_every_scale(tmp_path):
    frame = pd.DataFrame({"q": pd.array([-120, None], dtype="Int64"), "q_missing": [None, "refused"]})
    one = Variable("q", "q", both("题", "Q"), "answer", kinds_in="q_missing", lowest=-120)
    read, about = _read(Labelled(frame, (one,)), tmp_path, "sav")
    assert list(read["q"]) == [-120, -122]
    assert about.missing_ranges["q"] == [{"lo": -124, "hi": -121}]


def test_names_are_those_that_every_program_takes():
    long = "background_" + "x" * 40
    names = legal_names(["to", "Brand", "brand", long, long + "y", "q1"])
    assert names["to"] == "to_"
    assert names["brand"] == "brand_2"
    assert names["q1"] == "q1"
    assert len({name.lower() for name in names.values()}) == 6
    assert all(len(name) <= 32 for name in names.values())


def test_long_labels_are_cut_at_whole_characters(tmp_path):
    one = Variable("b", "b", both("满意" * 200, "s" * 500), "coded", (("x", both("度" * 200, "v")),))
    for form in ("sav", "dta"):
        read, about = _read(Labelled(pd.DataFrame({"b": ["x", None]}), (one,)), tmp_path, form)
        assert about.column_names_to_labels["b"].endswith("…")
        assert next(iter(read["b"])) == 1
        assert read["b"].isna()[1]
    assert set(codebook(Labelled(pd.DataFrame({"b": ["x"]}), (one,)), "csv")["label_en"]) == {"s" * 500}


def test_more_columns_than_a_workbook_holds_are_refused(tmp_path):
    names = [f"v{k}" for k in range(16_385)]
    wide = Labelled(
        pd.DataFrame(np.zeros((1, len(names))), columns=names),
        tuple(Variable(name, name, both("x", "x"), "number") for name in names),
    )
    with pytest.raises(
        InputError, match=r"16,385 columns, and such a file holds 16,384\. Use --format parquet"
    ):
        write_labelled({"wide": wide}, tmp_path, "xlsx", "zh", "t")


def test_small_cells_count_persons_not_rows():
    rows = pd.DataFrame(
        {"region": ["e"] * 6 + ["w", None], "respondent": ["a", "a", "b", "c", "d", "e", "f", "g"]}
    )
    assert small_cells(rows, ["region"]) == (("unknown",), ("w",))
    assert small_cells(rows.iloc[:5], ["region"]) == (("e",),)  # five rows, four persons
    assert small_cells(rows.iloc[:5], []) == ((),)
    assert small_cells(rows.iloc[:6], []) == ()


def test_respondents_of_few_in_a_cell_are_refused_by_the_cell(plan, tmp_path):
    responses = ncsi.open(plan.workspace.warehouse).responses(WAVE, SECTOR)
    with pytest.raises(InputError) as refused:
        export_respondents(plan, SECTOR, "csv", "zh", tmp_path / "o")
    told = str(refused.value)
    assert "fewer than 5 respondents" in told
    assert "(region northeast; city_tier " in told
    assert not any(one in told for one in responses["respondent"])
    assert not (tmp_path / "o").exists()
    every = ["city_tier", "age_group", "gender"]
    with pytest.raises(InputError, match="city_tier, age_group, gender would be told by weights"):
        export_respondents(plan, SECTOR, "csv", "zh", tmp_path / "o", every)


def test_an_export_leads_back_to_nobody_and_is_told_in_the_ledger(plan, root, tmp_path, capsys):
    out, asked = (
        tmp_path / "o",
        ["--without=city_tier", "--without=age_group", "--without=gender", "--without=weights"],
    )
    base = ["export", "--wave", WAVE, "--sector", SECTOR, "--workspace", str(root), "--format", "csv"]
    main([*base, "--out", str(out), "--microdata", *asked])
    told = capsys.readouterr()
    assert "Warning: --microdata writes answers of single respondents" in told.err
    assert "no weights" in told.out
    assert "Synthetic" in told.out
    assert all(path.stat().st_mode & 0o077 == 0 for path in out.iterdir())
    store = ncsi.open(root / "warehouse").responses(WAVE, SECTOR)
    content = b"".join(path.read_bytes() for path in out.iterdir()).decode()
    for column in ("respondent", "interviewer", "device", "source_sha256"):
        assert not any(str(one) in content for one in store[column].dropna().unique())
    read = pd.read_csv(out / "respondents.csv")
    assert len(read) == len(store)
    assert "weight" not in read
    assert "gender" not in read
    assert not {"submitted_at", "duration_s", "source_row", "weight_base"} & set(read)
    assert (read["respondent"] == np.arange(1, len(store) + 1)).all()
    sums = lambda rows: sorted(rows[["SAT1", "SAT2", "LOY1"]].sum(axis=1))  # noqa: E731
    assert sums(read) == sums(store)  # all answers are there
    order = store.sort_values("respondent")["SAT1"].astype(float).fillna(0)
    assert list(read["SAT1"].fillna(0)) != list(order)
    assert list(read["SAT1"].fillna(0)) != list(store["SAT1"].fillna(0))
    event = Ledger.of(plan.workspace).events()[-1]
    assert (event["job"], event["event"], event["rows"]) == ("export", "COMPLETE", len(store))
    assert event["identifiers"] == ["region"]
    assert event["microdata"] is True
    with pytest.raises(
        InputError
    ) as refused:  # joined by their answers, the two would show region and the rest
        export_respondents(plan, SECTOR, "csv", "zh", tmp_path / "p", ["region", "weights"])
    assert "region would be told by weights or by an earlier export" in str(refused.value)
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "受访者数据" in readme
    assert "合成演示数据" in readme
    assert "at least 5 persons (Region)" in readme


def test_weights_are_those_that_the_figures_were_made_with(plan, root, tmp_path, monkeypatch):
    monkeypatch.setattr("ncsi.export.K", 1)
    made = export_respondents(plan, SECTOR, "parquet", "zh", tmp_path / "o")
    read = pd.read_parquet(tmp_path / "o/respondents.parquet")
    stored = ncsi.open(root / "warehouse").table("core_weights_by_respondent", WAVE, SECTOR)
    np.testing.assert_allclose(np.sort(read["weight"].dropna()), np.sort(stored["weight"]), atol=1e-12)
    assert made.about["weights"]["replicates"] == 0
    assert "bootstrap of respondents" in (tmp_path / "o/README.md").read_text(encoding="utf-8")
    store = Store.open(root / "warehouse")
    other = root.parent / "changed"
    shutil.copytree(root, other)
    store = Store.open(other / "warehouse")
    table = store.table("core_weights_by_respondent", WAVE, SECTOR)
    store.replace(WAVE, {"core_weights_by_respondent": table.assign(weight=table["weight"] * 1.01)}, SECTOR)
    with pytest.raises(InputError, match="changed since the sector was estimated"):
        export_respondents(load_plan(open_workspace(other), WAVE), SECTOR, "csv", "zh", tmp_path / "p")


def test_the_published_index_follows_from_exact_weights_which_no_background_joins(
    nation, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("ncsi.export.K", 1)  # its combinations are small; which are refused is shown above
    root = shutil.copytree(
        nation.workspace.root, tmp_path / "w", ignore=shutil.ignore_patterns("exports", "runs", "anchors")
    )
    base = ["export", "--wave", WAVE, "--sector", SECTOR, "--workspace", str(root), "--format", "parquet"]
    main([*base, "--out", str(tmp_path / "o"), "--microdata", "--exact-weights"])
    told = capsys.readouterr()
    assert "Warning: --exact-weights" in told.err
    assert "exact weights for use inside the house only" in told.out
    plan = load_plan(open_workspace(root), WAVE)
    read = pd.read_parquet(tmp_path / "o/respondents.parquet")
    assert not {*plan.wave.dimensions, "cluster"} & set(read)
    fit = fit_pls(read[read["weight"].notna()], plan.instruments[SECTOR], weights="weight", by="brand")
    released = nation.release(WAVE) / "data"
    for mine, table, keys in (
        (fit.index_by, "out_index_by_brand", ["brand", "construct"]),
        (fit.index, "out_index_by_sector", ["construct"]),
    ):
        published = pd.read_parquet(released / f"{table}.parquet").query("sector == @SECTOR")
        both_of = published.dropna(subset="index_0_100").merge(mine, on=keys, suffixes=("", "_mine"))
        assert len(both_of) == published["index_0_100"].notna().sum() > 0
        np.testing.assert_allclose(both_of["index_0_100_mine"], both_of["index_0_100"], atol=0.0051)
    event = Ledger.of(plan.workspace).events()[-1]
    assert event["exact_weights"] is True
    assert event["identifiers"] == []
    readme = (tmp_path / "o/README.md").read_text(encoding="utf-8")
    assert "只限单位内部使用" in readme
    assert "inside the house only" in readme
    out = ["--out", str(tmp_path / "p"), "--microdata"]
    with pytest.raises(SystemExit) as end:
        main([*base, *out])
    assert end.value.code == 2
    assert "has their exact weights" in capsys.readouterr().err
    for place in ("runs", "anchors"):
        shutil.rmtree(root / place)
    main([*base, *out])
    assert "replaced" not in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main([*base, *out, "--exact-weights"])
    assert end.value.code == 2
    assert "an earlier export of these respondents has their background" in capsys.readouterr().err
    kept = ncsi.open(root / "warehouse").responses(WAVE, SECTOR).assign(weight_base=1.0)
    require_not_joined(plan, SECTOR, kept, [], exact=True)  # weights of nobody's own


def test_published_tables_are_those_of_the_release_with_labels(nation, root, tmp_path):
    workspace = open_workspace(root)
    made = export_tables(workspace, WAVE, SECTOR, "sav", "en", tmp_path / "o")
    read, about = pyreadstat.read_sav(str(tmp_path / "o/out_index_by_brand.sav"))
    released = pd.read_parquet(nation.release(WAVE) / "data/out_index_by_brand.parquet")
    released = released[released["sector"] == SECTOR]
    np.testing.assert_array_equal(
        read["index_0_100"].to_numpy(), released["index_0_100"].to_numpy(dtype=float)
    )
    assert about.variable_value_labels["construct"][1] == "Image"
    assert set(about.variable_value_labels["sector"].values()) >= {"Dairy products"}
    assert not any("respondent" in name for name in made.files)
    assert made.about["tables"]
    paths, about = pyreadstat.read_sav(str(tmp_path / "o/out_paths_by_sector.sav"))
    assert {"from", "to_"} <= set(paths)
    assert "Image" in about.variable_value_labels["to_"].values()
    assert not made.replaced
    over = export_tables(workspace, WAVE, SECTOR, "dta", "zh", tmp_path / "o")  # over an earlier export
    assert over.replaced
    _, about = pyreadstat.read_dta(str(tmp_path / "o/out_index_by_brand.dta"))
    assert about.column_names_to_labels["index_0_100"] == "满意度类指数（0-100）"
    assert "乳制品" in "".join(about.variable_value_labels["sector"].values())
    export_tables(workspace, WAVE, SECTOR, "xlsx", "en", tmp_path / "o")
    assert {path.name for path in (tmp_path / "o").iterdir()} == {
        "data.xlsx",
        "codebook.csv",
        "about.json",
        "README.md",
    }


def test_a_release_that_is_not_what_it_says_is_not_handed_on(root, tmp_path):
    other = shutil.copytree(root, tmp_path / "w")
    data = other / "releases" / WAVE / "data/out_index_by_brand.parquet"
    frame = pd.read_parquet(data)
    frame.assign(index_0_100=99.0).to_parquet(data)
    with pytest.raises(InputError, match=r"out_index_by_brand\.parquet"):
        export_tables(open_workspace(other), WAVE, SECTOR, "csv", "zh", tmp_path / "o")
    assert not (tmp_path / "o").exists()


def _refusals(root: Path, tmp_path: Path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("x")
    claimed = tmp_path / "claimed"
    claimed.mkdir()
    (claimed / "about.json").write_text(json.dumps({"made_by": "ncsi export", "files": {}}))
    (claimed / "thesis.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    yield from (
        (root, "the workspace lies in it"),
        (root.parent, "the workspace lies in it"),
        (root / "releases" / "x", "releases may be public"),
        (root / "private" / ".." / "releases" / "x", "releases may be public"),
        (mine, "did not write"),
        (claimed, "did not write"),
        (tmp_path / "file", "a file or a link"),
        (tmp_path / "link", "a file or a link"),
        (tmp_path / "e.csv", r"\.csv is the ending of a file, and --out is a folder"),
        (tmp_path / "e.SAV", r"\.sav is the ending of a file, and another format's than --format csv"),
        (tmp_path / "e.zip", r"Name a folder, as --out e;"),
    )


def test_hostile_places_are_refused_and_left_as_they_were(root, tmp_path):
    workspace = open_workspace(root)
    for out, why in _refusals(root, tmp_path):
        with pytest.raises(InputError, match=why):
            export_tables(workspace, WAVE, SECTOR, "csv", "zh", out)
    assert (tmp_path / "mine/thesis.txt").exists()
    assert (tmp_path / "claimed/thesis.txt").exists()


def test_a_failure_half_way_leaves_the_earlier_export_whole(root, tmp_path, monkeypatch):
    workspace = open_workspace(root)
    out = root / "private" / "exports" / SECTOR
    export_tables(workspace, WAVE, SECTOR, "csv", "zh", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr("ncsi.export.files.write_sav", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_tables(workspace, WAVE, SECTOR, "sav", "zh", out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in out.parent.iterdir()] == [SECTOR]
    assert Ledger.of(workspace).events()[-1]["event"] == "FAIL"
    assert (root / "private").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--wave", "2027Q1", "--sector", SECTOR], "2027Q1"),
        (["--wave", WAVE, "--sector", "cheese"], "no sector cheese"),
        (["--wave", WAVE, "--sector", "cheese", "--microdata"], "no sector cheese"),
        (
            ["--wave", WAVE, "--sector", SECTOR, "--microdata", "--without", "shoe"],
            "'shoe' is no background variable",
        ),
        (["--wave", WAVE, "--sector", SECTOR, "--without", "gender"], "needs --microdata"),
        (["--wave", WAVE, "--sector", SECTOR, "--exact-weights"], "needs --microdata"),
        (
            ["--wave", WAVE, "--sector", SECTOR, "--microdata", "--exact-weights", "--without", "weights"],
            "contradict each other",
        ),
    ],
)
def test_what_cannot_be_asked_ends_with_2(root, tmp_path, capsys, asked, told):
    with pytest.raises(SystemExit) as end:
        main(["export", *asked, "--format", "csv", "--out", str(tmp_path / "o"), "--workspace", str(root)])
    assert end.value.code == 2
    assert told in capsys.readouterr().err


def test_the_command_line_asks_for_the_formats_that_there_are():
    assert ASKED == FORMATS


def test_a_name_that_stata_takes_for_a_type_gets_another():
    assert legal_names(["str1", "STR12_quality", "strange"]) == {
        "str1": "v_str1", "STR12_quality": "v_STR12_quality", "strange": "strange",
    }  # fmt: skip


def test_every_edition_of_stata_opens_the_file(data, tmp_path):
    write_labelled({"respondents": data}, tmp_path, "dta", "en", "t")
    head = (tmp_path / "respondents.dta").read_bytes()[:60]
    assert head.startswith(b"<stata_dta><header><release>118"), "119 is for Stata/MP alone"


def test_two_variables_of_one_name_are_refused_by_the_name(plan):
    background = {**plan.wave.background, "SAT1": plan.wave.background["region"]}
    ours = replace(plan, wave=plan.wave.model_copy(update={"background": background}))
    responses = ncsi.open(plan.workspace.warehouse).responses(WAVE, SECTOR)
    responses[background_column("SAT1")] = responses["region"]
    quality = assess(responses, plan.instruments[SECTOR])
    weighed = weighed_responses(ours, SECTOR, kept_responses(responses, quality))
    with pytest.raises(SpecError, match="two variables of an export would be called 'SAT1'"):
        respondents(responses, quality, weighed, ours, SECTOR, (), range)


def test_a_small_cluster_that_weights_would_show_is_refused_without_its_name(plan):
    responses = ncsi.open(plan.workspace.warehouse).responses(WAVE, SECTOR)
    responses[background_column("village")] = ["few"] * 3 + ["many"] * (len(responses) - 3)
    wave = plan.wave.model_copy(
        update={
            "background": {**plan.wave.background, "village": plan.wave.background["region"]},
            "weighting": Weighting.model_validate({"cluster": "village"}),
        }
    )
    ours = replace(plan, wave=wave)
    with pytest.raises(InputError, match="in some village of the design") as refused:
        require_anonymous(ours, SECTOR, responses, [], ())
    assert "few" not in str(refused.value).replace("fewer", "")


def test_a_combination_within_a_cluster_that_is_too_small_is_refused(plan):
    responses = ncsi.open(plan.workspace.warehouse).responses(WAVE, SECTOR).reset_index(drop=True)
    responses = responses.drop(columns=list(map(background_column, ("city_tier", "age_group", "gender"))))
    half = np.arange(len(responses)) < len(responses) // 2
    responses[background_column("village")] = np.where(half, "a", "b")
    responses[background_column("region")] = np.where(np.arange(len(responses)) % 2, "east", "central")
    wave = plan.wave.model_copy(
        update={
            "background": {**plan.wave.background, "village": plan.wave.background["region"]},
            "weighting": Weighting.model_validate({"cluster": "village"}),
        }
    )
    ours = replace(plan, wave=wave)
    assert require_anonymous(ours, SECTOR, responses, ["region"], ()) == ["region"]
    responses.loc[half, background_column("region")] = "east"
    responses.loc[:2, background_column("region")] = "central"  # three of village a
    with pytest.raises(InputError, match="in 1 combinations of background within a village of the design"):
        require_anonymous(ours, SECTOR, responses, ["region"], ())
    assert require_anonymous(ours, SECTOR, responses, ["region"], ("weights",)) == ["region"]


def test_weights_that_others_know_by_person_become_those_of_several():
    random = np.random.default_rng(5)
    rows = pd.DataFrame(
        {"respondent": [f"p{k}" for k in range(60)], "region": np.where(np.arange(60) < 33, "e", "w")}
    )
    weights = random.gamma(4, 0.25, 60)
    weights[:6] = 1.5  # six persons share it already
    made = shared_weights(weights, rows, ["region"])
    for cell in ("e", "w"):
        own = (rows["region"] == cell).to_numpy()
        assert made[own].sum() == pytest.approx(weights[own].sum())
        counts = pd.Series(made[own]).round(12).value_counts()
        assert counts.min() >= 5
        assert counts.max() < 15
    assert np.corrcoef(made, weights)[0, 1] > 0.9
    brands = rows.assign(brand=[*"ab" * 27, *"cdcdcd"])  # c and d of three persons each: one total
    kept = shared_weights(weights, brands, ["region"], totals_of="brand")
    for column in ("region", "brand"):
        by = brands[column].replace({"d": "c"})
        np.testing.assert_allclose(
            np.bincount(by.factorize()[0], kept), np.bincount(by.factorize()[0], weights), rtol=1e-6
        )
    lone = (brands["brand"] == "c").to_numpy()
    assert kept[lone].sum() != pytest.approx(weights[lone].sum(), rel=1e-6)
    shown = pd.DataFrame({"group": made, "brand": brands["brand"], "kept": kept, "region": rows["region"]})
    assert (shown.groupby(["region", "group", "brand"])["kept"].nunique() == 1).all(), "told: group and brand"
    twice = pd.concat([rows.iloc[:4], rows.iloc[:4]])  # eight rows of four persons are one weight
    assert len(set(shared_weights(np.arange(8.0), twice, []))) == 1
    np.testing.assert_array_equal(shared_weights(np.ones(60), rows, ["region"]), np.ones(60))
    with pytest.raises(ValueError, match="3 weights for 60 rows"):
        shared_weights(np.ones(3), rows, [])


def test_groups_of_neighbours_change_weights_as_little_as_any_would():
    weights = np.random.default_rng(8).gamma(1, 1, 11)
    rows = pd.DataFrame({"respondent": range(11), "brand": list("aabbbabaabb")})
    made = shared_weights(weights, rows, [], least=3)
    given = np.sort(weights)

    def least_change(rest: int) -> float:
        """Of the first `rest` weights, over every way to cut them into groups of three and more."""
        ends = (given[begin:rest] for begin in range(rest - 2) if begin == 0 or begin >= 3)
        starts = (begin for begin in range(rest - 2) if begin == 0 or begin >= 3)
        return min(
            (least_change(start) if start else 0.0) + float(((end - end.mean()) ** 2).sum())
            for start, end in zip(starts, ends, strict=True)
        )

    assert ((made - weights) ** 2).sum() == pytest.approx(least_change(11))
    assert pd.Series(made).value_counts().min() >= 3
    same = np.full(11, 0.1)
    np.testing.assert_array_equal(shared_weights(same, rows, [], totals_of="brand"), same)
    none = np.where(np.arange(11) < 5, 0.0, weights + 1)
    made = shared_weights(none, rows, [], least=3, totals_of="brand")
    assert made.sum() == pytest.approx(none.sum())
    assert (made[:5] == 0).all()


def test_base_weights_of_files_are_coarsened_with_their_replicates_or_refused(plan):
    responses = ncsi.open(plan.workspace.warehouse).responses(WAVE, SECTOR)
    responses["weight_base"] = np.random.default_rng(1).gamma(4, 0.25, len(responses))
    wave = plan.wave.model_copy(update={"weighting": Weighting.model_validate(STRATA)})
    ours = replace(plan, wave=wave)
    quality = assess(responses, plan.instruments[SECTOR])
    kept = kept_responses(responses, quality)
    weighed = weighed_responses(ours, SECTOR, kept)
    made, told = with_shared_weights(ours, SECTOR, kept, weighed, [])
    assert made.weights.sum() == pytest.approx(weighed.weights.sum())
    by_brand = kept.assign(now=made.weights, was=weighed.weights).groupby("brand")[["now", "was"]].sum()
    np.testing.assert_allclose(by_brand["now"], by_brand["was"], rtol=1e-6)
    assert told.rows > 0.9 * len(kept)
    assert 0 < told.mean_change < told.largest_change < 1
    assert set(told.brands_moved) <= set(kept["brand"])
    first, second = (
        fit_weighed(ours, SECTOR, with_design(ours.wave, kept, one)).index for one in (weighed, made)
    )
    target = first["construct"] == plan.instruments[SECTOR].target
    moved = (second["index_0_100"] - first["index_0_100"])[target].iloc[0]
    assert told.sector_moved == pytest.approx(moved, abs=0.0051)
    assert told.deff[0] == pytest.approx(len(kept) / effective_size(weighed.weights), abs=0.001)
    page = readme(
        {
            "microdata": True, "synthetic": True, "wave": WAVE, "sector": SECTOR, "data": "d.csv", "rows": 9,
            "k": 5, "missing": {"zh": "", "en": ""}, "exact_weights": False,
            "weights": {"replicates": 0, "coarsened": asdict(told)},
        }
    )  # fmt: skip
    brand, points = next(iter(told.brands_moved.items()))
    assert f"{brand} {points:+.2f}" in page
    assert f"moved by {told.sector_moved:+.2f} points" in page
    assert f"全行业变动 {told.sector_moved:+.2f} 分" in page
    ratio = (made.weights / weighed.weights)[:, None]
    np.testing.assert_allclose(made.replicates.weights, weighed.replicates.weights * ratio)
    with pytest.raises(
        InputError, match=r"files gave each person a weight, and fewer than 5 .*without weights"
    ):
        with_shared_weights(ours, SECTOR, kept, weighed, ["region", "age_group", "gender", "city_tier"])


def test_base_weights_are_those_of_several_within_each_cluster_of_the_export(plan):
    """Clusters are written beside the weights: a weight of five persons may be one person's of a cluster."""
    responses = ncsi.open(plan.workspace.warehouse).responses(WAVE, SECTOR).head(60)
    random = np.random.default_rng(3)
    responses["weight_base"] = random.gamma(4, 0.25, len(responses))
    responses["region"] = "east"
    responses[background_column("village")] = [f"v{k % 6}" for k in range(len(responses))]
    wave = plan.wave.model_copy(
        update={
            "background": {
                **plan.wave.background,
                "village": plan.wave.background["region"].model_copy(update={"values": ()}),
            },
            "weighting": Weighting.model_validate({"cluster": "village"}),
        }
    )
    ours = replace(plan, wave=wave)
    quality = assess(responses, plan.instruments[SECTOR])
    kept = kept_responses(responses, quality)
    weighed = weighed_responses(ours, SECTOR, kept)
    made, _ = with_shared_weights(ours, SECTOR, kept, weighed, ["region"])
    data = respondents(responses, quality, made, ours, SECTOR, (), range).frame
    grouped = shared_weights(weighed.weights, kept, ["region", background_column("village")])
    data = data[data["weight"].notna()].assign(group=grouped)
    shown = data.groupby(["cluster", "region", "group"])["respondent"].nunique()
    assert len(shown) >= 6
    assert shown.min() >= 5
    assert (data.groupby(["cluster", "region", "group", "brand"])["weight"].nunique() == 1).all()
    assert made.weights.sum() == pytest.approx(weighed.weights.sum())
    lonely = kept.assign(**{background_column("village"): ["w", *kept[background_column("village")][1:]]})
    with pytest.raises(InputError, match="in 1 of its combinations of background and design"):
        with_shared_weights(ours, SECTOR, lonely, weighed, ["region"])


def test_an_answer_that_was_corrected_since_is_noticed_though_weights_are_the_same(root, tmp_path):
    other = shutil.copytree(root, tmp_path / "w")
    store = Store.open(other / "warehouse")
    files = store.table("core_lineage_by_file", WAVE, SECTOR)
    corrected = files.assign(reading_sha256=files["reading_sha256"].where(files["revision"] != -1, "another"))
    store.replace(WAVE, {"core_lineage_by_file": corrected}, SECTOR)
    with pytest.raises(InputError, match="changed since the sector was estimated"):
        export_respondents(load_plan(open_workspace(other), WAVE), SECTOR, "csv", "zh", tmp_path / "p")


def test_every_column_of_a_published_table_is_told_in_chinese():
    public = [
        column
        for name, table in TABLES.items()
        if name.startswith("out_") and "sector" in {one.name for one in table.columns}
        for column in table.columns
    ]
    words = chinese()
    assert {one.about for one in public} == set(words["columns"])
    assert {one.unit for one in public} - {"", "0-1", "0-100", "%"} == set(words["units"])
    assert all(said.strip() for said in words["columns"].values())
