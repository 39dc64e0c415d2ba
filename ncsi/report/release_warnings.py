"""What every part of a release warns of: invented data, an embargo that is not over, a draft."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.release_spec import ReleaseSpec


def restriction_of(spec: ReleaseSpec) -> text.Pair:
    """Until when the release may not be passed on; nothing when it may."""
    if spec.draft:
        return text.phrase("draft", date=spec.wave.release_date.isoformat())
    lifts = spec.wave.embargo
    if not spec.embargoed or lifts is None:
        return text.NOTHING
    hours = f"{lifts:%z}".replace("-", "−")
    return text.phrase("embargo", time=f"{lifts:%Y-%m-%d %H:%M} (UTC{hours[:3]}:{hours[3:5]})")


def stamp_of(spec: ReleaseSpec) -> text.Pair:
    """The word across every page of a release that may not be passed on; nothing on others."""
    if spec.draft:
        return text.phrase("draft_stamp")
    return text.phrase("embargo_stamp") if spec.embargoed else text.NOTHING


def warnings_of(spec: ReleaseSpec) -> list[text.Pair]:
    """The warnings that hold, the restriction first."""
    synthetic = text.phrase("synthetic") if spec.wave.synthetic else text.NOTHING
    return [one for one in (restriction_of(spec), synthetic) if one.zh]
