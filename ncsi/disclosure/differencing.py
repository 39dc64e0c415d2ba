"""Differencing between releases: what a new figure minus the public one would say of a few people (docs/method.md §15).

Where 1 to threshold − 1 respondents of a cell were added, removed or changed since a release that is out, the
difference of the two figures is theirs alone. The sector then keeps its public figures until enough have changed.
Respondents that are identical are revised freely: a corrected weight or method moves everybody's figure. Two waves of a
panel are two such releases where the others gave the same answers again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ncsi.spec import RULE
from ncsi.tables import BACKGROUND

WHOLE = "sector"
"""The cell that holds all respondents of a sector."""
BRAND_CELL = "brand="
"""How the cell of a brand begins."""
_WHO = ["brand", "respondent"]
_NO_ANSWER = (
    "wave", "sector", *_WHO, "weight_base", "submitted_at", "duration_s", "disposition", "interviewer", "device",
    "source_sha256", "source_row",
)  # fmt: skip
"""Columns that are not answers: they may be corrected without a figure telling of whom."""


def counted(responses: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    """The respondents of a sector as a release counts them: brand, respondent, cells, answers_sha256.

    `responses` are accepted rows as the store returns them, `kept` says whom response quality leaves in.
    """
    answers = [name for name in sorted(responses.columns) if name not in _NO_ANSWER]
    given = {name: coded(responses[name]) for name in answers}
    left_in = kept.to_numpy(dtype=bool).astype(np.intp), ["0", "1"]
    said = _joined([left_in, *given.values()], "\x1f").cast(pa.large_binary()).to_pylist()
    digests = b"".join(hashlib.sha256(one).digest() for one in said)
    dimensions = ["region", *(name for name in answers if name.startswith(BACKGROUND))]
    named = [
        (given[name][0], [f"{name}={one}" for one in given[name][1]]) for name in dimensions if name in given
    ]
    cells = pd.array(_joined(named, "\n") if named else [""] * len(responses), dtype="str")
    who = responses[_WHO].astype("string").reset_index(drop=True)
    return who.assign(cells=cells, answers_sha256=_in_hex(digests, len(responses)))


def _in_hex(digests: bytes, n: int) -> pd.api.extensions.ExtensionArray:
    """n digests of the same length, one after the other, as texts."""
    offsets = np.arange(n + 1, dtype=np.int64) * (2 * len(digests) // max(n, 1))
    texts = pa.LargeStringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(digests.hex().encode()))
    made: pd.api.extensions.ExtensionArray = pd.array(texts, dtype="str")
    return made


_TOGETHER = 512
"""Texts that some columns are joined to before they are joined to the others, at most; of few rows fewer."""
_ROWS_A_TEXT = 8


def _joined(columns: Sequence[tuple[NDArray[np.intp], list[str]]], by: str) -> pa.Array:
    """Of each row the texts of several columns, as of `coded`, with a separator between. Columns of few texts are one
    first, whose texts are those that occur together."""
    texts = [pa.array(words, pa.large_string()).take(pa.array(codes)) for codes, words in _fewer(columns, by)]
    return pc.binary_join_element_wise(*texts, pa.scalar(by, pa.large_string()))


def _fewer(
    columns: Sequence[tuple[NDArray[np.intp], list[str]]], by: str
) -> Iterator[tuple[NDArray[np.intp], list[str]]]:
    """Columns that follow one another as one, as long as their texts are few."""
    codes, words = columns[0]
    most = min(_TOGETHER, len(codes) // _ROWS_A_TEXT)
    for more, others in columns[1:]:
        if len(words) * len(others) > most:
            yield codes, words
            codes, words = more, others
            continue
        both = codes * len(others) + more
        occurs = np.zeros(len(words) * len(others), dtype=bool)
        occurs[both] = True
        places = np.flatnonzero(occurs)
        renumbered = np.zeros(len(occurs), dtype=np.intp)
        renumbered[places] = np.arange(len(places))
        codes = renumbered[both]
        words = [f"{words[k // len(others)]}{by}{others[k % len(others)]}" for k in places.tolist()]
    yield codes, words


def coded(answers: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    """Each answer as its place among the texts that there are, of which the last is empty and stands for none."""
    array = answers.array
    if isinstance(array, pd.Categorical):
        codes, given = array.codes.astype(np.intp), array.categories
    else:
        is_whole = pd.api.types.is_integer_dtype(answers.dtype)
        codes, given = pd.factorize(answers if is_whole else answers.astype("string"))
    texts = [*map(str, given.tolist()), ""]
    codes[codes < 0] = len(texts) - 1
    return codes, texts


def changed_by_cell(before: pd.DataFrame, now: pd.DataFrame) -> dict[str, int]:
    """Respondents of each cell who were added, removed or changed between two tables of `counted`.

    Someone whose answers changed counts once in every cell of either table.
    """
    both = before.merge(now, on=_WHO, how="outer", suffixes=("_before", "_now"))
    same = both["answers_sha256_before"].eq(both["answers_sha256_now"]).fillna(False).to_numpy(dtype=bool)
    moved = both[~same]
    found: dict[str, int] = {}
    columns = (moved[name].fillna("") for name in ("brand", "cells_before", "cells_now"))
    for brand, was, is_now in zip(*columns, strict=True):
        for cell in cells_of(str(brand), f"{was}\n{is_now}"):
            found[cell] = found.get(cell, 0) + 1
    return found


def cells_of(brand: str, cells: str) -> set[str]:
    """Every cell that a respondent is in: the sector, the brand, and those named one a line."""
    return {WHOLE, BRAND_CELL + brand, *(one for one in cells.split("\n") if one)}


def is_differencing(changed: Iterable[int], least: float = RULE.subgroup) -> bool:
    """Whether some cell changed by so few that the difference of its two figures would be theirs."""
    return any(0 < one < least for one in changed)


def repeated_but_for_few(before: pd.DataFrame, now: pd.DataFrame) -> str | None:
    """Of two waves of a panel, as of `counted`: the sector or the brand (`brand=…`) in which all but 1 to threshold − 1
    respondents of either wave answered as before, so that the change of its index would be theirs; None without one."""
    both = before.merge(now, on=_WHO, how="outer", suffixes=("_before", "_now"))
    same = both["answers_sha256_before"].eq(both["answers_sha256_now"]).fillna(False).to_numpy(dtype=bool)
    cells = [(WHOLE, same)] + [
        (f"brand={brand}", same[(both["brand"] == brand).to_numpy(dtype=bool)])
        for brand in sorted(both["brand"].unique())
    ]
    return next((name for name, one in cells if one.any() and is_differencing([int((~one).sum())])), None)


def must_hold(
    public: pd.DataFrame, forgotten: pd.DataFrame, now: pd.DataFrame, revisions: Collection[int]
) -> bool:
    """Whether a sector keeps its public figures, held against every release that is out.

    `public`: core_published_by_respondent of the sector; `forgotten`: core_forgotten_by_cell; `now`: as of
    `counted`; `revisions`: those of the wave that are out.
    """
    for revision in revisions:
        changed = changed_by_cell(public[public["revision"] == revision], now)
        gone = forgotten[forgotten["revision"] == revision]
        for cell, respondents in zip(gone["cell"], gone["respondents"], strict=True):
            if "\n" in str(cell):  # of one figure: ncsi.disclosure.answered
                continue
            changed[str(cell)] = changed.get(str(cell), 0) + int(respondents)
        if is_differencing(changed.values()):
            return True
    return False


def forgotten_by_cell(public: pd.DataFrame, respondents: Collection[str]) -> pd.DataFrame:
    """How many of the `respondents` each public release counts, by cell: revision, sector, cell, respondents."""
    gone = public[public["respondent"].isin(list(respondents))]
    rows = [
        (int(revision), str(sector), cell)
        for revision, sector, brand, cells in zip(
            gone["revision"], gone["sector"], gone["brand"], gone["cells"], strict=True
        )
        for cell in sorted(cells_of(str(brand), str(cells)))
    ]
    keys = ["revision", "sector", "cell"]
    return (
        pd.DataFrame(rows, columns=keys)
        .groupby(keys, as_index=False)
        .size()
        .rename(columns={"size": "respondents"})
    )
