"""Reports from result tables; never sees a respondent.

The names below load what they need on first use: who writes a board or a page of faults writes no release.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "publish_release": "ncsi.report.release",
    "release_draft": "ncsi.report.release",
    "Apply": "ncsi.report.release_spec",
    "Incomplete": "ncsi.report.release_spec",
    "LeftOut": "ncsi.report.release_spec",
    "Provenance": "ncsi.report.release_spec",
    "Release": "ncsi.report.release_spec",
    "ReleaseSpec": "ncsi.report.release_spec",
}
__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from ncsi.report.release import publish_release as publish_release
    from ncsi.report.release import release_draft as release_draft
    from ncsi.report.release_spec import Apply as Apply
    from ncsi.report.release_spec import Incomplete as Incomplete
    from ncsi.report.release_spec import LeftOut as LeftOut
    from ncsi.report.release_spec import Provenance as Provenance
    from ncsi.report.release_spec import Release as Release
    from ncsi.report.release_spec import ReleaseSpec as ReleaseSpec


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ncsi.report' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
