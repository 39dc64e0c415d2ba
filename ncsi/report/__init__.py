"""Reports from result tables; never sees a respondent."""

from ncsi.report.release import publish_release
from ncsi.report.types import Provenance, Release, ReleaseSpec

__all__ = ["Provenance", "Release", "ReleaseSpec", "publish_release"]
