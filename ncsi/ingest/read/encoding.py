"""Which encoding a text file is in: utf-16 where its BOM says so, strict utf-8 (with or without BOM), else strict
gb18030, else refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from ncsi.errors import ReadError

_BOM = b"\xef\xbb\xbf"
_END_OF_FILE = b"\x1a"
"""Ctrl-Z, which programs of DOS and their heirs end a text with."""
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_CHINESE_IN_UTF8 = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")
_HIGH = re.compile(rb"[\x80-\xff]+")
_ACCENT = rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff]"
_ACCENTED = re.compile(
    rb"[A-Za-z]" + _ACCENT + rb"(?:" + _ACCENT + rb"?[a-z]|$|[^A-Za-z\x80-\xff])"
    rb"|^[^A-Za-z]?[\xc0-\xd6\xd8-\xde][a-z]"
)
_SURELY, _HARDLY, _KANA, _LOOKED_AT = 0.8, 0.6, 0.2, 262_144
_OFTEN_IN_KOREAN = frozenset(
    "이다는의에가을하고지사도한기로나를은대만서자인수어아정리해시그스일전장구부성보원제"
)
"""The forty commonest syllables: over a third of running Korean text."""
_KOREAN = 0.2
_CURE = "Save it as utf-8 (in Excel: CSV UTF-8), then try again"


def decoded(name: str, content: bytes) -> tuple[str, bytes]:
    """Encoding found and the content as utf-8 without BOM. Raises ReadError naming row and byte."""
    if content.startswith(_UTF32):
        raise ReadError(name, "it is encoded in UTF-32", _CURE)
    if content[:2] in _UTF16:
        return "utf-16", _from_utf16(name, content)
    zero = content.find(b"\0")
    if zero >= 0:
        raise ReadError(_place(name, content, zero), "it contains a NUL byte, which text never does", _CURE)
    says_so = content.startswith(_BOM)
    body = content.removeprefix(_BOM).removesuffix(_END_OF_FILE)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if says_so:
            problem = "it starts as utf-8 but is not valid utf-8 here"
            raise ReadError(_place(name, content, error.start + len(_BOM)), problem, _CURE) from error
        return "gb18030", _from_gb18030(name, body, error.start)
    return ("utf-8-sig" if says_so else "utf-8"), body


def _from_utf16(name: str, content: bytes) -> bytes:
    """What Excel calls Unicode text, and SPSS and others save with a BOM."""
    encoding = _UTF16[content[:2]]
    try:
        text = content[2:].decode(encoding)
    except UnicodeDecodeError as error:
        line = content[2 : 2 + error.start].decode(encoding, "replace").count("\n") + 1
        problem = "it starts as utf-16 but is not valid utf-16 here"
        raise ReadError(f"{name}, line {line}, byte {2 + error.start}", problem, _CURE) from error
    zero = text.find("\0")
    if zero >= 0:
        line = text.count("\n", 0, zero) + 1
        raise ReadError(f"{name}, line {line}", "it contains a NUL character, which text never does", _CURE)
    return text.encode("utf-8")


def _from_gb18030(name: str, body: bytes, first_bad: int) -> bytes:
    _refuse_mixture(name, body, first_bad)
    other = _looks_like(body, first_bad)
    try:
        text = body.decode("gb18030")
    except UnicodeDecodeError as error:
        hint = f"; it looks like {other}" if other else ""
        problem = f"it is neither utf-8 (byte {first_bad}) nor gb18030 (byte {error.start}){hint}"
        raise ReadError(_place(name, body, error.start), problem, _CURE) from error
    if other:
        problem = f"it is not utf-8 and looks like {other}: reading it as gb18030 would change its letters"
        raise ReadError(_place(name, body, first_bad), problem, _CURE)
    return text.encode("utf-8")


def _looks_like(body: bytes, first_bad: int) -> str | None:
    """Big5, Shift-JIS or Latin-1 where the text is surely that and not gb18030, which reads most of theirs too.

    Told apart by how much of the text is in common use in each; lines from the first that is not utf-8.
    """
    start = body.rfind(b"\n", 0, first_bad) + 1
    lines = [line for line in body[start : start + _LOOKED_AT].split(b"\n") if not line.isascii()]
    if _latin_share(b"\n".join(lines)) > _SURELY:
        return "Latin-1 (western European)"
    if _share(lines, "gb18030", _is_kana) > _KANA:
        return "EUC-JP (Japanese)"
    if _is_korean(lines):
        return "EUC-KR (Korean)"
    if _share(lines, "gb18030", lambda char: _leads(char, "gb2312", 0xA1, 0xF7)) > _HARDLY:
        return None
    if _share(lines, "big5", lambda char: _leads(char, "big5", 0xA1, 0xC6)) > _SURELY:
        return "Big5 (traditional Chinese)"
    if _share(lines, "cp932", _is_kana) > _KANA:
        return "Shift-JIS (Japanese)"
    return None


def _is_kana(char: str) -> bool:
    """GB2312 holds kana at the places that EUC-JP has them: no Chinese text is made of them."""
    return "\u3040" <= char <= "\u30ff"


def _is_korean(lines: list[bytes]) -> bool:
    """Whether the text is of Hangul in EUC-KR, a good part of it in syllables that Korean is full of.

    In GB2312 the same bytes are characters whose reading begins with a letter from A to R: a Chinese text of some
    length is never made of these alone.
    """
    is_hangul = _share(lines, "euc_kr", lambda char: "\uac00" <= char <= "\ud7a3") > _SURELY
    return is_hangul and _share(lines, "euc_kr", _OFTEN_IN_KOREAN.__contains__) > _KOREAN


def _share(lines: list[bytes], encoding: str, common: Callable[[str], bool]) -> float:
    """Share of a text's characters besides ASCII that are in common use in an encoding; 0 where it is not in it."""
    try:
        text = "".join(line.decode(encoding) for line in lines[:-1] or lines)
    except UnicodeDecodeError:
        return 0.0
    counts = Counter(char for char in text if not char.isascii())
    return sum(count for char, count in counts.items() if common(char)) / max(counts.total(), 1)


def _leads(char: str, encoding: str, low: int, high: int) -> bool:
    """Whether a character's first byte in an encoding lies in the range of those in common use."""
    try:
        code = char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(code) > 1 and low <= code[0] <= high


def _latin_share(text: bytes) -> float:
    """Share of the runs of bytes above ASCII that are one or two accented letters in a word of ASCII letters."""
    runs = list(_HIGH.finditer(text))
    return sum(bool(_ACCENTED.search(text, max(run.start() - 1, 0), run.end() + 1)) for run in runs) / max(
        len(runs), 1
    )


def _refuse_mixture(name: str, body: bytes, first_bad: int) -> None:
    """Two encodings in one file: gb18030 would read the utf-8 lines as other characters, without a word."""
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.isascii() and _is_utf8(line) and _CHINESE_IN_UTF8.search(line):
            bad = body.count(b"\n", 0, first_bad) + 1
            problem = f"line {number} is in utf-8 and line {bad} is not (byte {first_bad})"
            raise ReadError(name, problem, "Its parts come from different programs: export it again from one")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _place(name: str, content: bytes, offset: int) -> str:
    line = content.count(b"\n", 0, offset) + 1
    return f"{name}, line {line}, byte {offset}"
