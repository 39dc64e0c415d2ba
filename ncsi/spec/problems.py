"""Whatever is wrong in a spec, said as a SpecError: which key, what is wrong, what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar, get_args

from pydantic import ValidationError

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import FINGERPRINT, LANGUAGES, WAVE_ID, Label, Language, Spec
from ncsi.spec.yaml_documents import Key

SpecType = TypeVar("SpecType", bound=Spec)

Where = Callable[..., str]
"""Keys → `file: key.path (line n)`."""

Keys = tuple[Key, ...]

Place = tuple[str, Keys]
"""An id and the keys that lead to it."""

_PATTERNS = {
    r"^[A-Za-z][A-Za-z0-9_]{0,39}$": "Use a letter, then letters, digits and underscores, at most 40",
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$": "Use letters, digits, - and _, at most 40, a letter or digit first",
    r"^[^\W\d_][\w.-]{0,39}$": "Use a letter, then letters, digits, _, . and -, at most 40",
    FINGERPRINT: "Write the SHA-256 of the person's public key, 64 hexadecimal digits in lower case",
    r"^[A-Z][A-Z0-9_]{0,79}$": "Name an environment variable, in capitals, digits and underscores: NCSI_MAIL_PASSWORD",
    r"^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$": "Write the name or number of a host, as in mail.example.org",
    WAVE_ID: 'Use "2026", "2026Q1" or "2026W07", of the years 2000 to 2100',
    r"^[^\W_][\w .-]{0,39}$": "Use letters, digits, spaces, ., - and _, at most 40, a letter or digit first",
    r"^margins/[A-Za-z0-9][A-Za-z0-9_.-]{0,80}\.csv$": "Name a file of the workspace as margins/region.csv",
    r"^#[0-9A-Fa-f]{6}$": 'Write a colour as "#rrggbb", two hexadecimal digits each for red, green and blue',
    r"^\d+\.\d+\.\d+$": "Use three numbers, as in 1.0.0",
    r"^(20[0-9]{2}|2100)-(0[1-9]|1[0-2])$": 'Use a month, as in "2026-11"',
    r"^(20[0-9]{2}|2100)(-(0[1-9]|1[0-2])|Q[1-4]|H[12])?$": 'Use "2026", "2026H1", "2026Q3" or "2026-11"',
}
_NEAR = 60
"""Per cent of letters shared from which a name is offered in place of another."""

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date",
    "date_parsing": "a date",
    "date_from_datetime_parsing": "a date",
    "date_from_datetime_inexact": "a date",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


def did_you_mean(name: str, known: tuple[str, ...] | list[str], what: str) -> str:
    """A cure for an unknown name: the nearest known one, else the list of them."""
    from rapidfuzz import fuzz, process  # late: most specs are right

    near = process.extractOne(name, known, scorer=fuzz.ratio, processor=str.lower, score_cutoff=_NEAR)
    if near is not None:
        return f"Did you mean '{near[0]}'?"
    shown = ", ".join(known[:40]) or "none"
    return f"The {what}: {shown}"


def check_unique(
    what: str, places: Iterable[Place], where: Where, alike: Callable[[str], str] = str.lower
) -> None:
    """Raise SpecError when an id comes twice; by default case does not tell two ids apart, as in file names."""
    seen: dict[str, str] = {}
    for name, keys in places:
        first = seen.get(alike(name))
        if first is not None:
            problem = f"the {what} '{name}' is declared twice"
            if first != name:
                problem = f"the {what} '{name}' differs from '{first}' only in case"
            raise SpecError(where(*keys), problem, "Rename or remove one of them")
        seen[alike(name)] = name


def check_labels(what: str, labels: Iterable[tuple[Label, Keys]], where: Where) -> None:
    """Raise SpecError when two of them read alike in a language: nobody could tell them apart in a report."""
    seen: dict[tuple[Language, str], str] = {}
    for label, keys in labels:
        for language in LANGUAGES:
            text = label.text(language)
            alike = (language, reads_as(text))
            if alike in seen:
                problem = f"two {what} are called '{_short(text)}'"
                if text != seen[alike]:
                    problem += f", one of them as '{_short(seen[alike])}'"
                raise SpecError(where(*keys, language), problem, "Give each a label of its own")
            seen[alike] = text


_SIGNS = str.maketrans({**dict.fromkeys("‘’ʼ`", "'"), **dict.fromkeys("“”„", '"'), **dict.fromkeys("•・‧∙", "·"),
                        **dict.fromkeys("‐‑‒–—−", "-")})  # fmt: skip
"""Signs that are written in several forms, by the one that stands for them."""
_CHINESE = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NO_SPACE = re.compile(rf"(?<=[\W{_CHINESE}]) | (?=[\W{_CHINESE}])")


def reads_as(text: str) -> str:
    """What is the same of two texts that a reader takes for one: whatever their case and widths, their spaces beside
    Chinese characters and signs, the form of their quotes, dots and dashes."""
    spelt = unicodedata.normalize("NFKC", text).casefold().translate(_SIGNS)
    return _NO_SPACE.sub("", " ".join(spelt.split()))


def check_known(name: str, known: Iterable[str], what: str, where: str) -> None:
    """Raise SpecError when `name` is not among `known`, with the nearest one as the cure."""
    names = tuple(known)
    if name not in names:
        raise SpecError(where, f"there is no {what} '{name}'", did_you_mean(name, names, f"{what}s are"))


_NO_KEYS = ("[key]", "constrained-str", "tuple[constrained-str, ...]")
"""What pydantic puts among the keys of a place: the mark of a key, the member of a union that a value was tried as."""


class Placed(Protocol):
    """Plain values that know where they came from: a YAML document, a table of metadata."""

    @property
    def data(self) -> Mapping[Any, Any]:
        """The mapping itself."""
        ...

    def where(self, *keys: Key) -> str:
        """How an error names the place that the keys lead to."""
        ...


def validate(document: Placed, model: type[SpecType]) -> SpecType:
    """The document as `model`; raises SpecError naming the first key that is wrong."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise _spec_error(document, model, error) from error


