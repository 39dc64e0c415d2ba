"""The jobs of a wave, step by step: files are collected, sectors estimated, a release published.

What only some jobs need is imported where it is used: a file that comes in waits for no report's libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ncsi.engine.steps import Steps
from ncsi.errors import NcsiError
from ncsi.spec import Label, Workspace
from ncsi.spec.plan import WavePlan
from ncsi.stages import recorded, recorded_figures
from ncsi.stages.collect import FileOutcome
from ncsi.stages.due import STEPS, Step, due_steps, is_before_release
from ncsi.stages.fault_limits import faulty_sectors
from ncsi.stages.inbox import Arrival, Taken, open_plans, put_back, refused, settled_arrival, take
from ncsi.stages.known_files import stored_of
from ncsi.stages.questionnaires import require_asked
from ncsi.stages.register import closed_at
from ncsi.stages.source_files import SourceFile, sources_of
from ncsi.store import Store
from ncsi.tables import OUT_COMPOSITES, OUT_QUALITY_MEASURES
from ncsi.worker_pool import workers

if TYPE_CHECKING:
    from ncsi.report import Release
    from ncsi.report.diagnoses import Diagnoses
    from ncsi.stages.draft import WaveDraft
    from ncsi.stages.estimate import SectorOutcome, SectorResults
    from ncsi.stages.index_request import IndexRequest
    from ncsi.stages.indices import IndexOutcome
    from ncsi.stages.measuring import MeasureOutcome, MeasureRequest
    from ncsi.stages.nation import NationOutcome
    from ncsi.stages.unchanged_sectors import Compared


_OF_THE_WAVE = {"validate": recorded.validate, "board": recorded.board}
"""What is made of a wave's answers once files came."""


@dataclass(frozen=True, slots=True)
class WaveOutcome:
    """What the three jobs came to."""

    wave: str
    files: tuple[FileOutcome, ...]
    sectors: tuple[SectorOutcome, ...]
    nation: NationOutcome
    release: Release


