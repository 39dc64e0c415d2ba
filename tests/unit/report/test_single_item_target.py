"""A report of a target of one item says what that costs."""

from __future__ import annotations

from ncsi.report.content.sector_evidence import weak_blocks
from ncsi.spec import Instrument


def test_the_report_says_what_a_single_item_costs(tables, spec):
    instrument = next(iter(spec.instruments.values()))
    content = instrument.model_dump(by_alias=True)
    content["subindices"], content["measures"] = [], []
    for construct in content["constructs"]:
        if construct["id"] == instrument.target:
            construct["items"] = construct["items"][:1]
    own = {
        name: frame[frame["sector"] == "dairy"] if "sector" in frame else frame
        for name, frame in tables.items()
    }
    said = weak_blocks(own, Instrument.model_validate(content))
    assert "is measured by a single item" in said.en
    assert "只由一个题项测量" in said.zh
    assert "single item" not in weak_blocks(own, instrument).en
