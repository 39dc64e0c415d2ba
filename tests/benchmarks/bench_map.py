"""How well `ncsi map` proposes: `python tests/benchmarks/bench_map.py [--wrong]`.

Synthetic exports of each platform (`ncsi.simulate.platforms`) on shipped instruments: in their own words, their labels,
both languages, the words of others (`map_wordings.yaml`); the blocks in the instrument's order, by the alphabet and at
random. `right`: the column that was asked; `wrong`: another one, or one for what was not asked; `asked`: left as a
question; `missing`: neither. `left out` drops the last item of each construct from the export: what is not there must
not be found. Exits 1 below 95 % right, or where a match with a confidence above 0.8 is wrong. `--wrong` lists what is
not right.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyreadstat
import yaml

from ncsi.ingest.dialects import recognised
from ncsi.ingest.proposed_map import propose
from ncsi.ingest.proposed_map.question_texts import bare
from ncsi.ingest.read.file import read_here
from ncsi.simulate.platforms import PLATFORMS, Written, write_export
from ncsi.simulate.worded_survey import Survey, survey_of
from ncsi.spec import Instrument, load_instrument

INSTRUMENTS = ("ccsi", "ecsi", "acsi", "service", "public")
ORDERS = ("instrument", "alphabetical", "random")
LEAST_RIGHT, SURE = 0.95, 0.8
WORDINGS = Path(__file__).with_name("map_wordings.yaml")


@dataclass(frozen=True)
class Judged:
    """What became of one meaning of an export."""

    verdict: str
    meaning: str
    column: str
    confidence: float


def wordings(instrument: Instrument) -> dict[str, tuple[str, dict[str, str]]]:
    """Wording -> its language, and the question of each item."""
    items = instrument.fielded
    own = {
        "own words, zh": ("zh", {one.id: one.question.zh for one in items}),
        "own words, en": ("en", {one.id: one.question.en for one in items}),
        "without scale, zh": ("zh", {one.id: bare(one.question.zh) for one in items}),
        "labels, zh": ("zh", {one.id: one.label.zh for one in items}),
        "labels, en": ("en", {one.id: one.label.en for one in items}),
        "both languages": (
            "zh",
            {one.id: f"{bare(one.question.zh)} / {bare(one.question.en)}" for one in items},
        ),
    }
    others = yaml.safe_load(WORDINGS.read_text(encoding="utf-8")).get(instrument.id, {})
    return own | {
        f"others: {name}": ("zh" if name.endswith("zh") else "en", texts) for name, texts in others.items()
    }


def write_sav(survey: Survey, folder: Path) -> Written:
    """Variables v1, v2 ..., the question as the variable's label, words as codes with value labels."""
    names = [f"v{k}" for k in range(1, len(survey.questions) + 1)]
    columns, labels = {}, {}
    for name, one in zip(names, survey.questions, strict=True):
        words = sorted(set(one.answers))
        numeric = all(word.isdigit() for word in words)
        columns[name] = [float(word if numeric else words.index(word) + 1) for word in one.answers]
        if not numeric:
            labels[name] = {k: word for k, word in enumerate(words, 1) if word}
    texts = [one.text for one in survey.questions]
    path = folder / "sav.sav"
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), column_labels=texts, variable_value_labels=labels)
    truth = {one.meaning: name for one, name in zip(survey.questions, names, strict=True) if one.meaning}
    return Written(path, truth)


def judged(instrument: Instrument, written: Written) -> Iterator[Judged]:
    """Each meaning that the export holds, and each that it does not hold and was found all the same."""
    proposal = propose(recognised(read_here(written.path)), instrument)
    found = {one.meaning: one for one in proposal.matches}
    asked = {one.meaning: one.columns for one in proposal.questions}
    for meaning, column in written.truth.items():
        one = found.get(meaning)
        if one is None:
            yield Judged(
                "asked" if meaning in asked else "missing", meaning, " or ".join(asked.get(meaning, ())), 0.0
            )
        else:
            yield Judged("right" if one.column == column else "wrong", meaning, one.column, one.confidence)
    wanted = {"brand", "region", *instrument.item_ids}
    for meaning in wanted - set(written.truth):
        if meaning in found:
            yield Judged("wrong", meaning, found[meaning].column, found[meaning].confidence)


def surveys(instrument: Instrument, left_out: bool) -> Iterator[tuple[str, str, Survey]]:
    """Wording, order, survey."""
    dropped = {one.items[-1].id for one in instrument.constructs if left_out and len(one.items) > 2}
    for wording, (language, texts) in wordings(instrument).items():
        if left_out and not wording.startswith("others"):
            continue
        for order in ORDERS:
            survey = survey_of(instrument, texts, language, order)
            yield (
                wording,
                order,
                replace(
                    survey, questions=tuple(one for one in survey.questions if one.meaning not in dropped)
                ),
            )


def measure(left_out: bool) -> tuple[dict[str, Counter[str]], list[str]]:
    """Verdicts by platform, by wording and by order; the matches that are wrong, surely or not."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for name in INSTRUMENTS:
        instrument = load_instrument(name)
        for wording, order, survey in surveys(instrument, left_out):
            for platform in (
                "sav",
                *(() if left_out else PLATFORMS),
                *(("qualtrics", "wjx_text") if left_out else ()),
            ):
                if platform == "plain_blocks" and order != "instrument":
                    continue  # numbers alone: nothing in the file tells another order
                with tempfile.TemporaryDirectory() as folder:
                    write = write_sav if platform == "sav" else None
                    written = (
                        write(survey, Path(folder)) if write else write_export(survey, platform, Path(folder))
                    )
                    for one in judged(instrument, written):
                        for key in (f"platform {platform}", f"wording {wording}", f"order {order}", "all"):
                            table[key][one.verdict] += 1
                            table[key]["surely wrong"] += one.verdict == "wrong" and one.confidence > SURE
                        if one.verdict != "right":
                            wrong.append(
                                f"{name} {wording} {order} {platform}: {one.verdict} {one.meaning} "
                                f"{one.column[:60]} {one.confidence:.2f}"
                            )
    return table, wrong


def shown(title: str, table: Mapping[str, Counter[str]]) -> float:
    """Print the table; the share that is right."""
    columns = ("right", "wrong", "asked", "missing", "surely wrong")
    print(f"{title:<40}" + "".join(f"{one:>14}" for one in columns) + f"{'right %':>10}")
    share = 0.0
    for key, counts in table.items():
        total = sum(counts[one] for one in columns[:4])
        share = counts["right"] / total
        print(f"{key:<40}" + "".join(f"{counts[one]:>14,}" for one in columns) + f"{100 * share:>10.1f}")
    return share


def main() -> int:
    """Measure, print, judge."""
    failed = False
    for title, left_out in (("everything asked", False), ("left out: an item a construct", True)):
        table, wrong = measure(left_out)
        ordered = {key: table[key] for key in sorted(table, key=lambda one: (one == "all", one))}
        share = shown(title, ordered)
        failed |= share < LEAST_RIGHT or table["all"]["surely wrong"] > 0
        if "--wrong" in sys.argv:
            print("\n".join(wrong))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
