"""Where a wave stands, and which steps are legal from there: one state machine, no store, no clock.

planned → fielding → closed → estimated → approved → published → revised, and withdrawn from there. A wave may be
estimated while files still come, and published without approvals where none are asked for; so whether it takes files is
kept beside its state. What is out stays out: a published wave that is collected or estimated again stays published
until its next revision, and a withdrawn one withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ncsi.errors import IllegalMove

State = Literal["planned", "fielding", "closed", "estimated", "approved", "published", "revised", "withdrawn"]
Step = Literal["new", "collect", "close", "reopen", "estimate", "approve", "publish", "withdraw"]

OUT: tuple[State, ...] = ("published", "revised")
"""States of a wave with a public release."""

_STAYS_OUT: dict[State, State] = {one: one for one in (*OUT, "withdrawn")}
_AFTER: Mapping[Step, Mapping[State, State]] = {
    "new": {},
    "collect": {
        "planned": "fielding", "fielding": "fielding", "estimated": "fielding", "approved": "fielding", **_STAYS_OUT,
    },
    "close": {"fielding": "closed", "estimated": "estimated", "approved": "approved", **_STAYS_OUT},
    "reopen": {"closed": "fielding", "estimated": "estimated", "approved": "approved", **_STAYS_OUT},
    "estimate": {
        "fielding": "estimated", "closed": "estimated", "estimated": "estimated", "approved": "estimated", **_STAYS_OUT,
    },
    "approve": {"estimated": "approved", "approved": "approved", **_STAYS_OUT},
    "publish": {"estimated": "published", "approved": "published", **_STAYS_OUT, "withdrawn": "revised"},
    "withdraw": dict.fromkeys(OUT, "withdrawn"),
}  # fmt: skip
"""By step, the state that it leads to from each state where it is legal."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A wave's state, whether further files are refused, and the revision that is out (None where none is)."""

    state: State
    closed: bool = False
    revision: int | None = None


NEW = Standing("planned")
"""Where a wave begins."""


def legal(standing: Standing) -> tuple[Step, ...]:
    """The steps that may be taken from there. A closed wave that is out takes files for a declared revision only, which
    the wave file says, not the standing."""
    return tuple(step for step in _AFTER if _leads_to(standing, step) is not None)


def moved(wave: str, standing: Standing, step: Step, revision: int | None = None) -> Standing:
    """Where the step leads; `revision`: the one that `publish` let out, 0 for the first release.

    Raises IllegalMove saying what is legal.
    """
    state = _leads_to(standing, step)
    if state is None:
        raise IllegalMove(
            f"wave {wave}",
            f"it is {said(standing)}, so `{step}` is not possible",
            f"Possible: {_listed(standing)}",
        )
    closed = {"close": True, "reopen": False}.get(step, standing.closed)
    if step != "publish" or revision is None:
        return Standing(state, closed, standing.revision)
    return Standing("revised" if revision else "published", closed, revision)


def takes_files(standing: Standing, revisions: int) -> bool:
    """Whether further files may come: while it is not closed, and for a revision that is declared (`revisions`: how
    many are) and not out yet."""
    return not standing.closed or (standing.revision is not None and revisions > standing.revision)


def said(standing: Standing) -> str:
    """The standing in words."""
    return (
        f"{standing.state} and closed" if standing.closed and standing.state != "closed" else standing.state
    )


def _leads_to(standing: Standing, step: Step) -> State | None:
    if (step == "close" and standing.closed) or (step == "reopen" and not standing.closed):
        return None
    if step == "collect" and standing.closed and standing.revision is None:
        return None
    return _AFTER[step].get(standing.state)


def _listed(standing: Standing) -> str:
    return ", ".join(f"`{step}`" for step in legal(standing))
