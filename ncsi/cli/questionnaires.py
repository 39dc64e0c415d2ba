"""`ncsi wave questionnaire`: what each sector of a wave was asked, and how it is asked anew."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ncsi.cli import options, say


@click.command()
@options.wave
@click.option(
    "--renew", is_flag=True, help="Let sectors be asked what instruments/ says now; needs --reason."
)
@click.option("--sector", "sectors", multiple=True, metavar="ID", help="Only that sector. May be repeated.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the record; nothing about persons.")
@click.option(
    "--by", default="", metavar="NAME", help="Who decides it. Default: the name you are logged in with."
)
@options.workspace
@options.as_json
def questionnaire(
    wave_id: str, renew: bool, sectors: tuple[str, ...], reason: str, by: str, root: Path, as_json: bool
) -> None:
    """What each sector of a wave was asked, kept from its first answers on, whatever becomes of instruments/.

    With --renew, sectors whose questionnaire was corrected during fieldwork are read anew by the corrected one, at the
    next `ncsi ingest`.
    """
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan
    from ncsi.stages import questionnaires
    from ncsi.stages.withdrawal import said
    from ncsi.store import Store

    workspace = open_workspace(root)
    if renew and not reason:
        raise click.UsageError("--renew needs --reason: why are the answers read by another questionnaire?")
    store, lines = Store.open(workspace.warehouse), []
    if renew:
        why = said("--reason", reason)
        renewed = questionnaires.renew(store, load_plan(workspace, wave_id), sectors, why, by)
        lines = [
            f"Asked anew from now on: {', '.join(renewed)}. `ncsi ingest --wave {wave_id}` reads their files again."
        ]
    found = [
        one
        for one in questionnaires.asked(store, workspace, wave_id)
        if not sectors or renew or one.sector in sectors
    ]
    lines += [
        f"{one.sector}  {one.instrument} {one.version}  {one.sha256[:12]}, since {one.since:%Y-%m-%d %H:%M} UTC"
        + ("; instruments/ says something else now" if one.changed_since else "")
        for one in found
    ]
    if not lines:
        lines = [f"Wave {wave_id} has no answers yet: it is asked what instruments/ says."]
    say.say(lines, {"wave": wave_id, "questionnaires": [asdict(one) for one in found]}, as_json)
