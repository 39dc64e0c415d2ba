"""An instrument written from what there is: a platform's questionnaire, a statistical dictionary, a plain sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ncsi import atomic
from ncsi.errors import ReadError, SpecError
from ncsi.ingest.dialects.value_labels import kind_of
from ncsi.ingest.read import MERGED, TextTable, bytes_of, read_file
from ncsi.questionnaire.asked import Survey, Words
from ncsi.questionnaire.draft import Draft, drafted, rated
from ncsi.questionnaire.taken import (
    Variable,
    from_ddi,
    from_dictionary,
    from_limesurvey,
    from_qualtrics,
    from_sheet,
    from_xlsform,
)
from ncsi.questionnaire.written import instrument_text, sheet_text
from ncsi.spec import Instrument
from ncsi.spec.json_schemas import first_line, write_schemas
from ncsi.spec.load import IDENTIFIER, instrument_from_text

_MARKUP = {".lss": from_limesurvey, ".xml": from_ddi, ".qsf": from_qualtrics}
_STATISTICAL = (".sav", ".zsav", ".dta")
_WORKBOOKS = (".xlsx", ".xls")
_TABLES = (".csv", ".tsv", *_WORKBOOKS)
_WHOLE = re.compile(r"-?[0-9]{1,6}")


A_RESPONDENT = Words("受访者", "A respondent")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for besides the questionnaire: who answers, the target, questions to keep and to leave out."""

    respondent: Words = A_RESPONDENT
    target: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewInstrument:
    """The file that was written, the instrument that it holds, and the draft that it was written from."""

    path: Path
    instrument: Instrument
    draft: Draft


def survey_of(path: Path, sheet: str | None = None) -> Survey:
    """The questionnaire that a file describes, by its ending: .lss, .qsf, DDI .xml, .sav, .zsav, .dta, an XLSForm, or a
    sheet (.xlsx, .xls, .csv, .tsv) with the columns construct, item, question. Raises ReadError."""
    ending = path.suffix.lower()
    if ending in _MARKUP:
        return _MARKUP[ending](path.name, bytes_of(path))
    if ending in _STATISTICAL:
        table = read_file(path)
        return from_dictionary(path.stem, [_variable(table, name) for name in table.columns])
    if ending not in _TABLES:
        raise ReadError(
            path.name,
            "it is no questionnaire that is read",
            "Give a .lss, .qsf, DDI .xml, .sav, .dta, an XLSForm, or a sheet of construct, item, question",
        )
    if ending in _WORKBOOKS and sheet is None and (form := _form(path)):
        return from_xlsform(path.name, *form)
    table = read_file(path, sheet)
    numbers = [int(one) for one in table.row_numbers]
    return from_sheet(path.name, _rows(table), numbers, MERGED)


def write_instrument(
    survey: Survey, wanted: Wanted, instrument_id: str, source: str, path: Path
) -> NewInstrument:
    """Write the survey as an instrument to `path`, checked; the schemas beside, where it lies in a workspace.

    Raises SpecError where the file is there already, the id is none, or what would be written does not hold together;
    nothing is left then.
    """
    if not IDENTIFIER.fullmatch(instrument_id):
        raise SpecError(
            "instrument",
            f"'{instrument_id[:60]}' is not a valid id",
            "Use a letter, then letters, digits and _",
        )
    if path.exists():
        raise SpecError(str(path), "it is there already", "Edit it, or give the new one another id")
    draft = drafted(survey, kind_of, wanted.target, wanted.keep, wanted.drop)
    text = first_line("instrument", "instruments/ID.yaml") + instrument_text(
        draft, instrument_id, wanted.respondent, f"taken from {source}"
    )
    instrument = instrument_from_text(text, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, text.encode())
    if (path.parent.parent / "ncsi.yaml").is_file():
        write_schemas(path.parent.parent)
    return NewInstrument(path, instrument, draft)


def write_sheet(survey: Survey, wanted: Wanted, path: Path) -> int:
    """Write the questions that are answered on a scale to a CSV, for constructs to be filled in; how many they are."""
    questions, _ = rated(survey, kind_of, wanted.keep, wanted.drop)
    if not questions:
        raise SpecError(
            "the questionnaire", "none of its questions is answered on a scale", "Name some with --keep"
        )
    atomic.write(path, sheet_text(questions).encode("utf-8-sig"))
    return len(questions)


def _form(path: Path) -> tuple[Sequence[Mapping[str, str]], ...] | None:
    """The rows of an XLSForm's sheets; None where the workbook is none."""
    try:
        survey = read_file(path, "survey", 1)
    except ReadError:
        return None
    return _rows(survey), _rows_of(path, "choices"), _rows_of(path, "settings")


def _rows_of(path: Path, sheet: str) -> list[dict[str, str]]:
    """Rows of a sheet that a form need not have."""
    try:
        return _rows(read_file(path, sheet, 1))
    except ReadError:
        return []


def _rows(table: TextTable) -> list[dict[str, str]]:
    return [{name: str(text) for name, text in row.items()} for row in table.values.to_pylist()]


def _variable(table: TextTable, name: str) -> Variable:
    book = table.codebook
    missing = book.missing.get(name, ())
    held = {str(one) for one in table.values[name].unique().to_pylist()} - {"", *missing}
    labels = tuple(book.labels.get(name, {}).items())
    told = {code for code, label in labels if kind_of(label) != "blank"}
    whole = [int(one) for one in held - told] if all(_WHOLE.fullmatch(one) for one in held) else []
    values = (min(whole), max(whole), len(whole)) if whole else None
    return Variable(name, book.texts.get(name, ""), labels, missing, values)
