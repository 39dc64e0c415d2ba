"""Documents that are given in place of data: known by their content, and told what to give instead."""

from __future__ import annotations

from ncsi.errors import ReadError
from ncsi.ingest.read.archive import WORKBOOK, opened

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD, _SHEETS = ("WordDocument".encode("utf-16-le"), "Workbook".encode("utf-16-le"))
_BEGINNINGS = {b"%PDF-": "a PDF document", b"{\\rtf": "an RTF document"}
_PARTS = {"word/document.xml": "a Word document", "ppt/presentation.xml": "a PowerPoint presentation"}
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_GIVE = (
    "Give the answers as the survey platform exports them (csv, xlsx, sav, dta); questions of a questionnaire go into "
    "a sheet of construct, item, question, for `ncsi instrument new ID --from SHEET.xlsx`"
)


def refuse_document(name: str, content: bytes) -> None:
    """Raise ReadError for a PDF, a text document or a presentation, whatever its name."""
    what = _document(name, content)
    if what == "spreadsheet":
        raise ReadError(
            name, "it is an OpenDocument spreadsheet, which is not read", "Save it as xlsx or csv"
        )
    if what is not None:
        raise ReadError(name, f"it is {what}, not a file of answers", _GIVE)


def _document(name: str, content: bytes) -> str | None:
    begins = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, what in _BEGINNINGS.items():
        if begins.startswith(mark):
            return what
    if content.startswith(_OLE):
        return "an old Word document" if _WORD in content and _SHEETS not in content else None
    return _packed(name, content) if content.startswith(_ZIP) else None


def _packed(name: str, content: bytes) -> str | None:
    """What a zip archive is, by the parts that say so."""
    with opened(name, content) as archive:
        parts = set(archive.namelist())
        if WORKBOOK in parts:
            return None
        if "mimetype" in parts:
            with archive.open("mimetype") as part:
                kind = part.read(80)
            if kind.startswith(_OPEN_DOCUMENT):
                sheet = kind.startswith(_OPEN_DOCUMENT + b"spreadsheet")
                return "spreadsheet" if sheet else "an OpenDocument text or presentation"
        return next((what for part_name, what in _PARTS.items() if part_name in parts), None)
