"""An instrument written from what there is: a platform's questionnaire, a file of answers, a plain sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ncsi import atomic
from ncsi.errors import ReadError, SpecError
from ncsi.ingest.dialects.value_labels import kind_of
from ncsi.ingest.read import MERGED, TextTable, bytes_of, read_file
from ncsi.questionnaire.asked import Survey, Words
from ncsi.questionnaire.draft import Draft, drafted, rated, reasons
from ncsi.questionnaire.taken import (
    ONE_ANSWER,
    Variable,
    from_ddi,
    from_dictionary,
    from_limesurvey,
    from_qualtrics,
    from_sheet,
    from_xlsform,
    is_sheet,
)
from ncsi.questionnaire.told import Told, as_told, with_missing
from ncsi.questionnaire.written import instrument_text, sheet_text
from ncsi.spec import Instrument
from ncsi.spec.json_schemas import first_line, write_schemas
from ncsi.spec.load import IDENTIFIER, instrument_from_text
from ncsi.stages.exported_questions import questions_in

_MARKUP = {".lss": from_limesurvey, ".xml": from_ddi, ".qsf": from_qualtrics}
_WORKBOOKS = (".xlsx", ".xls")
_TABLES = (".csv", ".tsv", ".txt", ".sav", ".zsav", ".dta", ".parquet", *_WORKBOOKS)


A_RESPONDENT = Words("受访者", "A respondent")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for besides the questionnaire: who answers, the target, questions to keep and to leave out, and
    what its file does not say."""

    respondent: Words = A_RESPONDENT
    target: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    told: Told = field(default_factory=Told)


@dataclass(frozen=True, slots=True)
class NewInstrument:
    """The file that was written, the instrument that it holds, and the draft that it was written from."""

    path: Path
    instrument: Instrument
    draft: Draft


def survey_of(path: Path, sheet: str | None = None, header_row: int | None = None) -> Survey:
    """The questionnaire that a file describes: .lss, .qsf, DDI .xml, an XLSForm, a sheet with the columns construct,
    item, question, or else a file of answers, whose columns are the questions. Raises ReadError."""
    ending = path.suffix.lower()
    if ending in _MARKUP:
        return _MARKUP[ending](path.name, bytes_of(path))
    if ending not in _TABLES:
        raise ReadError(
            path.name,
            "it is no questionnaire that is read",
            "Give a .lss, .qsf, DDI .xml, an XLSForm, a sheet of construct, item, question, or a file of answers "
            "(.csv, .xlsx, .xls, .sav, .dta, .parquet)",
        )
    if ending in _WORKBOOKS and sheet is None and (form := _form(path)):
        return from_xlsform(path.name, *form)
    table = read_file(path, sheet, header_row)
    if is_sheet(table.columns):
        return from_sheet(path.name, _rows(table), [int(one) for one in table.row_numbers], MERGED)
    return _of_answers(path, questions_in(table))


def _of_answers(path: Path, columns: Sequence[Variable]) -> Survey:
    survey = from_dictionary(path.stem, columns)
    if not any(one.held and one.why != ONE_ANSWER for one in survey.questions):
        why = reasons([(one.name, one.why) for one in survey.questions])
        raise ReadError(
            path.name,
            f"none of its columns holds answers on a scale: {why}",
            "Export the answers again as numbers (问卷星: 按选项序号下载; others: values, codes). Columns of a sheet "
            "of questions: Name them construct, item, question (结构变量, 题项, 问题)",
        )
    return survey


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
    survey = as_told(survey, wanted.told)
    named = (one for questions in wanted.told.constructs.values() for one in questions)
    draft = drafted(survey, kind_of, wanted.target, (*wanted.keep, *named), wanted.drop)
    draft = with_missing(draft, wanted.told.missing)
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
    survey = as_told(survey, wanted.told)
    questions, left = rated(survey, kind_of, wanted.keep, wanted.drop, doubtful=survey.answered)
    if not questions:
        raise SpecError(
            "the questionnaire",
            f"none of its {len(left)} questions is answered on a scale: {reasons(left)}",
            "Name some with --keep; a file of answers has to hold them as whole numbers",
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
