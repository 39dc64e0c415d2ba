"""How far a panel has come in the field: who of it has answered again so far, who is new, who answered out of turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ncsi.results.panel_attrition import PanelKeeping, cohorts, out_of_turn
from ncsi.spec.panel_plan import Rotation


@dataclass(frozen=True, slots=True)
class PanelPart:
    """A rotation group, or the cohort of members who were asked first in one wave: its members to be asked again, those
    of them who have answered so far, and those who are new."""

    part: str
    due: int
    returned: int
    new: int

    @property
    def outstanding(self) -> int:
        """Members to be asked again who have not answered yet."""
        return self.due - self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelProgress:
    """A sector's panel: members of the wave before (`previous`), those whom the rotation releases, those to be asked
    again, of these answered so far; respondents who are new, who were members before but not in the last wave (`back`),
    who were not to be asked (`out_of_turn`); all respondents so far. `by`: the variable of the rotation groups, empty
    where `parts` are cohorts. `planned_new`: the share of respondents that is to be new; `last_retention`: the share
    that the wave before came to; None where neither is known."""

    previous: str
    members: int
    released: int
    due: int
    returned: int
    new: int
    back: int
    out_of_turn: int
    respondents: int
    by: str
    parts: tuple[PanelPart, ...]
    planned_new: float | None
    last_retention: float | None

    @property
    def outstanding(self) -> int:
        """Members to be asked again who have not answered yet."""
        return self.due - self.returned

    @property
    def retention(self) -> float | None:
        """Share of those to be asked again who have answered; None where nobody is to be."""
        return self.returned / self.due if self.due else None

    @property
    def new_share(self) -> float | None:
        """Share of the respondents so far who are new; None before the first of them."""
        return self.new / self.respondents if self.respondents else None


def panel_progress(
    followed: PanelKeeping, rotation: Rotation | None, last_retention: float | None
) -> PanelProgress:
    """How a sector's panel goes, from who was seen in which of its waves."""
    waves = list(followed.seen)
    now, before = followed.seen[waves[-1]], followed.seen[waves[-2]]
    due, first = followed.due(rotation), cohorts(followed.seen)
    new = frozenset(one for one in now if first[one] == waves[-1])
    by = rotation.by if rotation is not None and rotation.by is not None else ""
    of = followed.groups if by else first
    return PanelProgress(
        previous=waves[-2], members=len(before), released=len(before - due), due=len(due), returned=len(due & now),
        new=len(new), back=len(now - before - new), respondents=len(now),
        out_of_turn=len(out_of_turn(followed.seen, rotation, followed.groups)),
        by=by, parts=tuple(_parts({one: of.get(one, "") for one in due | new}, due, now, new)),
        planned_new=rotation.refreshment if rotation is not None else None, last_retention=last_retention,
    )  # fmt: skip


def _parts(
    of: dict[str, str], due: frozenset[str], now: frozenset[str], new: frozenset[str]
) -> Iterator[PanelPart]:
    """Each part with members to be asked again or new ones; members of no known group under an empty name."""
    for part in sorted(set(of.values())):
        own = frozenset(one for one, which in of.items() if which == part)
        yield PanelPart(part, len(own & due), len(own & due & now), len(own & new))
