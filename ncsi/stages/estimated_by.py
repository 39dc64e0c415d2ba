"""What a wave's figures were estimated by, of its file and its totals: a release says how its figures were made.

Kept beside the runs by key of the wave file, as hashes without what readers alone are told, so that a label may be
corrected before the release, and a seed, a level, a share or the wave compared with may not.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from ncsi import atomic
from ncsi.errors import OutOfOrder
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


def _estimated_by(plan: WavePlan) -> dict[str, str]:
    told = plan.wave.model_dump(mode="json", exclude=set(_NO_FIGURE))
    found = {key: sha256_of(_without_readers(value)) for key, value in told.items()}
    totals = sorted((name, one.sha256) for name, one in plan.totals.items())
    return {**found, "population totals": sha256_of(totals)}


def _without_readers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_readers(one) for key, one in value.items() if key not in _FOR_READERS}
    return [_without_readers(one) for one in value] if isinstance(value, list) else value
