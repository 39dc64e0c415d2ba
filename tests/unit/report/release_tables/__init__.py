"""Complete, plausible result tables of an invented wave, the same at every call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from ncsi.report import Provenance, ReleaseSpec
from ncsi.simulate.background import VARIABLES
from ncsi.spec import SectorList, Wave, load_instrument, load_sectors
from ncsi.tables import TABLES
from release_tables.figures import PREVIOUS, UNBRANDED, WAVE, Tables, sizes_of
from release_tables.of_sectors import gains as gains
from release_tables.of_sectors import sector_tables
from release_tables.of_sectors import standings as standings
from release_tables.of_the_nation import national_tables

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("x")',
    "#set text(red)",
    "𠮷野家 ①",
    "@SUM(1)*_`$",
    "A&B “quoted”",
)
BRANDED = (
    "dairy", "edible_oil", "beer", "casual_wear", "laundry_care", "furniture", "smartphones", "telecom", "banks",
    "express_delivery", "property_management", "steel", "residential_building", "government_service",
)  # fmt: skip


def wave_of(sectors: SectorList, ids: tuple[str, ...], **changes: Any) -> Wave:
    """A wave over those sectors; the first one's brands carry hostile names."""
    entries = [
        {
            "id": one,
            "brands": [
                {"id": f"B{k:02}", "label": _name(one, k), "share": round(0.9 / len(sizes_of(one)), 6)}
                for k in range(len(sizes_of(one)))
            ],
        }
        for one in ids
    ]
    base = {
        "spec": "ncsi/wave/1", "id": WAVE, "label": {"zh": "2026 年第一季度", "en": "2026 Q1"},
        "title": {"zh": "全国顾客满意度指数", "en": "National Customer Satisfaction Index"},
        "publisher": {"zh": "演示发布单位（虚构）", "en": "Demonstration publisher (fictional)"},
        "scope": {"zh": "全国", "en": "national"},
        "field": {"start": date(2026, 1, 8), "end": date(2026, 3, 6)}, "release_date": date(2026, 4, 15),
        "previous": PREVIOUS, "synthetic": True, "sectors": entries,
    }  # fmt: skip
    base["background"] = {name: one.declared() for name, one in VARIABLES.items()}
    return Wave.model_validate({**base, **changes})


def release_spec(ids: tuple[str, ...] | None = None, **changes: Any) -> ReleaseSpec:
    """What publish_release is told; `changes` replace fields of the wave."""
    sectors = load_sectors()
    chosen = ids or (*BRANDED, *UNBRANDED)
    history = pd.DataFrame(
        {
            "wave": [PREVIOUS, WAVE], "label_zh": ["2025 年第一季度", "2026 年第一季度"],
            "label_en": ["2025 Q1", "2026 Q1"], "index_0_100": [77.1, 78.0], "low": [76.7, 77.6],
            "high": [77.5, 78.4],
        }
    )  # fmt: skip
    provenance = Provenance(
        "NCSI-2026Q1-0123456789ab", {"sectors": "0" * 64}, {"dairy.csv": "1" * 64}, {"ncsi": "0.1.0"}, 1, 1000
    )
    instruments = {one: load_instrument(sectors.sector(one).instrument) for one in chosen}
    return ReleaseSpec(wave_of(sectors, chosen, **changes), sectors, instruments, provenance, history)


def result_tables(spec: ReleaseSpec) -> Tables:
    """Every public table of that wave."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name, table in TABLES.items() if table.public}
    for one in spec.wave.sectors:
        for name, frame in sector_tables(spec, one.id).items():
            parts[name].append(frame.assign(wave=spec.wave.id, sector=one.id))
    tables = {name: pd.concat(frames) if frames else pd.DataFrame() for name, frames in parts.items()}
    tables |= {name: frame.assign(wave=spec.wave.id) for name, frame in national_tables(spec, tables).items()}
    return {name: frame.reindex(columns=list(TABLES[name].names)) for name, frame in tables.items()}


def _name(sector: str, k: int) -> Mapping[str, str]:
    hostile = HOSTILE[k] if sector == "dairy" and k < len(HOSTILE) else None
    return {"zh": hostile or f"{'甲乙丙丁戊己庚辛壬癸'[k]}牌", "en": hostile or f"Brand {'ABCDEFGHIJ'[k]}"}
