"""The release of an index or a measure that is run by itself: where it goes, its cover, and who must approve it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ncsi.errors import SpecError
from ncsi.report import Provenance, Release
from ncsi.report.bundle import Cover
from ncsi.report.look import look_of
from ncsi.report.release import release_draft
from ncsi.report.standalone import revisions_of
from ncsi.report.text import phrase
from ncsi.spec import Label, Workspace
from ncsi.spec.hashing import sha256_of
from ncsi.spec.theme import load_theme
from ncsi.spec.wave import RevisionNote
from ncsi.stages.approvals import approvals, draft_folder

NOBODY = Label(zh="发布单位未填", en="Publisher not named")
PACKAGES = ("ncsi", "numpy", "pandas", "scipy", "duckdb", "pyarrow")


@dataclass(frozen=True)
class OwnRelease:
    """A release by its id. `correction`: why figures that are public are replaced; `out`: another folder of releases
    than the workspace's."""

    workspace: Workspace
    id: str
    day: date
    correction: Label | None = None
    out: Path | None = None

    @property
    def place(self) -> Path:
        """Its folder."""
        return (self.out or self.workspace.releases) / self.id

    @property
    def note(self) -> RevisionNote | None:
        """The correction with its day."""
        return None if self.correction is None else RevisionNote(date=self.day, note=self.correction)

    @cached_property
    def _notes(self) -> list[Mapping[str, Any]]:
        own = [] if self.note is None else [self.note.model_dump(mode="json")]
        return [*revisions_of(self.place), *own]

    @property
    def revision(self) -> int:
        """How many corrections it has, this one among them."""
        return len(self._notes)

    def provenance(
        self, specs: Mapping[str, str], sources: Mapping[str, str], seed: int, replicates: int, signer: bytes
    ) -> Provenance:
        """What it is made from, by hashes of specs and sources; its release id follows from them."""
        themed = load_theme(self.workspace.root)
        specs = {**specs, **(themed.sha256 if themed else {})}
        versions = {package: version(package) for package in PACKAGES}
        fingerprint = sha256_of(sorted(specs.items()), sorted(sources.items()), sorted(versions.items()))
        release_id = f"NCSI-{self.id}-{fingerprint[:12]}"
        return Provenance(
            release_id, dict(sorted(specs.items())), dict(sources), versions, seed, replicates, signer
        )

    def cover(self, title: Label, label: Label, made_from: Provenance, synthetic: bool) -> Cover:
        """Its cover, with the notes of all corrections."""
        return Cover(
            id=self.id,
            title=title,
            label=label,
            publisher=publisher_of(self.workspace),
            release_date=self.day,
            release_id=made_from.release_id,
            synthetic=synthetic,
            warnings=(phrase("synthetic"),) if synthetic else (),
            notes=tuple(f"{one['date']} {one['note'][lang]}" for one in self._notes for lang in ("zh", "en")),
            signer=made_from.signer,
            look=look_of(load_theme(self.workspace.root), self.workspace.root),
        )

    def put_out(self, publish: Callable[[Path | None], Release]) -> Release:
        """Publish it; where the workspace asks for approvals, into `releases/.draft/`, and from there into its folder
        once enough have signed."""
        needed, revision = self.workspace.settings.approvals, self.revision
        if not needed:
            return publish(None)
        draft = draft_folder(self.workspace, self.id)
        made = publish(draft)
        lacking = needed - len(approvals(self.workspace, self.id))
        if lacking > 0:
            return replace(made, lacking=lacking)
        release_draft(draft, self.place, revision)
        return replace(made, folder=self.place)


def publisher_of(workspace: Workspace) -> Label:
    """Who publishes: as the theme says, else the settings, else the last wave."""
    themed = load_theme(workspace.root)
    if themed is not None and themed.theme.publisher is not None:
        return themed.theme.publisher
    if workspace.settings.publisher is not None:
        return workspace.settings.publisher
    waves = workspace.wave_ids()
    try:
        return workspace.wave_alone(waves[-1]).publisher if waves else NOBODY
    except SpecError:  # a wave that does not load says so when it is run
        return NOBODY
