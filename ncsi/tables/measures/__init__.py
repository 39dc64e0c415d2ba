"""Tables of measures of quality beside the index; a release has those of the kinds that are in it."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from ncsi.tables.base import Table
from ncsi.tables.measures import (
    common,
    complaints,
    grades,
    passengers,
    product_test,
    projects,
    purchases,
    visits,
)
from ncsi.tables.measures.common import *
from ncsi.tables.measures.complaints import *
from ncsi.tables.measures.grades import *
from ncsi.tables.measures.passengers import *
from ncsi.tables.measures.product_test import *
from ncsi.tables.measures.projects import *
from ncsi.tables.measures.purchases import *
from ncsi.tables.measures.visits import *

_KINDS: Mapping[str, ModuleType] = {
    "complaints": complaints,
    "grades": grades,
    "product_test": product_test,
    "visits": visits,
    "passengers": passengers,
    "projects": projects,
    "purchases": purchases,
}


def _names(room: ModuleType) -> tuple[str, ...]:
    own = [one.name for one in vars(room).values() if isinstance(one, Table)]
    return tuple(name for name in own if name != common.OUT_QUALITY_MEASURES.name)


TABLES_OF_KIND: Mapping[str, tuple[str, ...]] = {kind: _names(room) for kind, room in _KINDS.items()}
"""Names of the tables of each kind of measure."""
MEASURE_TABLES = (
    common.OUT_QUALITY_MEASURES.name,
    *(name for own in TABLES_OF_KIND.values() for name in own),
)
"""Names of all tables of measures: in a release only where it has one."""