def _spec_error(document: Placed, model: type[Spec], error: ValidationError) -> SpecError:
    found = error.errors(include_url=False)
    first: Any = min(found, key=_order)
    keys: tuple[Key, ...] = tuple(key for key in first["loc"] if key not in _NO_KEYS)
    problem, cure = _describe(first, _fields_at(model, keys[:-1]))
    return SpecError(document.where(*keys), problem, cure)


def _order(error: Any) -> tuple[bool, bool]:
    """Unknown keys come first; that a list is no text comes last, where a list may stand in place of a text."""
    return error["type"] != "extra_forbidden", error["type"] == "string_type" and isinstance(
        error["input"], list
    )


def _describe(found: dict[str, Any], fields: tuple[str, ...]) -> tuple[str, str]:
    kind, name, value = found["type"], str(found["loc"][-1]), found["input"]
    context = found.get("ctx", {})
    if "cure" in context:
        return found["msg"], context["cure"]
    if kind == "extra_forbidden":
        return f"unknown key '{name}'", did_you_mean(name, fields, "keys here are")
    if kind == "missing":
        return f"the key '{name}' is missing", f"Add `{name}:`"
    if kind == "string_pattern_mismatch":
        return f"'{_short(value)}' is not accepted here", _PATTERNS[context["pattern"]]
    if kind == "literal_error":
        return f"is '{_short(value)}'", f"It must be {context['expected']}"
    if kind in ("too_short", "string_too_short"):
        few = context.get("actual_length", 0)
        return f"has only {few}" if few else "is empty", "Give at least " + str(context["min_length"])
    if kind in _TYPES:
        return f"should be {_TYPES[kind]}, not {_name(value)}", _type_cure(kind, value)
    return f"'{_short(value)}' is not accepted: {found['msg'].lower()}", "Correct the value"


def _type_cure(kind: str, value: object) -> str:
    if kind.startswith("date"):
        return "Write it as 2026-01-31"
    if kind == "bool_type":
        return "Write true or false, without quotes"
    if kind != "string_type" or value is None or isinstance(value, (list, dict)):
        quoted = isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value)
        return f"Write {_TYPES[kind]}" + (f", without quotes: {value}" if quoted else "")
    return f'Put it in quotes: "{_short(value)}"'


def _name(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return "nothing" if value is None else f"'{_short(value)}'"


def _short(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fields_at(model: type[Spec], keys: tuple[Key, ...]) -> tuple[str, ...]:
    """The keys allowed where `keys` leads; empty when any key is allowed there."""
    current: type[Spec] | None = model
    for key in keys:
        if isinstance(key, str) and current is not None:
            names = {field.alias or name: field.annotation for name, field in current.model_fields.items()}
            current = _model_in(names.get(key))
    return tuple(field.alias or name for name, field in current.model_fields.items()) if current else ()


def _model_in(annotation: Any) -> type[Spec] | None:
    """The spec type inside an annotation such as `tuple[Item, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
