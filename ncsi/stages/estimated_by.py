"""What a wave's figures were estimated by, of its file, its totals and the sector list: a release says how its figures
were made.

Kept beside the runs by key of the wave file, as hashes without what readers alone are told, so that a label may be
corrected before the release, and a seed, a level, a share or the wave compared with may not. The sector list is that of
all waves, and its shares change from year to year: a wave that is out goes on being published with those it has, which
its results hold.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from contextlib import suppress
from typing import Any

import pandas as pd

from ncsi import atomic
from ncsi.errors import OutOfOrder
from ncsi.spec import Sector, SectorList
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan

_FILE = "estimated_by.json"
_NO_FIGURE = frozenset(
    {"spec", "id", "label", "title", "publisher", "scope", "field", "release_date", "embargo", "timezone", "synthetic",
     "sources", "deliveries", "quotas", "faults", "composites", "measures", "revisions"}
)  # fmt: skip
"""Keys of a wave file that no figure of its survey follows from once the answers are in."""
_FOR_READERS = frozenset({"label", "formerly", "units", "quota"})
"""Keys within the others that no figure follows from."""


def remember_estimated_by(plan: WavePlan) -> None:
    """Keep what the stored results follow from; where the disk refuses, that is not known."""
    path = plan.runs / _FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, json.dumps(_estimated_by(plan)).encode())
    except OSError:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def require_estimated_by(plan: WavePlan) -> None:
    """Raise OutOfOrder where the wave file or totals say something else than the stored results follow from, or where
    what is kept of that cannot be read; nothing where none is kept, as of results of an earlier version."""
    path = plan.runs / _FILE
    if not path.exists():
        return
    try:
        then = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise OutOfOrder(
            f"{path}: what wave {plan.wave.id} was estimated by cannot be read. Run `ncsi estimate --wave "
            f"{plan.wave.id}` first, which writes it anew."
        ) from error
    now = _estimated_by(plan)
    differ = sorted(key for key in {*then, *now} if then.get(key) != now.get(key))
    if differ:
        raise OutOfOrder(
            f"wave {plan.wave.id}: changed since it was estimated: {', '.join(differ)}. A release would say of its "
            f"figures what they were not made by. Run `ncsi estimate --wave {plan.wave.id}` first, or undo the change."
        )


def sectors_to_estimate_by(plan: WavePlan, basis: pd.DataFrame, out: int | None) -> SectorList:
    """The sector list that groups and nation are made by, with the stored out_basis_by_sector and the revision that is
    `out`, None before the first: of a wave that is out, the groups and shares that it has, unless a revision under way
    corrects them, or measures a sector without one."""
    measured = set(plan.sector_ids) <= set(basis["sector"])
    if out is None or corrects_sector_list(plan, out) or not measured:
        return plan.sectors
    return sectors_as_estimated(plan, basis, out=True)


def corrects_sector_list(plan: WavePlan, out: int) -> bool:
    """Whether a revision after the one that is `out` says so."""
    return any(one.sector_list for one in plan.wave.revisions[out:])


def sectors_as_estimated(plan: WavePlan, basis: pd.DataFrame, *, out: bool) -> SectorList:
    """The sector list as the national results follow from it, by their out_basis_by_sector: its sectors, their groups
    and shares; the rest as it is now. `out`: whether a release of the wave is.

    Raises OutOfOrder where the list says otherwise by now and the wave is not out, or a group of it is gone, or a
    sector that stands in the wave.
    """
    listed = {one.id: one for one in plan.sectors.sectors}
    then = {str(row["sector"]): _as_then(listed, row) for row in basis.to_dict("records")}
    differ = sorted({*then, *listed} - {one for one in listed if then.get(one) == listed[one]})
    wave, cure = plan.wave.id, f"Run `ncsi estimate --wave {plan.wave.id}` first, or undo the change."
    if differ and not out:
        raise OutOfOrder(
            f"wave {wave}: the sector list says something else of {', '.join(differ)} than its groups and nation were "
            f"estimated by: who is in it, groups or shares. {cure}"
        )
    kept = tuple(one for one in (then.get(sector) for sector in listed) if one is not None)
    gone = [
        *(
            f"group {one}"
            for one in sorted({one.group for one in kept} - {one.id for one in plan.sectors.groups})
        ),
        *(f"sector {one}" for one in sorted(set(basis.loc[basis["weight"] > 0, "sector"]) - {*listed})),
    ]
    if gone:
        raise OutOfOrder(
            f"wave {wave}: the {gone[0]} of its results has left the sector list. Put it back: a wave that is out "
            "keeps the groups and shares that it was estimated by."
        )
    return plan.sectors.model_copy(update={"sectors": kept})


def _as_then(listed: Mapping[str, Sector], row: Mapping[Hashable, Any]) -> Sector | None:
    """The sector with the group and the share of a row of out_basis_by_sector; None of one that left the list."""
    now = listed.get(str(row["sector"]))
    if now is None:
        return None
    share = {
        "value": float(row["share"]), "se": None if pd.isna(row["share_se"]) else float(row["share_se"]),
        "source": str(row["share_source"]), "year": int(row["share_year"]),
    }  # fmt: skip
    return now.model_copy(update={"group": str(row["group"]), "share": now.share.model_copy(update=share)})


def _estimated_by(plan: WavePlan) -> dict[str, str]:
    told = plan.wave.model_dump(mode="json", exclude=set(_NO_FIGURE))
    found = {key: sha256_of(_without_readers(value)) for key, value in told.items()}
    totals = sorted((name, one.sha256) for name, one in plan.totals.items())
    return {**found, "population totals": sha256_of(totals)}


def _without_readers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_readers(one) for key, one in value.items() if key not in _FOR_READERS}
    return [_without_readers(one) for one in value] if isinstance(value, list) else value
