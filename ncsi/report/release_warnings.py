"""What every part of a release warns of: invented data, an embargo that is not over, a draft, sectors left out."""

from __future__ import annotations

from collections.abc import Iterable

from ncsi.report import text
from ncsi.report.release_spec import ReleaseSpec
from ncsi.spec import scope_of


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


def incomplete_of(spec: ReleaseSpec) -> text.Pair:
    """Which sectors the release leaves out, why, and what its index of all rests on; nothing where it has all."""
    told = spec.incomplete
    if told is None:
        return text.NOTHING

    def names(ids: Iterable[str]) -> text.Pair:
        return text.joined([text.pair(spec.sectors.sector(one).label) for one in ids])

    reasons = [
        text.phrase(
            "incomplete_sector", sector=names([one.sector]), reason=text.phrase(f"incomplete_{one.reason}")
        )
        for one in told.sectors
    ]
    scope = text.pair(scope_of(spec.wave, spec.sectors))
    found = [
        text.phrase(
            "incomplete", sectors=text.joined(reasons), scope=scope, coverage=text.share(told.coverage, 1)
        )
    ]
    if told.carried:
        found.append(text.phrase("incomplete_carried", sectors=names(told.carried), scope=scope))
    if told.indices:
        lacking = text.joined([text.pair(one) for one in told.indices])
        found.append(text.phrase("incomplete_indices", indices=lacking))
    return text.sentences(found)


def withdrawn_of(spec: ReleaseSpec) -> text.Pair:
    """Earlier waves that the release leaves out of trends and changes, as they are withdrawn; nothing without any."""
    if not spec.withdrawn_waves:
        return text.NOTHING
    return text.phrase("withdrawn_waves", waves=text.joined([text.pair(one) for one in spec.withdrawn_waves]))


def warnings_of(spec: ReleaseSpec) -> list[text.Pair]:
    """The warnings that hold, the restriction first."""
    synthetic = text.phrase("synthetic") if spec.wave.synthetic else text.NOTHING
    return [
        one for one in (restriction_of(spec), incomplete_of(spec), withdrawn_of(spec), synthetic) if one.zh
    ]
