"""`ncsi measure perceived`: what customers think of tested products' brands, from a release of a wave."""

from __future__ import annotations

from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.cli.measure_tables import require_new_table, write_table
from ncsi.errors import as_typed


@click.command()
@click.argument("measure_id", metavar="MEASURE")
@click.argument("data", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.argument("release", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--sector", required=True, metavar="ID", help="Sector of the release whose brands were tested.")
@click.option(
    "--index", "construct", default="Quality", show_default=True, metavar="ID", help="Which index of it."
)
@click.option("--map", "map_id", metavar="ID", help="maps/ID.yaml says what the heads of DATA mean.")
@options.options(options.workspace, options.as_json)
def perceived(
    measure_id: str, data: Path, release: Path, file: Path, sector: str, construct: str, map_id: str | None,
    root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write FILE (csv or xlsx): results of a product test (DATA) with perceived quality from a wave's RELEASE.

    What is taken is the published index of each product's brand with its standard error; of a brand that the release
    hides nothing is.
    """
    from ncsi.errors import SpecError
    from ncsi.spec.measures import ProductTestDefinition, load_measure, load_record_map
    from ncsi.spec.measures.grades import BrandIndex
    from ncsi.stages.perceived_quality import with_perceived

    require_new_table(file)
    plan = load_measure(measure_id, root if (root / "ncsi.yaml").is_file() else None)
    if not isinstance(plan.definition, ProductTestDefinition):
        raise SpecError(
            f"measure {measure_id}", "it tests no products", "Name a measure of the kind product_test"
        )
    record_map = load_record_map(root / "maps" / f"{map_id}.yaml", plan.id) if map_id else None
    made = with_perceived(plan, data, release, BrandIndex(sector=sector, index=construct), record_map)
    write_table(made.table, file)
    of = f"the index {construct} of {len(made.found)} brands in {made.release_id}"
    lines = [f"{file}: {len(made.table):,} results with {of}."]
    if made.without:
        lines.append(f"  No published index: {', '.join(made.without)}. Their figures are blank.")
    lines.append(f"  Next: ncsi measure run --measure {measure_id} --data {as_typed(file)} --period PERIOD")
    facts = {"file": str(file), "rows": len(made.table), "brands": list(made.found), "without": list(made.without),
             "release": made.release_id}  # fmt: skip
    say.say(lines, facts, as_json)
