"""Reports from result tables; never sees a respondent."""

from ncsi.report.release import publish_release, release_draft
from ncsi.report.release_spec import Apply, Provenance, Release, ReleaseSpec

__all__ = ["Apply", "Provenance", "Release", "ReleaseSpec", "publish_release", "release_draft"]
