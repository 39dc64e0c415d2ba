"""`ncsi instrument new`: an instrument from a questionnaire file, or from what is asked in the terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.errors import as_typed

if TYPE_CHECKING:
    from ncsi.questionnaire.asked import Asked, Survey, Words
    from ncsi.stages.new_instrument import NewInstrument

_SPAN = re.compile(r"(-?\d{1,4})\s*(?:-|–|~|到|至|to)\s*(-?\d{1,4})")
_BETWEEN = re.compile(r"[,，;；]")
_MANY = 12
"""Questions left out that are told one by one."""


def _scale(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`1-5` and `-3–3`, the lowest first."""
    if value is None:
        return None
    found = _SPAN.fullmatch(value.strip())
    if found is None or int(found[1]) >= int(found[2]):
        raise click.BadParameter(
            f"'{value[:30]}' is no scale. Write the lowest and the highest answer, as in 1-5."
        )
    return int(found[1]), int(found[2])


def _constructs(given: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found = {
        name.strip(): tuple(one.strip() for one in _BETWEEN.split(names) if one.strip())
        for name, names in given
    }
    for name, questions in found.items():
        if not name or not questions:
            raise click.BadParameter(
                "needs a name and its questions, as in Quality Q1,Q2", param_hint="--construct"
            )
    if len(found) < len(given):
        raise click.BadParameter("names one construct twice", param_hint="--construct")
    return found


@click.command("new")
@click.argument("instrument_id", metavar="ID")
@click.option(
    "--from", "source", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="LimeSurvey .lss, Qualtrics .qsf, DDI .xml, an XLSForm, a sheet of construct, item, question, or the file of "
    "answers itself. Without it, the terminal asks.",
)  # fmt: skip
@options.sheet
@options.header_row
@click.option(
    "--construct", "constructs", nargs=2, multiple=True, metavar="NAME QUESTIONS",
    help="A construct and its questions, as in Quality Q1,Q2,Q3; others are left out. May be repeated.",
)  # fmt: skip
@click.option("--scale", metavar="LOW-HIGH", callback=_scale, help="Lowest and highest answer of all items.")
@click.option(
    "--missing", nargs=2, multiple=True, metavar="CODE KIND",
    help="A code that is no answer: blank, dont_know, refused or not_asked. May be repeated.",
)  # fmt: skip
@click.option("--target", metavar="CONSTRUCT", help="The construct whose index is published.")
@click.option("--respondent", nargs=2, metavar="ZH EN", help="Who answers, in both languages.")
@click.option(
    "--keep", multiple=True, metavar="NAME", help="A question that is an item, though it reads as none."
)
@click.option("--drop", multiple=True, metavar="NAME", help="A question that is no item.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; with the ending .csv, a sheet of the questions for constructs to be filled in. "
    "Default: instruments/ID.yaml of the workspace.",
)  # fmt: skip
@options.workspace
@options.as_json
def new(
    instrument_id: str, source: Path | None, sheet: str | None, header_row: int | None,
    constructs: tuple[tuple[str, str], ...], scale: tuple[int, int] | None, missing: tuple[tuple[str, str], ...],
    target: str | None, respondent: tuple[str, str] | None, keep: tuple[str, ...], drop: tuple[str, ...],
    out: Path | None, root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write the instrument ID, checked: constructs, items and scales of a questionnaire, or of a file of answers.

    Each group of questions that are answered on a scale is a construct, or those that --construct names. Look over
    what was left out, and the paths.
    """
    from ncsi.questionnaire.asked import Words
    from ncsi.questionnaire.told import Told
    from ncsi.spec import open_workspace
    from ncsi.stages.new_instrument import Wanted, survey_of, write_instrument, write_sheet

    path = out or open_workspace(root).instruments_folder / f"{instrument_id}.yaml"
    if path.exists():
        raise click.UsageError(f"{path} already exists. Name another file, or move it away.")
    told = Told(_constructs(constructs), scale, dict(missing))
    survey = survey_of(source, sheet, header_row) if source else _asked()
    who = {"respondent": Words(*respondent)} if respondent else {}
    wanted = Wanted(target=target, keep=keep, drop=drop, told=told, **who)
    if path.suffix.lower() == ".csv":
        count = write_sheet(survey, wanted, path)
        lines = [
            f"{say.counted(count, 'question')} on a scale: {path}.",
            f"  Fill in its column construct, then: ncsi instrument new {instrument_id} --from {as_typed(path)}",
        ]
        say.say(lines, {"sheet": str(path), "questions": count}, as_json)
        return
    made = write_instrument(survey, wanted, instrument_id, source.name if source else "the terminal", path)
    say.say(_told(made, survey, scale), _facts(made), as_json)


def _told(made: NewInstrument, survey: Survey, scale: tuple[int, int] | None) -> list[str]:
    from ncsi.questionnaire.told import UNNAMED

    draft, instrument = made.draft, made.instrument
    lines = [
        f"Instrument {instrument.id}: {made.path}. Constructs {len(draft.constructs)}, items {len(instrument.items)}, "
        f"target {draft.target}."
    ]
    lines += [f"  {one.id}: {', '.join(item.id for item in one.items)}" for one in draft.constructs]
    left = [(name, why) for name, why in draft.left_out if why != UNNAMED]
    lines += [f"  Not an item: {name} ({why})." for name, why in left[:_MANY]]
    if len(left) > _MANY:
        lines.append(f"  Not items either: {len(left) - _MANY} more; --keep NAME takes one all the same.")
    if len(left) < len(draft.left_out):
        lines.append(f"  {say.counted(len(draft.left_out) - len(left), 'question')} {UNNAMED}.")
    if len(instrument.construct(draft.target).items) == 1:
        lines.append(
            f"  {draft.target} has a single item: its index is as coarse as that one scale, its reliability cannot be "
            "told, and errors of measurement stay in it (docs/method.md, Missing answers and who enters the model)."
        )
    items = {item.source for one in draft.constructs for item in one.items}
    if (
        survey.answered
        and scale is None
        and any(not one.answers for one in survey.questions if one.name in items)
    ):
        lines.append(
            "  Scales are what was answered, where the file labels no codes: look over them, or give --scale."
        )
    languages = {
        language for one in survey.questions for language in ("zh", "en") if getattr(one.words, language)
    }
    if len(languages) == 1:
        lines.append(
            f"  Its questions are in {languages.pop()} only, and stand in both languages: translate them."
        )
    return [*lines, "  Look over its paths: each construct leads to the target, or follows from it."]


def _facts(made: NewInstrument) -> dict[str, Any]:
    draft = made.draft
    return {
        "instrument": made.instrument.id, "file": str(made.path), "target": draft.target,
        "constructs": {one.id: [item.id for item in one.items] for one in draft.constructs},
        "paths": [list(one) for one in draft.paths], "left_out": dict(draft.left_out),
        "missing": {kind: list(codes) for kind, codes in draft.missing.items()},
    }  # fmt: skip


def _asked() -> Survey:
    """The questionnaire as the terminal's answers describe it."""
    from ncsi.questionnaire.asked import Survey

    title = _words("What is the questionnaire called?")
    low = click.prompt("Lowest answer", default=1, type=click.IntRange(-100, 100), err=True)
    high = click.prompt("Highest answer", default=10, type=click.IntRange(low + 1, 1000), err=True)
    found: list[Asked] = []
    while True:
        place = len({one.group for one in found}) + 1
        name = click.prompt(
            f"Construct {place} (empty: no more)", default="", show_default=False, err=True
        ).strip()
        if not name:
            return Survey(title, tuple(found))
        found += _questions(name, (low, high))


def _questions(construct: str, span: tuple[int, int]) -> list[Asked]:
    from ncsi.questionnaire.asked import Asked, words

    found: list[Asked] = []
    while True:
        text = click.prompt(
            f"  Question {len(found) + 1} (empty: no more)", default="", show_default=False, err=True
        ).strip()
        if not text:
            return found
        other = click.prompt(
            "    in the other language (empty: none)", default="", show_default=False, err=True
        ).strip()
        asked = words(text)
        asked = asked.and_not(words(other, "en" if asked.zh else "zh")) if other else asked
        found.append(Asked("", asked, construct, words(construct), rating=True, span=span))


def _words(question: str) -> Words:
    from ncsi.questionnaire.asked import words

    return words(click.prompt(question, err=True))
