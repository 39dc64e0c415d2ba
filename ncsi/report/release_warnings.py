"""What every part of a release warns of: invented data, and an embargo that is not over."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.release_spec import ReleaseSpec


def embargo_of(spec: ReleaseSpec) -> text.Pair:
    """Until when the release may not be passed on; nothing when it may."""
    lifts = spec.wave.embargo
    if not spec.embargoed or lifts is None:
        return text.NOTHING
    hours = f"{lifts:%z}".replace("-", "−")
    return text.phrase("embargo", time=f"{lifts:%Y-%m-%d %H:%M} (UTC{hours[:3]}:{hours[3:5]})")


def warnings_of(spec: ReleaseSpec) -> list[text.Pair]:
    """The warnings that hold, the embargo first."""
    synthetic = text.phrase("synthetic") if spec.wave.synthetic else text.NOTHING
    return [one for one in (embargo_of(spec), synthetic) if one.zh]
