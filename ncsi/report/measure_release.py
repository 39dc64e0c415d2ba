"""Result tables of a measure → one release folder, of the same kind as a wave's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from ncsi import atomic
from ncsi.disclosure import publishable_measures
from ncsi.report.bundle import Cover
from ncsi.report.composite import heading_of
from ncsi.report.measures import MeasureReport, measure_jobs
from ncsi.report.release_spec import Apply, Provenance, Release
from ncsi.report.standalone import Documents, Standalone, notes_of, publish_standalone
from ncsi.signing import SigningKey
from ncsi.spec.wave import RevisionNote
from ncsi.tables import OUT_QUALITY_MEASURES


@dataclass(frozen=True, slots=True)
class MeasureRelease:
    """What the release of a measure is, and what it was made from. `correction`: why figures that are public are
    replaced; None for a first release, or the same figures again."""

    report: MeasureReport
    cover: Cover
    provenance: Provenance
    correction: RevisionNote | None = None


def publish_measure_release(
    tables: Mapping[str, pd.DataFrame],
    release: MeasureRelease,
    out: Path,
    key: SigningKey | None = None,
    draft: Path | None = None,
    apply: Apply = map,
) -> Release:
    """Write the release of a measure into `out`, as `publish_standalone`. `tables`: every table of its kind, and
    out_quality_measures.

    Raises PublicationError: a table or column missing, other figures without a correction.
    """
    atomic.recover(out)
    shown = publishable_measures(tables, release.cover.id)
    standing = Standalone("measure", release.cover, release.provenance, release.correction)
    about = shown[OUT_QUALITY_MEASURES.name].iloc[0]
    head = heading_of(release.cover, release.provenance, float(about["level"]), notes_of(out, standing))
    pages = release.report.pages(shown, release.report.plan, head, "")
    headline = {name: str(about[name]) for name in ("measure", "kind", "period")} | {
        "units": int(about["units"])
    }
    documents = Documents(pages.texts, partial(measure_jobs, pages))
    return publish_standalone(shown, documents, headline, standing, out, key, draft, apply)
