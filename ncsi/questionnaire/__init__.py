"""The way back out: an instrument as a questionnaire that a platform can field, or as documentation."""

from ncsi.questionnaire.formats import FORMATS, write_questionnaire

__all__ = ["FORMATS", "write_questionnaire"]
