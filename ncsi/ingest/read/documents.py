"""Documents, packed files and files of other programs that are given in place of data: known by their content, and told
what to give instead."""

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


_UNPACK = "Unpack it, or pack the export as zip"
_SAVE = "Save it as csv, sav or dta"
_OTHERS = {
    b"\x1f\x8b": ("packed with gzip", _UNPACK),
    b"BZh": ("packed with bzip2", _UNPACK),
    b"\xfd7zXZ\x00": ("packed with xz", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _UNPACK),
    b"Rar!\x1a\x07": ("a RAR archive", _UNPACK),
    b"ARROW1\x00": ("a file of Arrow (Feather)", "Save it as Parquet"),
    b"\x00" * 12 + b"\xc2\xea\x81\x60": ("a table of SAS", _SAVE),
    b"HEADER RECORD*******LIB": ("a transport file of SAS", _SAVE),
    b"SQLite format 3\x00": ("a database of SQLite", _SAVE),
    b"\x00\x01\x00\x00Standard ": ("a database of Access", _SAVE),
}
"""Beginnings of files that hold data and are not read."""
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8")
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta")
_PORTABLE, _SPLASH = b"ASCII SPSS PORT FILE", 200
"""What a portable file of SPSS says of itself in its first bytes, once in each of five codes."""
_SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_LOOKED_AT = 1024


def refuse_document(name: str, content: bytes) -> None:
    """Raise ReadError for a PDF, a text document, a presentation or a picture, whatever its name; for what is packed
    otherwise than as zip, and for the files of other programs, which tell as text only that they are none."""
    other = _other(content)
    if other is not None:
        raise ReadError(name, f"it is {other[0]}, which is not read", other[1])
    what = _document(name, content)
    if what == "spreadsheet":
        raise ReadError(
            name, "it is an OpenDocument spreadsheet, which is not read", "Save it as xlsx or csv"
        )
    if what is not None:
        raise ReadError(name, f"it is {what}, not a file of answers", _GIVE)


def _other(content: bytes) -> tuple[str, str] | None:
    """What else a file is, and what to do about it: web pages are what many platforms call an export to Excel."""
    for mark, told in _OTHERS.items():
        if content.startswith(mark):
            return told if mark != b"BZh" or content[4:10] == b"1AY&SY" else None
    if _PORTABLE in content[:_SPLASH]:
        return "a portable file of SPSS", "Save it as sav"
    begins = content[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if begins.startswith(_HTML):
        return "a web page (HTML)", "Open it in a spreadsheet program and save it as xlsx"
    if begins.startswith(b"<?xml") and _SPREADSHEET_XML in begins:
        return "a spreadsheet in XML of Excel 2003", "Open it in a spreadsheet program and save it as xlsx"
    return None


def _document(name: str, content: bytes) -> str | None:
    begins = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, what in _BEGINNINGS.items():
        if begins.startswith(mark):
            return what
    if content.startswith(_PICTURES):
        return "a picture"
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
