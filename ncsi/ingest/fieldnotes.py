"""What a file says of the fieldwork of each row: disposition, interviewer, device."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from ncsi.ingest.answers import recoding
from ncsi.ingest.cells import Coded, translated
from ncsi.ingest.dialects import Layout
from ncsi.ingest.faults import Faults
from ncsi.ingest.privacy import canonical_identity, personal_kind, pseudonym

DISPOSITIONS = ("complete", "partial", "no_consent", "not_eligible", "technical_duplicate")
_STAFF_CODE = re.compile(r"[A-Za-z]{0,4}[-_]?[0-9]{1,6}")
Texts = npt.NDArray[np.object_]


def dispositions(cells: Mapping[str, Coded], layout: Layout, rows: int) -> tuple[Texts, list[Faults]]:
    """Outcome of each interview, None where the file does not say; a word that is none of them is a fault."""
    column = layout.columns.get("disposition")
    if column is None:
        return np.full(rows, None, dtype=object), []
    codes = recoding(layout, "disposition")
    words = [translated(word, codes) for word in cells[column].words]
    known = np.array([word if word in DISPOSITIONS else None for word in words], dtype=object)
    wrong = np.array([word != "" and word not in DISPOSITIONS for word in words], dtype=bool)
    positions = np.flatnonzero(wrong[cells[column].codes])
    return known[cells[column].codes], [
        Faults("disposition_unknown", column, positions, ["code"] * len(positions))
    ]


def interviewers(cells: Mapping[str, Coded], layout: Layout, rows: int, key: bytes) -> Texts:
    """The interviewer's staff code as it stands; a name or anything else that is no code, as a keyed pseudonym."""
    return _per_word(cells, layout, rows, "interviewer", lambda word: _staff(word, key))


def devices(cells: Mapping[str, Coded], layout: Layout, rows: int, key: bytes) -> Texts:
    """Keyed pseudonym of the device (or address) a response came from, None where unknown."""
    return _per_word(
        cells, layout, rows, "device", lambda word: pseudonym(key, canonical_identity(word)) if word else None
    )


def _staff(word: str, key: bytes) -> str | None:
    if word == "":
        return None
    return word if _STAFF_CODE.fullmatch(word) and not personal_kind(word) else pseudonym(key, word)[:12]


def _per_word(
    cells: Mapping[str, Coded], layout: Layout, rows: int, name: str, of: Callable[[str], str | None]
) -> Texts:
    column = layout.columns.get(name)
    if column is None:
        return np.full(rows, None, dtype=object)
    made = np.array([of(word) for word in cells[column].words], dtype=object)
    return np.asarray(made[cells[column].codes], dtype=object)
