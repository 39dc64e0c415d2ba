"""Every stored table, declared once: columns, type, unit, grain, key, digits, disclosure. DDL and docs derive."""

from __future__ import annotations

from ncsi.tables import (
    assessment,
    compare,
    composite,
    core,
    indices,
    lineage,
    measures,
    model,
    panel,
    published,
    quality,
    register,
    trend,
    weighting,
    withdrawn,
)
from ncsi.tables.adding_up import AddsUp as AddsUp
from ncsi.tables.assessment import *
from ncsi.tables.base import DUCKDB_TYPES as DUCKDB_TYPES
from ncsi.tables.base import Column as Column
from ncsi.tables.base import Kind as Kind
from ncsi.tables.base import Layer as Layer
from ncsi.tables.base import Table as Table
from ncsi.tables.compare import *
from ncsi.tables.composite import *
from ncsi.tables.core import *
from ncsi.tables.indices import *
from ncsi.tables.lineage import *
from ncsi.tables.measures import *
from ncsi.tables.measures import MEASURE_TABLES as MEASURE_TABLES
from ncsi.tables.measures import TABLES_OF_KIND as TABLES_OF_KIND
from ncsi.tables.model import *
from ncsi.tables.panel import *
from ncsi.tables.published import *
from ncsi.tables.quality import *
from ncsi.tables.register import *
from ncsi.tables.rules import *
from ncsi.tables.trend import *
from ncsi.tables.weighting import *
from ncsi.tables.withdrawn import *


def _declared() -> dict[str, Table]:
    rooms = (core, published, indices, panel, model, assessment, quality, compare, weighting, trend, composite,
             measures, register, withdrawn, lineage)  # fmt: skip
    found = [one for room in rooms for one in vars(room).values() if isinstance(one, Table)]
    return {one.name: one for layer in Layer for one in found if one.layer is layer}


TABLES = _declared()
"""All tables by name, in the order of their making."""

COMPOSITE_TABLES = tuple(one.name for one in vars(composite).values() if isinstance(one, Table))
"""Names of the tables of composite indices: in a release only where it has one."""
