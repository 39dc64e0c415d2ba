"""Keyed pseudonyms in place of identities, and the refusal of columns that look personal where none belongs."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ncsi.errors import ConformError
from ncsi.ingest.cells import Coded, normalised
from ncsi.ingest.personal_data import EMAIL, MOBILE, SEPARATORS, personal_kind

_MANY, _SHARE = 10, 0.2
_KNOWN = 100_000
_BLOCK = 64
_WITH_ZEROS = re.compile(r"(0|[1-9][0-9]*)\.0+")
_SPELT = r"@|1[^0-9]*[3-9](?:[^0-9]*[0-9]){9}[^0-9]*$|[0-9]\.0+$"
"""Where none of many identities is one, none is spelt otherwise."""
_NOBODY = frozenset(
    (
        *("", "n/a", "na", "n.a.", "nan", "null", "none", "nil", "\\n", ".", "-", "--", "—", "——", "–", "/"),
        *("unknown", "anonymous", "无", "空", "未知", "不详", "不明", "匿名", "匿名用户"),
    )
)
"""What programs and people write where there is no identity, in small letters; the empty word is one of them."""


@dataclass(slots=True)
class PersonalWords:
    """How many of a column's values look like they identify persons, counted as its rows come; what the first of them
    looks like, and how many are not empty."""

    found: str | None = None
    count: int = 0
    filled: int = 0
    known: dict[str, str | None] = field(default_factory=dict)

    def add(self, cells: Coded, spelt: Callable[[str], str] = str) -> None:
        """Count the values of some rows; `spelt`: what a word is to be taken for."""
        if len(self.known) > _KNOWN:
            self.known.clear()
        for word in cells.words:
            if word not in self.known:
                self.known[word] = personal_kind(spelt(word))
        used = np.bincount(cells.codes, minlength=len(cells.words))
        for rows, word in zip(used.tolist(), cells.words, strict=True):
            if rows and word != "":
                self.filled += rows
                if kind := self.known[word]:
                    self.found, self.count = self.found or kind, self.count + rows

    def refuse(self, where: str, column: str, any_one: bool = False) -> None:
        """Raise ConformError when the column, which would be stored, looks like it identifies persons.

        One stray value in ten is an answer typed into the wrong box and only costs its row; `any_one` refuses
        that too, for columns that are stored as they come.
        """
        if self.found is None:
            return
        count, total = self.count, self.filled
        many = count >= _MANY or count == total or (count > 1 and count >= _SHARE * total)
        if any_one or many:
            raise ConformError(
                f"{where}, column '{column[:60]}'",
                f"{count} of {total} values look like personal data ({self.found})",
                "Name it under `identity:` or `ignore:` in the column map: it must not be stored",
            )


def derived_key(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that pseudonyms made for different purposes cannot be matched."""
    return hmac.digest(key, f"ncsi/{purpose}".encode(), "sha256")


def respondent_key(key: bytes, wave: str, panel: str | None = None) -> bytes:
    """The key of a wave's pseudonyms; a panel's waves share theirs, so that its members can be followed."""
    return derived_key(key, f"respondent/panel/{panel}" if panel else f"respondent/{wave}")


def pseudonym_of(key: bytes, identity: Sequence[str]) -> str:
    """The pseudonym that ingest gives to an identity, its parts in the order of the identity columns."""
    return pseudonym(key, "\x1f".join(canonical_identity(normalised(part)) for part in identity))


def possible_pseudonyms(key: bytes, identity: Sequence[str]) -> list[str]:
    """`pseudonym_of` the identity, and what versions before 0.13.0 gave to one with a number like `5.0` in it."""
    as_stored = pseudonym(key, "\x1f".join(_phone_or_mail(normalised(part)) for part in identity))
    return list(dict.fromkeys((pseudonym_of(key, identity), as_stored)))


def canonical_identity(word: str) -> str:
    """One spelling of a normalised identity: a phone number is its last 11 digits, an e-mail address is lower case, and
    `5.0`, as programs write a column of numbers with an empty cell, is the `5` that it is in any other file."""
    number = _WITH_ZEROS.fullmatch(word)
    return _phone_or_mail(number[1] if number else word)


def _phone_or_mail(word: str) -> str:
    phone = MOBILE.fullmatch(SEPARATORS.sub("", word))
    if phone:
        return phone[1]
    return word.lower() if "@" in word and EMAIL.fullmatch(word) else word


def pseudonyms(key: bytes, columns: Sequence[Coded]) -> npt.NDArray[np.object_]:
    """HMAC-SHA-256 (128 bits, hex) of the identity in `columns`; None where every one of them is empty, or says that
    there is none: several who are `N/A` are not one."""
    spelt = [_canonical(column.words) for column in columns]
    of = pseudonym_maker(key)
    if len(columns) == 1:
        made = np.array([None if _is_nobody(word) else of(word) for word in spelt[0]], dtype=object)
        return np.asarray(made[columns[0].codes])
    rows, place = np.unique(np.column_stack([one.codes for one in columns]), axis=0, return_inverse=True)
    several: list[str | None] = []
    for codes in rows.tolist():
        parts = [words[code] for words, code in zip(spelt, codes, strict=True)]
        several.append(None if all(map(_is_nobody, parts)) else of("\x1f".join(parts)))
    return np.asarray(np.array(several, dtype=object)[place.ravel()])


def _is_nobody(word: str) -> bool:
    return word.casefold() in _NOBODY


def _canonical(words: Sequence[str]) -> Sequence[str]:
    """`canonical_identity` of each normalised word."""
    some = pc.any(pc.match_substring_regex(pa.array(words, pa.string()), _SPELT)).as_py()
    return [canonical_identity(word) for word in words] if some else words


def row_pseudonyms(key: bytes, sha256: str, row_numbers: npt.NDArray[np.int64]) -> list[str | None]:
    """Pseudonyms of rows in a file without respondent ids: the same file gives the same ones again."""
    of = pseudonym_maker(key)
    return [of(f"{sha256}\x1f{number}") for number in row_numbers.tolist()]


def pseudonym(key: bytes, identity: str) -> str:
    """HMAC-SHA-256 of one identity under a derived key: 128 bits, hex."""
    return pseudonym_maker(key)(identity)


def pseudonym_maker(key: bytes) -> Callable[[str], str]:
    """`pseudonym` under one key: HMAC as in RFC 2104 from hashes begun once, a third of the time that `hmac` takes."""
    block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = (sha256(bytes(byte ^ mask for byte in block)).copy for mask in (0x36, 0x5C))

    def made(identity: str) -> str:
        one, other = inner(), outer()
        one.update(identity.encode("utf-8"))
        other.update(one.digest())
        return other.hexdigest()[:32]

    return made
