"""A product test and an experience survey, each from the file of an office to a signed release."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from ncsi.cli import main
from ncsi.ingest.records import read_records
from ncsi.ingest.records.product_test import product_test_checks, product_test_fields
from ncsi.report.derived_measures import measure_problems
from ncsi.report.verify import verify_release
from ncsi.results.measures import Asked
from ncsi.results.measures.product_test import product_test_tables
from ncsi.simulate.measures import example_product_test, example_visits
from ncsi.spec.measures import load_measure


def ncsi(*arguments):
    try:
        main(arguments)
    except SystemExit as left:
        return left.code
    return 0


def run(workspace, measure, frame, capsys):
    file = workspace.root / "data" / f"{measure}.csv"
    frame.to_csv(file, index=False)
    code = ncsi("measure", "run", "--measure", measure, "--data", str(file), "--period", "2026", "--date", "2026-11-20",
                "--workspace", str(workspace.root))  # fmt: skip
    assert code == 0, capsys.readouterr()
    release = workspace.releases / f"{measure}-2026"
    assert verify_release(release).problems == ()
    return release


def rows(release, name):
    with (release / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_product_test_from_results_to_notices(workspace, capsys):
    frame = example_product_test(load_measure("kettle_test"), 1)
    kept = [*sorted(set(frame["产品"]) - {"比对样品"})[:3], "比对样品"]
    release = run(workspace, "kettle_test", frame[frame["产品"].isin(kept)], capsys)
    products = rows(release, "out_test_products")
    assert [row["unit"] for row in products] == kept[:3]
    for row in products:
        assert (release / "units" / f"{row['unit']}.html").is_file()
        assert (release / "units" / f"{row['unit']}.pdf").is_file()
    page = (release / "index.html").read_text(encoding="utf-8")
    assert "3个产品中" in page
    assert "乙实验室" not in page
    assert {row["laboratory"] for row in rows(release, "out_test_laboratories")} == {""}


def test_visits_from_shoppers_to_chains(workspace, capsys):
    frame = example_visits(load_measure("pharmacy_visits"), 1).replace({"调查员": {"T01": "张三丰"}})
    chains = list(dict.fromkeys(frame["连锁企业"]))
    small = chains[-1]
    release = run(
        workspace, "pharmacy_visits", frame[frame["连锁企业"].isin([chains[5], chains[6], small])], capsys
    )
    assert sorted(one.stem for one in (release / "units").glob("*.html")) == sorted(chains[5:7])
    assert rows(release, "out_visits_by_store") == []
    told = {row["chain"]: row for row in rows(release, "out_visits_by_chain")}
    assert (told[small]["score"], told[small]["status"]) == ("", "too_few_stores")
    spoilt = [
        dict(row, passed="1")
        for row in rows(release, "out_visits_item_by_chain")
        if float(row["passed"] or 0) > 1
    ]
    assert len(list(measure_problems("out_visits_item_by_chain", spoilt))) == len(spoilt) > 10
    everything = "".join(
        one.read_text(encoding="utf-8")
        for one in release.rglob("*")
        if one.suffix in (".html", ".csv", ".json")
    )
    assert "号店" not in everything
    assert "张三丰" not in everything


@pytest.fixture
def tested(nation, tmp_path):
    """Results of ten products of the banks' brands, as an office sends them; the release, its published figures."""
    release = nation.release("2026Q1")
    published = {
        row["brand"]: row
        for row in rows(release, "out_index_by_brand")
        if (row["sector"], row["construct"]) == ("banks", "Quality") and row["index_0_100"]
    }
    labels = {row["brand"]: row for row in rows(release, "codes_brands") if row["sector"] == "banks"}
    frame = example_product_test(load_measure("kettle_test"), 1).drop(columns=["感知质量", "感知质量标准误"])
    products = sorted(set(frame["产品"]) - {"比对样品"})
    shown = [labels[brand] for brand in published]
    names = [one["label_zh"] if k % 2 else one["label_en"] for k, one in enumerate(shown)]
    calls = {product: names[k % len(names)] for k, product in enumerate(products[:-1])}
    calls[products[-1]] = "没有这个品牌"
    file = tmp_path / "results.csv"
    frame.assign(品牌=frame["产品"].map(calls).fillna("")).to_csv(file, index=False)
    of = {one["label_zh"]: published[one["brand"]] for one in shown}
    of |= {one["label_en"]: published[one["brand"]] for one in shown}
    return file, release, {product: of.get(brand) for product, brand in calls.items()}


def test_a_test_is_held_against_what_the_wave_publishes_of_perceived_quality(
    tested, workspace, tmp_path, capsys
):
    file, release, figures = tested
    out = tmp_path / "with.csv"
    code = ncsi(
        "measure",
        "perceived",
        "kettle_test",
        str(file),
        str(release),
        str(out),
        "--sector",
        "banks",
        "--json",
    )
    said = capsys.readouterr()
    assert code == 0, said
    told = json.loads(said.out)
    assert told["without"] == ["没有这个品牌"]
    made = pd.read_csv(out, dtype=str, keep_default_na=False)
    for product, row in figures.items():
        own = made[made["产品"] == product]
        wanted = (row["index_0_100"], row["se"]) if row else ("", "")
        assert set(zip(own["感知质量"], own["感知质量标准误"], strict=True)) == {wanted}
    assert set(made["模拟数据"]) == {"是"}
    assert set(made.loc[made["产品"] == "比对样品", "感知质量"]) == {""}
    plan = load_measure("kettle_test")
    records = read_records(
        out, product_test_fields(plan.definition), None, product_test_checks(plan.definition)
    )
    tables = product_test_tables(plan, records, Asked("kettle_test-2026", "2026"))
    (agreement,) = tables["out_test_agreement"].to_dict("records")
    products = tables["out_test_products"].set_index("unit")
    assert (
        products["perceived"].isna() == products.index.isin([one for one in figures if not figures[one]])
    ).all()
    assert agreement["products"] == products[["score", "se", "perceived"]].notna().all(axis=1).sum() >= 10
    assert -1 <= agreement["low"] <= agreement["correlation"] <= agreement["high"] <= 1


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda frame: frame.drop(columns="品牌"), (), "it has no column of brands"),
        (
            lambda frame: frame.assign(品牌="某品牌"),
            (),
            "none of its 1 brands has a published index Quality in 2026Q1",
        ),
        (lambda frame: frame.assign(感知质量="70"), (), "it has perceived quality already"),
        (None, ("--sector", "cement"), "publishes no index Quality of brands of the sector cement"),
        (None, ("--index", "Beauty"), "publishes no index Beauty of brands"),
    ],
)
def test_what_gives_no_perceived_quality_is_said(tested, tmp_path, capsys, change, options, said):
    file, release, _ = tested
    if change is not None:
        change(pd.read_csv(file, dtype=str, keep_default_na=False)).to_csv(file, index=False)
    out = tmp_path / "with.csv"
    asked = ("--sector", "banks", *options)
    assert ncsi("measure", "perceived", "kettle_test", str(file), str(release), str(out), *asked) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_release_that_does_not_hold_gives_none(tested, tmp_path, capsys):
    file, release, _ = tested
    touched = Path(shutil.copytree(release, tmp_path / "touched"))
    with (touched / "data" / "out_index_by_brand.csv").open("a", encoding="utf-8") as table:
        table.write("\n")
    out = str(tmp_path / "with.csv")
    assert ncsi("measure", "perceived", "kettle_test", str(file), str(touched), out, "--sector", "banks") == 2
    assert "does not hold" in capsys.readouterr().err
