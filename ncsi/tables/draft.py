"""What a draft says of a sector while answers still come in: never stored, so none of `TABLES`, but declared as they
are, with digits and disclosure rules, since its files leave the house."""

from __future__ import annotations

from ncsi.tables.base import (
    BRAND,
    CONSTRUCT,
    FREEDOM,
    FROM_TO,
    INDEX,
    INTERVAL,
    ITEM,
    SECTOR,
    SIZE,
    STATUS,
    WAVE,
    Table,
    interval,
    number,
)
from ncsi.tables.rules import OF_SECTORS, BrandIndex

_COEFFICIENT = (number("estimate", "point estimate", "standardised"), *interval("estimate", 4, 4), FREEDOM)
OUT_DRAFT_INDEX_BY_SECTOR = Table(
    "out_draft_index_by_sector",
    "Index of every construct by sector",
    ("wave", "sector", "construct"),
    (WAVE, SECTOR, CONSTRUCT, *SIZE, INDEX, *INTERVAL, FREEDOM, STATUS),
    disclosure=(OF_SECTORS,),
)
OUT_DRAFT_INDEX_BY_BRAND = Table(
    "out_draft_index_by_brand",
    "Index of every construct by brand, by the sector's pooled outer weights",
    ("wave", "sector", "brand", "construct"),
    (WAVE, SECTOR, BRAND, CONSTRUCT, *SIZE, INDEX, *INTERVAL, FREEDOM, STATUS),
    disclosure=(BrandIndex(("index_0_100", "se", "low", "high", "df")),),
    may_be_empty=True,
)
OUT_DRAFT_PATHS_BY_SECTOR = Table(
    "out_draft_paths_by_sector",
    "Standardised PLS path coefficients",
    ("wave", "sector", "from", "to"),
    (WAVE, SECTOR, *FROM_TO, *_COEFFICIENT),
    disclosure=(OF_SECTORS,),
)
OUT_DRAFT_EFFECTS_BY_SECTOR = Table(
    "out_draft_effects_by_sector",
    "Standardised total effects",
    ("wave", "sector", "from", "to"),
    (WAVE, SECTOR, *FROM_TO, *_COEFFICIENT),
    disclosure=(OF_SECTORS,),
)
OUT_DRAFT_WEIGHTS_BY_ITEM = Table(
    "out_draft_weights_by_item",
    "Outer weights and loadings",
    ("wave", "sector", "construct", "item"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        ITEM,
        number("weight", "unstandardised outer weight, sums to 1 within the construct", digits=6),
        number("weight_se", "its standard error", digits=6),
        number("weight_low", "lower end of its interval", digits=6),
        number("weight_high", "upper end", digits=6),
        number("loading", "Mode A loading", "correlation"),
        number("loading_se", "its standard error", digits=4),
        number("loading_low", "lower end of its interval", digits=4),
        number("loading_high", "upper end", digits=4),
        FREEDOM,
    ),
    disclosure=(OF_SECTORS,),
)

DRAFT_TABLES = {one.name: one for one in tuple(vars().values()) if isinstance(one, Table)}
"""By name."""
