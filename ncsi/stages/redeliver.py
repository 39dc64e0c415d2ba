"""Deliveries that correct earlier ones: which files a new one replaces, and what that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from ncsi.errors import SpecError
from ncsi.spec import Workspace
from ncsi.store import Revision, Store

_KEY = ["brand", "respondent"]


def delivered_path(workspace: Workspace, path: Path) -> str:
    """The file's path in the workspace; of a file outside, its name alone. The same path is one delivery."""
    try:
        return path.resolve().relative_to(workspace.root.resolve()).as_posix()
    except ValueError:
        return path.name


def refuse_same_names(workspace: Workspace, paths: Sequence[Path]) -> None:
    """Raise SpecError for two files that would count as deliveries of one: outside, with the same name."""
    seen: dict[str, Path] = {}
    for path in paths:
        name = delivered_path(workspace, path)
        if name in seen and seen[name].resolve() != path.resolve():
            raise SpecError(
                name, "two files outside the workspace have this name", "Rename one, or copy both into it"
            )
        seen[name] = path


def is_named(path: str, names: Iterable[str]) -> bool:
    """Whether a delivered path is among names, given as paths or as bare file names."""
    return any(name in (path, path.rsplit("/", 1)[-1]) for name in names)


def earlier_files(files: pd.DataFrame, sha256: str, path: str, declared: Sequence[str]) -> dict[str, str]:
    """SHA-256 → reason of the counting files of the wave that a delivery replaces.

    `files` are their cards, `declared` names that the delivery says it supersedes. A name that is not in the
    wave is nothing to replace: the file it meant may never have been ingested.
    """
    found = {}
    for row in files.itertuples():
        if row.source_sha256 == sha256:
            continue
        if row.source_path == path:
            found[str(row.source_sha256)] = "same_name"
        elif is_named(str(row.source_path), declared):
            found[str(row.source_sha256)] = "declared"
    return found


def revisions(
    store: Store, wave: str, earlier: Mapping[str, str], accepted: Mapping[str, pd.DataFrame]
) -> list[Revision]:
    """What replacing each earlier file by these accepted rows (by sector) adds, removes and changes."""
    return [
        Revision(sha256, reason, *_difference(store.responses_of(wave, sha256), accepted))
        for sha256, reason in earlier.items()
    ]


def _difference(
    before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]
) -> tuple[int, int, int]:
    added = removed = changed = 0
    for sector in {*before, *after}:
        old, new = (_answers(frames.get(sector)) for frames in (before, after))
        both = old.index.intersection(new.index)
        added += len(new.index.difference(old.index))
        removed += len(old.index.difference(new.index))
        changed += int((old.loc[both] != new.loc[both]).sum()) if len(both) else 0
    return added, removed, changed


def _answers(rows: pd.DataFrame | None) -> pd.Series:
    """One text a respondent and brand, of all that is stored but where it was read: the values that are there by
    their columns' names, in whatever order the columns are."""
    if rows is None or rows.empty:
        return pd.Series(dtype="object", index=pd.MultiIndex.from_arrays([[], []], names=_KEY))
    names = sorted(set(rows.columns) - {"source_sha256", "source_row", "wave", "sector", *_KEY})
    told = [_told(name, rows[name]) for name in names]
    texts = pd.Series(["".join(one) for one in zip(*told, strict=True)], dtype="object")
    return texts.set_axis(pd.MultiIndex.from_frame(rows[_KEY].astype("object")))


def _told(name: str, column: pd.Series) -> list[str]:
    there = column.notna()
    return [
        f"{name}\x1f{one}\x1f" if known else "" for one, known in zip(column.tolist(), there, strict=True)
    ]
