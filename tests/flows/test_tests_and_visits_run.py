"""A product test and an experience survey, each from the file of an office to a signed release."""

from __future__ import annotations

import csv

from ncsi.cli import main
from ncsi.report.derived_measures import measure_problems
from ncsi.report.verify import verify_release
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
