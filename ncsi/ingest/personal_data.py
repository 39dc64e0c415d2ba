"""What looks like it identifies a person, or a firm: a second line of defence behind declared columns.

Shapes are matched first, and a check digit or a numbering plan has the last word where there is one, so that
answers, dates, weights and ids of brands are left alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from ncsi.ingest.cells import normalised

MOBILE = re.compile(r"(?:\+?0{0,2}86)?(1[3-9][0-9]{9})")
SEPARATORS = re.compile(r"[\s()\-.]")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_SHORTEST, _LOOKED_AT = 5, 400
_CANDIDATE = re.compile(
    r"[0-9](?:[^0-9]*[0-9]){3}|@|:[^:]*:|[号弄栋幢座室楼组元]|wx|we|qq|微信|^o.{27}$|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-hj-np-z]|(?:street|road|avenue|boulevard|lane|rd|ave|blvd)\b",
    re.IGNORECASE,
)
"""Few words are worth a closer look."""

_FLOAT = re.compile(r"(?<=[0-9])\.0*$")
_DECIMAL = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_START, _END = r"(?<![0-9A-Za-z.])", r"(?![0-9A-Za-z.]?[0-9A-Za-z])"
_MOBILE_IN_TEXT = re.compile(_START + r"(?:\+?0{0,2}86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}" + _END)
_EMAIL_IN_TEXT = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_ID_CARD = re.compile(
    _START
    + r"[1-8][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
    + _END
)
_OLD_ID_CARD = re.compile(
    _START + r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{4}[0-9]{2}"
    r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}" + _END
)
_CREDIT_CODE = re.compile(_START + r"[159AHNY][0-9][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10}" + _END)
_ABROAD = re.compile(r"(?:\+|00)[1-9][0-9]{6,14}")
_LOCAL = re.compile(r"0[0-9]{8,11}")
_EXTENSION = re.compile(r"(?:转|ext\.?|x|#)\s*[0-9]{1,6}$|(?<=[0-9]{7})-[0-9]{1,6}$", re.IGNORECASE)
_AMERICAN = re.compile(r"\(?[2-9][0-9]{2}\)?[-. ][2-9][0-9]{2}[-. ][0-9]{4}")
_TELEPHONE = re.compile(r"[+(]?[0-9][0-9()\-. ]{6,22}")
_CARD = re.compile(r"(?:[0-9][ -]?){14,18}[0-9]")
_ISSUED = re.compile(
    r"3[47][0-9]{13}|(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|35[0-9]{2})[0-9]{12}|62[0-9]{14,17}|60[0-9]{17}"
)
_PASSPORT = re.compile(r"(?:[EG][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[DSP]E?[0-9]{7}|[HM][0-9]{8}(?:[0-9]{2})?)")
_NAMED_PASSPORT = re.compile(r"(?:passport|护照)\D{0,6}[A-Z0-9]{6,9}\b", re.IGNORECASE)
_HONG_KONG = re.compile(r"[A-Z]{1,2}[0-9]{6}\([0-9A]\)")
_ACCOUNT = re.compile(
    r"\bwxid_[a-z0-9]{6,}|(?:微信|wechat|weixin)(?:号|\s*id)?\s*[:: ]\s*[A-Za-z][-_A-Za-z0-9]{5,19}|"
    r"^o[A-Za-z0-9_-]{27}$|\bqq\s*号?\s*[:: ]\s*[1-9][0-9]{4,10}\b",
    re.IGNORECASE,
)
_ADDRESS_OF_MACHINE = re.compile(
    r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·• ]?"
    r"[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
_STREET = re.compile(
    r"(?:路|街|巷|弄|胡同|大道|小区|花园|公寓|新村|村|苑|镇|乡)[^0-9一二三四五六七八九十]{0,8}"
    r"[0-9一二三四五六七八九十百]+(?:[-之][0-9]+)?\s*(?:号|弄|栋|幢|座|单元|室|楼|组)"
)
_ENGLISH_STREET = re.compile(
    r"\b[0-9]{1,5}[A-Za-z]?,?\s+(?:[A-Z][\w.']*\s+){1,4}(?:Street|Road|Avenue|Boulevard|Lane|Rd|Ave|Blvd)\b"
)


def personal_kind(word: str) -> str | None:
    """What the word looks like (`phone number`, `ID-card number`, `bank card` …), None where it looks like nothing."""
    text = _FLOAT.sub("", normalised(word[:_LOOKED_AT]))
    if len(text) < _SHORTEST or not _CANDIDATE.search(text) or _DECIMAL.fullmatch(text):
        return None
    return next((kind for kind, looks_like in _KINDS if looks_like(text)), None)


def personal_name(text: str) -> str | None:
    """What a header or the name of a file looks like, of what no question or version is named by: `Q1.2.3.4` is no
    address of a machine, and a question may ask about a street."""
    kind = personal_kind(text)
    return kind if kind in _NO_NAME else None


def _is_mobile(text: str) -> bool:
    return bool(MOBILE.fullmatch(SEPARATORS.sub("", text)) or _MOBILE_IN_TEXT.search(text))


def _is_id_card(text: str) -> bool:
    """18 characters with their check digit (GB 11643-1999), or 15 digits of a province with a date of birth."""
    if _OLD_ID_CARD.search(text):
        return True
    candidates = _ID_CARD.findall(text)
    if not candidates:
        return False
    from stdnum.cn.ric import calc_check_digit

    return any(calc_check_digit(one) == one[-1].upper() for one in candidates)


def _is_credit_code(text: str) -> bool:
    candidates = _CREDIT_CODE.findall(text)
    if not candidates:
        return False
    from stdnum.cn.uscc import is_valid

    return any(is_valid(one) for one in candidates)


def _is_telephone(text: str) -> bool:
    """A landline with its area code, or a number abroad: by the numbering plans."""
    bare = _EXTENSION.sub("", text).strip()
    if not _TELEPHONE.fullmatch(bare):
        return False
    digits = SEPARATORS.sub("", bare)
    if _ABROAD.fullmatch(digits):
        return _in_plan("+" + digits.removeprefix("00").removeprefix("+"), None)
    if _LOCAL.fullmatch(digits):
        regions = ("CN",) if bare == digits else ("CN", "TW", "JP", "KR")
        return any(_in_plan(digits, region) for region in regions)
    return bool(_AMERICAN.fullmatch(bare)) and _in_plan(digits, "US")


def _in_plan(number: str, region: str | None) -> bool:
    """Whether the number is one that a person can have: neither free of charge nor shared in cost."""
    import phonenumbers
    from phonenumbers import PhoneNumberType as Type

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    own = (Type.FIXED_LINE, Type.MOBILE, Type.FIXED_LINE_OR_MOBILE, Type.PERSONAL_NUMBER, Type.VOIP)
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in own


def _is_bank_card(text: str) -> bool:
    """15-19 digits of an issuer's range with their check digit (ISO/IEC 7812)."""
    if not _CARD.fullmatch(text):
        return False
    digits = text.replace(" ", "").replace("-", "")
    if not _ISSUED.fullmatch(digits):
        return False
    from stdnum.luhn import is_valid

    return bool(is_valid(digits))


def _is_passport(text: str) -> bool:
    return bool(_PASSPORT.fullmatch(text) or _HONG_KONG.fullmatch(text) or _NAMED_PASSPORT.search(text))


def _is_ip(text: str) -> bool:
    return any(_parses_as_ip(one) for one in _ADDRESS_OF_MACHINE.findall(text))


def _parses_as_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text.strip(":") != ""


def _is_postal(text: str) -> bool:
    return bool(_STREET.search(text) or _ENGLISH_STREET.search(text))


_NO_NAME = ("phone number", "ID-card number", "e-mail address", "bank card")
_KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("phone number", _is_mobile),
    ("ID-card number", _is_id_card),
    (
        "e-mail address",
        lambda text: "@" in text and bool(_EMAIL_IN_TEXT.search(text) or EMAIL.fullmatch(text)),
    ),
    ("unified credit code", _is_credit_code),
    ("bank card", _is_bank_card),
    ("phone number", _is_telephone),
    ("IP address", _is_ip),
    ("passport number", _is_passport),
    ("WeChat or QQ account", lambda text: bool(_ACCOUNT.search(text))),
    ("vehicle plate", lambda text: bool(_PLATE.search(text))),
    ("postal address", _is_postal),
)
"""The surest shapes first."""
