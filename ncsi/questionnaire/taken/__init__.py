"""Questionnaires of others as `Survey`: of LimeSurvey, Qualtrics, XLSForm, DDI, a dictionary, a plain sheet."""

from ncsi.questionnaire.taken.ddi import from_ddi
from ncsi.questionnaire.taken.dictionary import (
    LONGEST,
    NOBODY,
    ONE_ANSWER,
    Variable,
    from_dictionary,
    scale_read_off,
)
from ncsi.questionnaire.taken.limesurvey import from_limesurvey
from ncsi.questionnaire.taken.qualtrics import from_qualtrics
from ncsi.questionnaire.taken.sheet import from_sheet, is_sheet
from ncsi.questionnaire.taken.xlsform import from_xlsform

__all__ = [
    "LONGEST",
    "NOBODY",
    "ONE_ANSWER",
    "Variable",
    "from_ddi",
    "from_dictionary",
    "from_limesurvey",
    "from_qualtrics",
    "from_sheet",
    "from_xlsform",
    "is_sheet",
    "scale_read_off",
]
