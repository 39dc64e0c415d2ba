"""Which encoding a text file is in: strict utf-8 (with or without BOM), else strict gb18030, else refused."""

from __future__ import annotations

import re

from ncsi.errors import ReadError

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHINESE_IN_UTF8 = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")
_CURE = "Save it as utf-8 (in Excel: CSV UTF-8), then try again"


def decoded(name: str, content: bytes) -> tuple[str, bytes]:
    """Encoding found and the content as utf-8 without BOM. Raises ReadError naming row and byte."""
    if content.startswith(_UTF16):
        raise ReadError(name, "it is in UTF-16", _CURE)
    zero = content.find(b"\0")
    if zero >= 0:
        raise ReadError(_place(name, content, zero), "it holds a NUL byte, which no text has", _CURE)
    body = content.removeprefix(_BOM)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(body) != len(content):
            problem = "it begins as utf-8 and is not utf-8 there"
            raise ReadError(_place(name, content, error.start + len(_BOM)), problem, _CURE) from error
        return "gb18030", _from_gb18030(name, body, error.start)
    return ("utf-8-sig" if len(body) != len(content) else "utf-8"), body


def _from_gb18030(name: str, body: bytes, first_bad: int) -> bytes:
    _refuse_mixture(name, body, first_bad)
    try:
        return body.decode("gb18030").encode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"it is neither utf-8 (byte {first_bad}) nor gb18030 (byte {error.start})"
        raise ReadError(_place(name, body, error.start), problem, _CURE) from error


def _refuse_mixture(name: str, body: bytes, first_bad: int) -> None:
    """Two encodings in one file: gb18030 would read the utf-8 lines as other characters, without a word."""
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.isascii() and _is_utf8(line) and _CHINESE_IN_UTF8.search(line):
            bad = body.count(b"\n", 0, first_bad) + 1
            problem = f"line {number} is in utf-8 and line {bad} is not (byte {first_bad})"
            raise ReadError(name, problem, "Its parts come from different programs: export it again in one")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _place(name: str, content: bytes, offset: int) -> str:
    line = content.count(b"\n", 0, offset) + 1
    return f"{name}, line {line}, byte {offset}"