class Engine(Steps):
    """Runs the jobs of a wave; how their steps run, each engine says."""

    def estimating(self, store: Store, plan: WavePlan, sectors: int) -> Callable[[str], SectorResults]:
        """The work of estimating one of so many sectors, by its id."""
        compute = partial(recorded.computed, threads=self.threads_each(sectors))
        return partial(recorded.estimate, store, plan, compute=compute)

    def threads_each(self, sectors: int) -> int:
        """How many threads of its own a sector may have, of so many sectors: here cores are idle where there are fewer
        sectors than `workers()`."""
        return -(-workers() // max(1, sectors))

    def collect(self, plan: WavePlan, sources: Sequence[SourceFile]) -> tuple[FileOutcome, ...]:
        """Export files → accepted responses and rejects; then the wave's validation page."""
        return self.job("collect", plan, partial(self._collect, plan, sources))

    def take_in(
        self, workspace: Workspace, inbox: Path, paths: Sequence[str], now: datetime
    ) -> tuple[Arrival, ...]:
        """Files of an inbox (paths relative to it) → accepted responses and rejects of the waves that are in the field
        at `now` (aware, in the zone of the waves' dates); what is not known goes to quarantine. As `stages.inbox`."""
        plans = open_plans(workspace, now)
        taken: list[Taken] = []
        arrivals: list[Arrival] = []
        try:
            for path in paths:
                found = take(workspace, inbox, path, plans)
                if isinstance(found, Taken):
                    taken.append(found)
                else:
                    arrivals.append(found)
            for plan in plans:
                own = [one for one in taken if one.plan is plan]
                if own:
                    arrivals += self.job("inbox", plan, partial(self._take_in, plan, inbox, own))
                    taken = [one for one in taken if one.plan is not plan]
        except BaseException:
            put_back(workspace, inbox, taken)
            raise
        return tuple(arrivals)

    def _take_in(self, plan: WavePlan, inbox: Path, taken: Sequence[Taken]) -> list[Arrival]:
        home = plan.workspace
        with Store.opened_alone(
            home.warehouse, create=True, bucket=home.bucket, catalogue=home.catalogue
        ) as store:
            require_asked(store, plan)
        files = {str(source.path): source for one in taken for source in one.sources}
        outcomes = dict(
            zip(
                files,
                self.run_step("collect", partial(recorded.collect_or_say, store, plan), files),
                strict=True,
            )
        )
        stored = [one for one in outcomes.values() if not isinstance(one, NcsiError)]
        recorded.collected(store, plan, files, stored)
        arrivals = []
        for one in taken:
            own = [outcomes[str(source.path)] for source in one.sources]
            wrong = next((each for each in own if isinstance(each, NcsiError)), None)
            done = [each for each in own if not isinstance(each, NcsiError)]
            arrivals.append(
                settled_arrival(one, done) if wrong is None else refused(plan.workspace, inbox, one, wrong)
            )
        self.run_beside(_OF_THE_WAVE, plan.wave.id, plan)
        return arrivals

    def board(self, plan: WavePlan) -> Path:
        """How field work goes → the wave's board, whether or not files came."""
        work = partial(self.run_step, "board", recorded.board, {plan.wave.id: plan})
        return self.job("board", plan, work)[0]

    def estimate(
        self, plan: WavePlan, *, anew: bool = False, known: Compared | None = None
    ) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
        """Responses → result tables: every sector whose results do not follow from what is there, `anew` all; then the
        nation, where its own do not. `known`: what `sector_inputs.unchanged_now` told, if it was asked: it
        is not asked again where nothing was written since.

        A sector that cannot be estimated from its data, is too small to be published, or has more faults than declared
        does not hold the others. Raises ConformError where the wave's faults exceed its declared share without such
        sectors too, EstimationFailed as `recorded.aggregate`; the others are stored.
        """
        return self.job("estimate", plan, partial(self._estimate, plan, anew, known))

    def draft(self, plan: WavePlan, *, files: bool = False) -> WaveDraft:
        """Responses → figures as they stand, without replicates, for who looks while answers come in: nothing is
        stored, and no scheduler hears of it. `files`: as CSV, marked, in `private/.draft/<wave>/` too. Raises as
        `estimate`, and PublicationError where there is nothing that files may hold."""
        return recorded.draft(plan, self.map, self.progress, files=files)

    def publish(self, plan: WavePlan, *, draft: bool = False) -> Release:
        """Result tables → `releases/<wave>/`, or a marked `draft` of that. Raises PublicationError."""
        work = partial(recorded.publish, plan, self.map, self.progress, draft=draft)
        return self.job("publish", plan, work)

    def run(
        self, plan: WavePlan, sources: Sequence[SourceFile], *, anew: bool = False,
        collected: Callable[[Sequence[FileOutcome]], object] | None = None,
    ) -> WaveOutcome:  # fmt: skip
        """Collect, estimate (`anew` as there), publish; before the release date, make a marked draft instead.
        `collected` is called with the files, which stay whatever becomes of the other steps."""
        return self.job("wave", plan, partial(self._run, plan, sources, anew, collected))

    def run_due(self, plan: WavePlan, now: datetime, last: Step = "publish") -> tuple[Step, ...]:
        """Do what is due at `now` (aware, in the zone of the wave's dates), through `last`, and say what was done.

        During fieldwork, files that have not arrived are not a fault.
        """
        return self.job("due", plan, partial(self._run_due, plan, now, last))

    def run_index(
        self, request: IndexRequest, day: date, correction: Label | None = None, out: Path | None = None
    ) -> tuple[IndexOutcome, Release]:
        """A file of figures → a composite index, stored, and its release. Raises what `compute_one_index` and
        `publish_one_index` of `ncsi.stages.recorded_figures` raise."""
        return self.job("composite", request, partial(self._run_index, request, day, correction, out))

    def _run_index(
        self, request: IndexRequest, day: date, correction: Label | None, out: Path | None
    ) -> tuple[IndexOutcome, Release]:
        (outcome,) = self.run_step("composite", recorded_figures.compute_one_index, {request.source: request})
        return outcome, recorded_figures.publish_one_index(request, outcome, day, correction, out, self.map)

    def run_measure(
        self, request: MeasureRequest, day: date, correction: Label | None = None, out: Path | None = None
    ) -> tuple[MeasureOutcome, Release]:
        """A file of records → a measure of quality, stored, and its release. Raises what `compute_one_measure` and
        `publish_one_measure` of `ncsi.stages.recorded_figures` raise."""
        return self.job("measure", request, partial(self._run_measure, request, day, correction, out))

    def _run_measure(
        self, request: MeasureRequest, day: date, correction: Label | None, out: Path | None
    ) -> tuple[MeasureOutcome, Release]:
        (outcome,) = self.run_step(
            "measure", recorded_figures.compute_one_measure, {request.file.name: request}
        )
        return outcome, recorded_figures.publish_one_measure(request, outcome, day, correction, out, self.map)

    def diagnose(self, plan: WavePlan, sector: str | None = None, brand: str | None = None) -> Diagnoses:
        """Result tables → a PDF for each brand over the threshold, or for those asked for. As
        `recorded.diagnose`."""
        return recorded.diagnose(plan, sector, brand, self.map)

    def _collect(self, plan: WavePlan, sources: Sequence[SourceFile]) -> tuple[FileOutcome, ...]:
        home = plan.workspace
        with Store.opened_alone(
            home.warehouse, create=True, bucket=home.bucket, catalogue=home.catalogue
        ) as store:
            require_asked(store, plan)
            stored = stored_of(store, plan.wave.id)
        files = {str(source.path): source for source in sources}
        done = recorded.known(stored, plan, files)
        new = {name: source for name, source in files.items() if name not in done}
        done |= zip(new, self.run_step("collect", partial(recorded.collect, store, plan), new), strict=True)
        outcomes = tuple(done[name] for name in files)
        recorded.collected(store, plan, new, outcomes)
        self.run_beside(_OF_THE_WAVE, plan.wave.id, plan)
        return outcomes

    def _estimate(
        self, plan: WavePlan, anew: bool, known: Compared | None
    ) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
        from ncsi.stages.estimated_sectors import kept_results, refused, without_too_small
        from ncsi.stages.unchanged_sectors import still_unchanged

        with Store.opened_alone(plan.workspace.warehouse) as store:
            require_asked(store, plan)
            faulty = faulty_sectors(plan.wave, store)
        by_sector = {} if anew else kept_results(still_unchanged(store, plan, known))
        by_sector |= {sector: refused(sector, problem) for sector, problem in faulty.items()}
        sectors = {sector: sector for sector in plan.sector_ids if sector not in by_sector}
        made = self.run_step("estimate", self.estimating(store, plan, len(sectors)), sectors)
        by_sector |= zip(sectors, made, strict=True)
        results = without_too_small([by_sector[sector] for sector in plan.sector_ids])
        nation = recorded.aggregate(store, plan, results, anew=anew)
        with store.session():
            has_indices, has_measures = (
                len(store.table(one.name, plan.wave.id)) > 0 for one in (OUT_COMPOSITES, OUT_QUALITY_MEASURES)
            )
        if plan.wave.composites or has_indices:
            self.run_step("composite", recorded_figures.wave_indices, {plan.wave.id: plan})
        if plan.wave.measures or has_measures:
            self.run_step("measure", recorded_figures.wave_measures, {plan.wave.id: plan})
        return tuple(one.outcome for one in results), nation

    def _run(
        self, plan: WavePlan, sources: Sequence[SourceFile], anew: bool,
        collected: Callable[[Sequence[FileOutcome]], object] | None,
    ) -> WaveOutcome:  # fmt: skip
        from ncsi.stages.publish import is_public

        files = self.collect(plan, sources)
        if collected is not None:
            collected(files)
        sectors, nation = self.estimate(plan, anew=anew)
        for one in () if plan.allow_incomplete else sectors:
            if one.problem:  # publishing is refused, and says a word or two of each
                self.caution(f"{one.sector}: {one.problem}")
        early = is_before_release(plan.wave, datetime.now(UTC)) and not is_public(plan)
        return WaveOutcome(plan.wave.id, files, sectors, nation, self.publish(plan, draft=early))

    def _run_due(self, plan: WavePlan, now: datetime, last: Step) -> tuple[Step, ...]:
        due = due_steps(plan.wave, now, closed_at(plan.workspace, plan.wave))[: STEPS.index(last) + 1]
        if "collect" in due:
            sources = sources_of(plan.workspace, plan.wave.id, partial=plan.wave.field.end >= now.date())
            if not sources:
                self.run_step("board", recorded.board, {plan.wave.id: plan})  # files that are owed show there
                return ()
            self.collect(plan, sources)
        if "estimate" in due:
            self.estimate(plan)
        if "publish" in due:
            self.publish(plan)
        return due
