"""Whatever a file holds: accepted + rejected = read, answers lie on the scale, and no row is lost."""

from __future__ import annotations

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ncsi.ingest.cells import normalised, whole_number
from ncsi.ingest.conform import Scope, conform
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import read_file
from ncsi.spec import load_instrument

INSTRUMENT = load_instrument("acsi")
ITEMS = INSTRUMENT.item_ids
CELLS = st.one_of(
    st.integers(-3, 12).map(str),
    st.sampled_from(
        ["", "98", "99", "8.0", "２", " 7 ", "2.5", "TRUE", "1e400", "12345678901", "好", "=1+1"]
    ),
    st.text(max_size=6),
)
ROW = st.tuples(st.sampled_from(["r1", "r2", "r3", "", "r\u200b1"]), st.sampled_from(["b1", "b2", "b9", ""]),
                st.lists(CELLS, min_size=len(ITEMS), max_size=len(ITEMS)))  # fmt: skip
SCOPE = Scope("2026", {"one": INSTRUMENT}, {"one": ("b1", "b2")}, "one")


def write(path, rows):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["respondent", "brand", *ITEMS])
    for respondent, brand, cells in rows:
        writer.writerow(
            [respondent, brand, *(cell.replace("\0", "").replace("\ud800", "") for cell in cells)]
        )
    path.write_bytes(out.getvalue().encode("utf-8", errors="ignore"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=8))
def test_accepted_and_rejected_are_what_was_read(tmp_path, rows):
    path = tmp_path / "f.csv"
    write(path, rows)
    table = read_file(path)
    found = conform(table, layout_of(recognised(table), [INSTRUMENT], None), SCOPE, b"k" * 32)
    accepted = [row for part in found.accepted.values() for row in part["source_row"]]
    assert sorted([*accepted, *found.rejects["source_row"]]) == table.row_numbers.tolist()
    for part in found.accepted.values():
        assert not part.duplicated(["brand", "respondent"]).any()
        for item in INSTRUMENT.items:
            assert part[item.id].isna().eq(part[f"{item.id}_missing"].notna()).all()
            assert part[item.id].dropna().between(item.scale.min, item.scale.max).all()


@given(number=st.integers(-999_999, 999_999), zeros=st.integers(0, 3), wide=st.booleans())
def test_spellings_of_a_whole_number_are_that_number(number, zeros, wide):
    text = f"{number}.{'0' * zeros}" if zeros else str(number)
    if wide:
        text = text.translate({ord("0") + k: ord("０") + k for k in range(10)})
    assert whole_number(normalised(f" {text}\u200b")) == number


@given(text=st.text(max_size=8))
def test_only_whole_numbers_are_whole(text):
    found = whole_number(normalised(text))
    assert found is None or float(normalised(text)) == found
