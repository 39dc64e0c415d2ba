"""What every spec is made of: frozen, unknown keys refused, bilingual labels, safe ids, the order of waves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

FINGERPRINT = r"^[0-9a-f]{64}$"
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
"""Letters, digits and underscore, at most 40: safe as a column, a file name and a model name."""

WAVE_ID = r"^(20[0-9]{2}|2100)(Q[1-4]|W[0-9]{2})?$"
WaveId = Annotated[str, Field(pattern=WAVE_ID)]
"""`2026`, `2026Q1` or `2026W07`, of the years 2000 to 2100."""

PERIOD = r"^(20[0-9]{2}|2100)(-(0[1-9]|1[0-2])|Q[1-4]|H[12])?$"
Period = Annotated[str, Field(pattern=PERIOD)]
"""`2026`, `2026H1`, `2026Q3` or `2026-11`: what a release of a measure is of."""

Month = Annotated[str, Field(pattern=r"^(20[0-9]{2}|2100)-(0[1-9]|1[0-2])$")]
"""`2026-11`."""

FIRST_YEAR, LAST_YEAR = 2000, 2100

Flag = Annotated[bool, Field(strict=True)]
"""true or false: no text or number stands for them."""

Whole = Annotated[int, Field(strict=True)]
"""A whole number: no `true`, no text, no 1.0."""

Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number: no `true`, no text."""

Year = Annotated[int, Field(strict=True, ge=FIRST_YEAR, le=LAST_YEAR)]


D = TypeVar("D", date, datetime)


def _no_number(value: object) -> object:
    """Pydantic would count seconds from 1970."""
    if isinstance(value, (int, float)):
        raise PydanticCustomError("date_type", "no date")
    return value


def _in_our_time(value: D) -> D:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError(
            "year_out_of_range", "years run from {first} to {last}", {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return value


Day = Annotated[date, BeforeValidator(_no_number), AfterValidator(_in_our_time)]
"""A date of the years 2000 to 2100."""


def _a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name[:60]}' is not a time zone; write Asia/Shanghai, for example") from error
    return name


ZoneName = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_a_zone)]
"""A time zone of the IANA data base."""
Moment = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_in_our_time)]
"""A time with its offset from UTC, of the years 2000 to 2100."""


LAST_WEEK = 53


def wave_order(wave_id: str) -> float:
    """When a wave begins, in years: the one order of waves (their ids as text put 2026Q3 before 2026W07).

    A year and its first quarter or week begin together. Differences are years between waves.
    """
    year, part = int(wave_id[:4]), wave_id[4:]
    if part.startswith("Q"):
        return year + (int(part[1:]) - 1) / 4
    return year + (int(part[1:]) - 1) / LAST_WEEK if part else float(year)


def in_wave_order(wave_ids: Iterable[str]) -> tuple[str, ...]:
    """The ids, the earliest wave first; those that begin together by their text."""
    return tuple(sorted(wave_ids, key=lambda one: (wave_order(one), one)))


class Spec(BaseModel):
    """Base of all specs: immutable, hashable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Label(Spec):
    """One text in both languages."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def text(self, language: Language) -> str:
        """The text in `language`."""
        return self.zh if language == "zh" else self.en


def both(zh: str, en: str) -> Label:
    """A text in both languages."""
    return Label(zh=zh, en=en)


def none_declared(value: object) -> bool:
    """Whether a key that is left out would say the same: then it leaves no trace in hashes (`exclude_if`)."""
    return not value
