"""What readers call what a wave is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.text import Pair, phrase
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

    def agency(self, agency: str) -> Pair:
        """What readers call an agency; of one that is not known, that none is named."""
        return (
            text.pair(self.agencies[agency].label) if agency in self.agencies else phrase("field_no_agency")
        )
