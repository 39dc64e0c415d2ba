"""The publication rule: what effective sample size a figure needs to be shown (docs/method.md §13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Real, Spec

Status = Literal["published", "indicative", "suppressed"]
Shown = Literal["zh", "en", "both"]
"""The edition of a document: one language, or both side by side."""
Format = Literal["docx", "pptx", "email", "png", "long", "brief"]
"""Files that a release holds where they are asked for: for office programs, the press note for e-mails; of each
report a picture for links to it, a long picture for phones, and a brief of one page."""
FORMATS: tuple[Format, ...] = ("docx", "pptx", "email", "png", "long", "brief")


class PublicationRule(Spec):
    """Thresholds on the effective sample size n_eff of a brand and of a subgroup cell, and on the share of a cell's
    weight that one respondent may carry; of units that are not named: fewest that a figure is of, and the share of it
    that one may carry.

    A brand needs no test of dominance: the largest share p of a cell satisfies p² ≤ 1/n_eff, so at n_eff ≥ 100 nobody
    carries more than a tenth.
    """

    published: Annotated[Real, Field(gt=0)] = 200
    indicative: Annotated[Real, Field(gt=0)] = 100
    subgroup: Annotated[Real, Field(gt=0)] = 30
    dominance: Annotated[Real, Field(gt=0, le=1)] = 0.10
    units: Annotated[int, Field(gt=0)] = 5
    unit_dominance: Annotated[Real, Field(gt=0, le=1)] = 0.5

    def status(self, n_eff: float) -> Status:
        """`published`, `indicative` (参考) or `suppressed` for that effective sample size."""
        if n_eff >= self.published:
            return "published"
        return "indicative" if n_eff >= self.indicative else "suppressed"


RULE = PublicationRule()
"""The rule in force."""
