"""Outcome rates of a sample by the AAPOR Standard Definitions (10th edition, 2023)."""

from __future__ import annotations

import math

import pandas as pd

from ncsi.errors import InputError
from ncsi.kinds import of_kind


@of_kind
def outcome_rates(
    I: float, P: float, R: float, NC: float, O: float, U: float = 0, NE: float = 0, e: float | None = None  # noqa: E741
) -> pd.Series:  # fmt: skip
    """AAPOR rates of a probability sample, from the number of cases of each outcome.

    `I` complete and `P` partial interviews, `R` refusals and break-offs, `NC` non-contacts, `O` other eligible,
    `U` of unknown eligibility (UH + UO), `NE` not eligible. `e` is the share of the unknown that is eligible;
    by default that among the known (CASRO), D/(D + NE) with D = (I + P) + (R + NC + O).

    Returns a Series of shares (0-1): RR1-RR6, COOP1-COOP4, REF1-REF3, CON1-CON3, and e. Raises InputError for
    a negative or non-finite count, an `e` outside 0-1, or no eligible case at all. An opt-in panel has none of
    these: see `participation_rate`.
    """
    counts = {"I": I, "P": P, "R": R, "NC": NC, "O": O, "U": U, "NE": NE}
    _check(counts)
    done, contacted = I + P, I + P + R + O
    known = done + R + NC + O
    if known <= 0 or contacted <= 0:
        raise InputError("outcome_rates", "no eligible case was contacted", "Give the counts of all outcomes")
    share = known / (known + NE) if e is None else e
    if not 0 <= share <= 1:
        raise InputError("outcome_rates: e", f"it is {share:g}", "It must lie between 0 and 1")
    bases = (known + U, known + share * U, known)
    rates = {
        f"RR{2 * k + j + 1}": part / base for k, base in enumerate(bases) for j, part in enumerate((I, done))
    }
    coop = {"COOP1": I / contacted, "COOP2": done / contacted}
    coop |= {"COOP3": _over(I, done + R), "COOP4": _over(done, done + R)}
    refusal = {f"REF{k}": R / base for k, base in enumerate(bases, 1)}
    contact = {f"CON{k}": contacted / base for k, base in enumerate(bases, 1)}
    return pd.Series({**rates, **coop, **refusal, **contact, "e": share}, name="rate", dtype="float64")


def participation_rate(responses: float, invited: float) -> float:
    """Share of the invited members of an opt-in panel who responded: such a panel has no response rate."""
    _check({"responses": responses, "invited": invited})
    if not 0 < invited >= responses:
        raise InputError(
            "participation_rate", f"{responses:g} responses of {invited:g} invited", "Give the number invited"
        )
    return responses / invited


def _check(counts: dict[str, float]) -> None:
    for name, count in counts.items():
        if not _is_count(count):
            raise InputError(f"outcome counts: {name}", f"it is {count}", "Give a number of cases, 0 or more")


def _is_count(count: float) -> bool:
    try:
        return math.isfinite(count) and count >= 0
    except TypeError:  # a text, or a missing value of pandas
        return False


def _over(part: float, whole: float) -> float:
    """A share, zero of nothing: no respondent and no refusal leaves nobody to cooperate."""
    return part / whole if whole > 0 else 0.0
