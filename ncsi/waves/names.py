"""What readers call what a wave is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsi.report.text import Pair
from ncsi.spec import Agency


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What readers call sectors, brands (by sector and id), agencies, background variables and their values, waves."""

    sectors: Mapping[str, Pair]
    brands: Mapping[tuple[str, str], Pair]
    agencies: Mapping[str, Agency]
    values: Mapping[tuple[str, str], Pair]
    variables: Mapping[str, Pair]
    waves: Mapping[str, Pair]
