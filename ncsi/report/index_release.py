"""Result tables of a composite index → one release folder, of the same kind as a wave's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi import atomic
from ncsi.disclosure import publishable_indices
from ncsi.report.bundle import Cover
from ncsi.report.composite import heading_of, index_jobs, index_pages
from ncsi.report.release_spec import Apply, Provenance, Release
from ncsi.report.standalone import Documents, Standalone, notes_of, publish_standalone
from ncsi.signing import SigningKey
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.wave import RevisionNote
from ncsi.tables import OUT_COMPOSITE_BY_UNIT, OUT_COMPOSITES

WHOLE = "all"


@dataclass(frozen=True, slots=True)
class IndexRelease:
    """What the release of an index is, and what it was made from. `correction`: why figures that are public are
    replaced; None for a first release, or the same figures again."""

    plan: IndexPlan
    cover: Cover
    provenance: Provenance
    correction: RevisionNote | None = None


def publish_index_release(
    tables: Mapping[str, pd.DataFrame],
    release: IndexRelease,
    out: Path,
    key: SigningKey | None = None,
    draft: Path | None = None,
    apply: Apply = map,
) -> Release:
    """Write the release of an index into `out`, as `publish_standalone`. `tables`: every table of composite indices.

    Raises PublicationError: a table or column missing, other figures without a correction.
    """
    atomic.recover(out)
    shown = publishable_indices(tables, release.cover.id)
    standing = Standalone("index", release.cover, release.provenance, release.correction)
    level = float(shown[OUT_COMPOSITES.name]["level"].iloc[0])
    head = heading_of(release.cover, release.provenance, level, notes_of(out, standing))
    pages = index_pages(shown, release.plan, head)
    documents = Documents(pages.texts, partial(index_jobs, pages))
    return publish_standalone(shown, documents, _headline(shown), standing, out, key, draft, apply)


def _headline(shown: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The index of all units together, where there are figures of them."""
    about = shown[OUT_COMPOSITES.name].iloc[0]
    units = shown[OUT_COMPOSITE_BY_UNIT.name]
    whole = units[(units["unit"] == WHOLE) & (units["version"] == about["benchmark_version"])][
        "score"
    ].dropna()
    score = None if whole.empty else float(whole.iloc[-1])
    return {
        "tree": str(about["tree"]),
        "year": int(about["year"]),
        "node": str(about["root"]),
        "score": score,
    }
