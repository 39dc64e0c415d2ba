"""One questionnaire in a named format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ncsi.questionnaire.ddi import ddi
from ncsi.questionnaire.limesurvey import limesurvey
from ncsi.questionnaire.limesurvey_archive import limesurvey_archive
from ncsi.questionnaire.questions import Question, questions_of
from ncsi.questionnaire.xlsform import xlsform
from ncsi.spec import Brand, Instrument


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the suffix of its files, and its writer."""

    suffix: str
    write: Callable[[Instrument, tuple[Question, ...]], bytes]


FORMATS: Mapping[str, Format] = {
    "xlsform": Format(".xlsx", xlsform),
    "limesurvey": Format(".txt", limesurvey),
    "lss": Format(".lss", limesurvey_archive),
    "ddi": Format(".xml", ddi),
}


def write_questionnaire(instrument: Instrument, format_id: str, brands: Sequence[Brand] = ()) -> bytes:
    """The instrument as a questionnaire that asks which of the brands is rated, where any are given.

    The same arguments give the same bytes. KeyError for an unknown format; SpecError where the format cannot
    hold the instrument.
    """
    return FORMATS[format_id].write(instrument, questions_of(instrument, brands))
