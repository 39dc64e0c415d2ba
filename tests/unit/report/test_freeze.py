"""A published wave is frozen: other figures become its next revision, and what was published stays."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from ncsi.errors import PublicationError
from ncsi.report import publish_release
from ncsi.report.bundle import write_data
from ncsi.report.verify import verify_release
from ncsi.signing import SigningKey

KEY = SigningKey(bytes(32))
REASON = {"zh": "更正学校的加权", "en": "Weights of schools corrected"}
FIRST = {"date": "2026-05-06", "note": REASON}
SECOND = {"date": "2026-06-01", "note": {"zh": "恢复", "en": "Back to the first"}}


def moved(tables, by):
    """The same tables with the sector's index `by` points higher."""
    sectors, basis = tables["out_index_by_sector"], tables["out_basis_by_sector"]
    chosen = sectors["construct"] == "Satisfaction"
    columns = ["index_0_100", "low", "high"]
    new = {
        name: tables[name].copy()
        for name in ("out_index_by_sector", "out_basis_by_sector", "out_index_national")
    }
    new["out_index_by_sector"].loc[chosen, columns] += by
    new["out_basis_by_sector"].loc[basis["basis"] == "measured", columns] += by
    return {**tables, **new}


@pytest.fixture(scope="module")
def history(invented, documents_of, tmp_path_factory):
    """A wave published, refused with other figures, published as revision 1; each step's outcome. Of its documents the
    data alone."""
    out = tmp_path_factory.mktemp("releases") / "2026Q1"
    spec = invented.release_spec(("schools",))
    tables = invented.result_tables(spec)
    data = documents_of(write_data)
    first = publish_release(tables, spec, out, data, key=KEY)
    was = (out / "manifest.json").read_bytes()
    with pytest.raises(PublicationError) as refused:
        publish_release(moved(tables, 0.5), spec, out, data)
    aside = out.parent / ".draft" / "2026Q1"
    publish_release(moved(tables, 0.5), replace(spec, draft=True), out, data, draft=aside)
    drafted = (aside / "data" / "out_basis_by_sector.csv").read_bytes()
    shutil.rmtree(aside.parent)
    still = (out / "manifest.json").read_bytes()
    revised = invented.release_spec(("schools",), revisions=(FIRST,))
    second = publish_release(moved(tables, 0.5), revised, out, data, key=KEY)
    return {
        "out": out, "tables": tables, "first": first, "was": was, "still": still, "second": second,
        "refused": str(refused.value), "drafted": drafted, "data": data,
    }  # fmt: skip


def test_other_figures_are_refused_and_nothing_changes(history):
    assert history["was"] == history["still"]
    assert "data/out_basis_by_sector.csv and 1 more tables differ" in history["refused"]
    assert "`revisions` in waves/2026Q1.yaml" in history["refused"]


def test_a_draft_shows_what_is_refused_as_the_message_says(history):
    revised = (history["out"] / "data" / "out_basis_by_sector.csv").read_bytes()
    assert "`ncsi publish --draft` shows figures" in history["refused"]
    assert history["drafted"] == revised


def test_what_was_published_stays_whole(history):
    kept = history["out"].parent / "revisions" / "2026Q1" / "r0"
    assert (kept / "manifest.json").read_bytes() == history["was"]
    assert not [one for one in verify_release(kept).problems if "changed since" in one or "missing" in one]
    assert {path.name for path in history["out"].parent.iterdir()} == {"2026Q1", "revisions"}


def test_the_table_says_what_a_figure_was_is_and_why(history):
    table = pd.read_csv(history["out"] / "data" / "out_revisions.csv", keep_default_na=False)
    release, figure = table.to_dict("records")
    assert (release["level"], release["unit"], release["date"]) == ("release", "2026Q1", "2026-05-06")
    assert (figure["level"], figure["unit"], figure["construct"]) == ("sector", "schools", "Satisfaction")
    assert float(figure["is_0_100"]) - float(figure["was_0_100"]) == pytest.approx(0.5)
    assert (figure["reason_zh"], figure["reason_en"]) == (REASON["zh"], REASON["en"])
    assert history["first"].revisions.empty
    manifest = json.loads((history["out"] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["revision"] == 1


def test_a_second_revision_keeps_the_first_ones_rows(history, invented):
    spec = invented.release_spec(("schools",), revisions=(FIRST, SECOND))
    made = publish_release(history["tables"], spec, history["out"], history["data"])
    rows = made.revisions.query("level == 'sector'")
    assert rows["revision"].tolist() == [1, 2]
    assert rows["was_0_100"].iloc[1] == rows["is_0_100"].iloc[0]
    assert rows["is_0_100"].iloc[1] == rows["was_0_100"].iloc[0]
    kept = history["out"].parent / "revisions" / "2026Q1"
    assert {path.name for path in kept.iterdir()} == {"r0", "r1"}
    spec = invented.release_spec(("schools",))
    with pytest.raises(PublicationError, match=r"published as revision 2, and waves/2026Q1\.yaml declares 0"):
        publish_release(history["tables"], spec, history["out"], history["data"])
