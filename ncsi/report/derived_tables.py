"""Tables of indices and measures in a release, as its files hold them: what they lack, and what does not follow."""

from __future__ import annotations

from collections.abc import Mapping

from ncsi.errors import InputError
from ncsi.report.bundle.proof import MANIFEST
from ncsi.report.derived_figures import rows_of
from ncsi.report.derived_grades import NEEDED_OF_GRADES, grade_problems
from ncsi.report.derived_measures import DERIVED_MEASURES, measure_problems
from ncsi.report.derived_scores import NEEDED, index_headline_problems, score_problems
from ncsi.report.derived_sums import sum_problems
from ncsi.tables import MEASURE_TABLES, OUT_QUALITY_MEASURES, TABLES_OF_KIND


def of_indices(whole: Mapping[str, bytes]) -> list[str]:
    """Scores and ranks of composite indices that do not follow from others; nothing where there are none."""
    if not all(f"data/{name}.csv" in whole for name in NEEDED):
        return []
    try:
        return list(score_problems({name: rows_of(whole[f"data/{name}.csv"]) for name in NEEDED}))
    except (ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError) as error:
        return [f"data: the tables of indices cannot be added up again ({type(error).__name__})"]


def of_measures(whole: Mapping[str, bytes]) -> list[str]:
    """Figures of measures that do not follow from their counts or parts, or cannot be; nothing where there are none."""
    known = [name for name in MEASURE_TABLES if f"data/{name}.csv" in whole]
    try:
        tables = {name: rows_of(whole[f"data/{name}.csv"]) for name in known}
        quotients = [
            line for name in DERIVED_MEASURES for line in measure_problems(name, tables.get(name, ()))
        ]
        return [*quotients, *sum_problems(tables)]
    except (ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError) as error:
        return [f"data: the tables of measures cannot be derived again ({type(error).__name__})"]


def of_an_index(whole: Mapping[str, bytes], headline: object) -> list[str]:
    """What a release of an index lacks, and a headline that is not that of its tables."""
    lacking = [f"data/{name}.csv" for name in NEEDED if f"data/{name}.csv" not in whole]
    if lacking:
        return [f"{name}: missing or changed; a release of an index has it" for name in lacking]
    try:
        return list(
            index_headline_problems({name: rows_of(whole[f"data/{name}.csv"]) for name in NEEDED}, headline)
        )
    except (ValueError, KeyError, TypeError) as error:
        return [f"{MANIFEST}: the headline cannot be read ({type(error).__name__})"]


def of_a_measure(whole: Mapping[str, bytes], headline: object) -> list[str]:
    """What a release of a measure lacks, and a headline that is not that of its tables."""
    name = f"data/{OUT_QUALITY_MEASURES.name}.csv"
    if name not in whole:
        return [f"{name}: missing or changed; a release of a measure has it"]
    try:
        (about,) = rows_of(whole[name])
        said = {key: str(dict(headline)[key]) for key in ("measure", "kind", "period", "units")}  # type: ignore[call-overload]
        lacking = [
            f"data/{one}.csv" for one in TABLES_OF_KIND[about["kind"]] if f"data/{one}.csv" not in whole
        ]
    except (ValueError, KeyError, TypeError) as error:
        return [f"{MANIFEST}: the headline cannot be read ({type(error).__name__})"]
    problems = [f"{one}: missing or changed; a release of {about['kind']} has it" for one in lacking]
    return problems + [
        f"{MANIFEST}: the headline's {key} is {value}, {OUT_QUALITY_MEASURES.name} has {about[key]}"
        for key, value in said.items()
        if value != about[key]
    ]


def of_grades(whole: Mapping[str, bytes]) -> list[str]:
    """Awarded grades and certificates that do not follow from rules and figures; nothing where there are none."""
    if f"data/{NEEDED_OF_GRADES[0]}.csv" not in whole:
        return []
    try:
        tables = {name: rows_of(whole[f"data/{name}.csv"]) for name in NEEDED_OF_GRADES}
        return list(grade_problems(tables))
    except (InputError, ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError) as error:
        return [f"data: the grades cannot be awarded again ({type(error).__name__})"]
