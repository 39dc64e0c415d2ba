"""What is asked of an index, and the figures that it is made of: of a file, of the wave's own survey, or of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.ingest.figures import Figures, read_figures, read_replicates, with_survey
from ncsi.results.indices import Joint
from ncsi.spec import Workspace
from ncsi.spec.index_definition import TableMap
from ncsi.spec.index_plan import IndexPlan, load_index, load_tree_map
from ncsi.spec.plan import WavePlan
from ncsi.stages.redeliver import refuse_same_names
from ncsi.stages.survey_figures import SurveyedIndicator, asked_of, figures_and_draws


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """What is asked for: the index, its file of figures and how that names things, the year to publish (None: the
    latest), the level of intervals, the seed, whether the figures are invented; a file of joint replicates of its
    survey figures; the `wave` whose survey supplies what is `surveyed`. `file`: None where that is all of it."""

    workspace: Workspace
    plan: IndexPlan
    file: Path | None
    table_map: TableMap | None = None
    year: int | None = None
    given_year: int | None = None
    level: float = 0.95
    seed: int = 1
    synthetic: bool = False
    replicates: Path | None = None
    wave: WavePlan | None = None
    surveyed: tuple[SurveyedIndicator, ...] = ()

    @property
    def name(self) -> str:
        """What runs and flows call it."""
        return self.plan.tree.id

    @property
    def source(self) -> str:
        """What the figures come from: the file by its name, else the survey."""
        if self.file is not None:
            return self.file.name
        return f"survey of wave {self.wave.wave.id}" if self.wave is not None else "survey"


def requested(
    workspace: Workspace,
    tree: str,
    file: Path | None,
    year: int | None = None,
    map_id: str | None = None,
    seed: int = 1,
    synthetic: bool = False,
    replicates: Path | None = None,
) -> IndexRequest:
    """A request, its specs loaded and checked. `year`: to publish; also that of all rows where the file has no column
    of years. Raises SpecError."""
    plan = load_index(Path(tree) if tree.endswith((".yaml", ".yml")) else tree, workspace.root)
    table_map = None
    if map_id is not None:
        table_map = load_tree_map(workspace.root / "maps" / f"{map_id}.yaml", plan.tree, plan.definition)
    refuse_same_names(workspace, [one for one in (file, replicates) if one is not None])
    return IndexRequest(
        workspace, plan, file, table_map, year, year, seed=seed, synthetic=synthetic, replicates=replicates
    )


def wave_requests(plan: WavePlan) -> tuple[IndexRequest, ...]:
    """What the wave file asks for under `composites:`. Raises SpecError where a spec is missing or wrong."""
    workspace, wave = plan.workspace, plan.wave
    found = []
    for one in wave.composites:
        data, drawn = (None if file is None else workspace.root / file for file in (one.data, one.replicates))
        request = requested(workspace, one.tree, data, one.year, one.map, wave.seed, wave.synthetic, drawn)
        surveyed = asked_of(plan, request.plan, one.survey) if one.survey else ()
        found.append(replace(request, level=wave.level, wave=plan, surveyed=surveyed))
    return tuple(found)


def figures_of(request: IndexRequest) -> tuple[Figures, Joint]:
    """The figures, and the joint replicates of those that a survey gives.

    Raises as of `read_figures`, `read_replicates` and `with_survey`; CompositeError where the survey's results are not
    there, or not those of its responses.
    """
    plan, table_map = request.plan, request.table_map
    supplied = frozenset(one.indicator for one in request.surveyed)
    year = request.given_year
    if request.wave is not None and supplied and year is None:
        year = int(request.wave.wave.id[:4])
    figures = None if request.file is None else read_figures(request.file, plan, year, table_map, supplied)
    if request.wave is None or not supplied or year is None:
        if figures is None:
            raise SpecError(request.source, "the index has no figures", "Name their file")
        return figures, _of_a_file(request, figures)
    surveyed, waves = figures_and_draws(request.wave, request.surveyed, year)
    joined, unit_of = with_survey(
        figures, surveyed, plan, table_map.units if table_map else {}, request.source
    )
    units = joined.units["unit"].unique().tolist()
    by_year = {at: one.by_code(unit_of, units) for at, one in waves.items()}
    return joined, Joint({at: one for at, one in by_year.items() if one}, waves[year].problem)


def _of_a_file(request: IndexRequest, figures: Figures) -> Joint:
    """Replicates of a file without a column of years are of the year that is published."""
    if request.replicates is None:
        return Joint({})
    latest = request.year if request.year is not None else int(figures.units["year"].max())
    found = read_replicates(request.replicates, request.plan, request.table_map)
    by_year = {latest if year is None else year: one for year, one in found.by_year.items()}
    return Joint(by_year, name=found.name, sha256=found.sha256)
