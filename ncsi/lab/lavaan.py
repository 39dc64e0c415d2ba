"""Models in lavaan's syntax, read strictly: what a path model by PLS does not have is refused by name and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from unicodedata import normalize

from ncsi.errors import SpecError
from ncsi.lab.declared import Block, Effect, Mode, Product
from ncsi.spec.problems import did_you_mean

MEASURED: dict[str, Mode] = {"=~": "A", "<~": "B"}
RELATIONS = ("=~", "<~", "~")
REFUSED = {
    "~~": "a variance or covariance, which PLS has no parameter for",
    "~*~": "a scaling factor",
    ":=": "a defined parameter",
    "==": "a constraint",
    "<": "a constraint",
    ">": "a constraint",
    "|": "a threshold",
    "%": "a block of groups or levels",
    "*": "a label, a start or a fixed value, and here every weight and path is estimated",
    "-": "a term taken out",
    "?": "a start value",
    "@": "a fixed value",
    "^": "a power; a square is written Image:Image",
    "(": "a function",
    ")": "a function",
    "/": "a quotient",
    ",": "a list of values",
    "=": "an assignment",
}
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f]+)|(?P<comment>[#!][^\n]*)|(?P<end>[\n;])|(?P<name>[^\W\d]\w*(?:\.\w+)*)"
    r"|(?P<number>\d+(?:\.\d*)?)|(?P<operator>~\*~|=~|<~|~~|:=|==|[~<>|%*+:?@^()/,=-])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A name, number, operator or end of a statement, and the line it stands on."""

    kind: str
    text: str
    line: int

    @property
    def place(self) -> str:
        """How an error names it."""
        return f"model text, line {self.line}"


def read(text: str) -> tuple[tuple[Block, ...], tuple[Effect, ...]]:
    """Blocks and effects in the order of the text.

    Raises SpecError with the line: an operator or sign that is not part of such a model, a statement without an
    operator or without a side, a name that is no construct, with the nearest.
    """
    statements = list(_statements(_tokens(text)))
    if not statements:
        raise SpecError(
            "model text", "it holds no statement", "Write Image =~ IMA1 + IMA2, one line a construct"
        )
    found = [(_split(one), one) for one in statements]
    blocks = tuple(_block(left, op, right) for (left, op, right), _ in found if op.text in MEASURED)
    effects = [
        one for (left, op, right), _ in found if op.text == "~" for one in _effects(left, right, blocks)
    ]
    return blocks, tuple(effects)


def _tokens(text: str) -> list[Token]:
    found, at, line = [], 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _not_understood(text[at], f"model text, line {line}")
        kind, word = str(match.lastgroup), match.group()
        if kind not in ("space", "comment"):
            found.append(Token(kind, word, line))
        line += word.count("\n")
        at = match.end()
    return found


def _not_understood(sign: str, place: str) -> SpecError:
    plain = normalize("NFKC", sign)
    if plain != sign and _TOKEN.fullmatch(plain):
        return SpecError(place, f"'{sign}' is a full-width sign", f"Write it half-width: {plain}")
    return SpecError(place, f"'{sign}' is not understood", "Take it out")


def _statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Runs of tokens between ends; a line end beside an operator ends nothing."""
    kept = [
        one
        for k, one in enumerate(tokens)
        if one.text != "\n" or not (_operator_before(tokens, k) or _operator_after(tokens, k))
    ]
    for is_end, run in groupby(kept, key=lambda one: one.kind == "end"):
        if not is_end:
            yield list(run)


def _operator_before(tokens: Sequence[Token], k: int) -> bool:
    before = next((tokens[j] for j in range(k - 1, -1, -1) if tokens[j].text != "\n"), None)
    return before is not None and before.kind == "operator"


def _operator_after(tokens: Sequence[Token], k: int) -> bool:
    after = next((tokens[j] for j in range(k + 1, len(tokens)) if tokens[j].text != "\n"), None)
    return after is not None and after.kind == "operator"


def _split(statement: list[Token]) -> tuple[list[Token], Token, list[Token]]:
    """Left side, operator, right side; what the statement may not hold is refused first."""
    for one in statement:
        if one.text in REFUSED:
            raise SpecError(
                one.place,
                f"`{one.text}` is {REFUSED[one.text]}: it has no place in this model",
                "Take it out; =~, <~, ~, + and : are read",
            )
    at = [k for k, one in enumerate(statement) if one.text in RELATIONS]
    if not at:
        raise _unrelated(statement)
    if len(at) > 1:
        second = statement[at[1]]
        raise SpecError(
            second.place, f"a second `{second.text}` in one statement", "Begin a new line before it"
        )
    left, op, right = statement[: at[0]], statement[at[0]], statement[at[0] + 1 :]
    if not left or not right:
        side = "right" if left else "left"
        raise SpecError(op.place, f"`{op.text}` has nothing on its {side}", "Write Image =~ IMA1 + IMA2")
    return left, op, right


def _unrelated(statement: list[Token]) -> SpecError:
    first = statement[0]
    if len(statement) > 1 and statement[1].text == ":":
        return SpecError(first.place, f"`{first.text}:` begins a block of groups or levels", "Take it out")
    said = " ".join(one.text for one in statement)
    return SpecError(first.place, f"'{said}' has no operator", "Write =~ or <~ for items, ~ for paths")


def _terms(tokens: list[Token]) -> list[list[Token]]:
    """Names or products between plus signs."""
    terms: list[list[Token]] = [[]]
    for one in tokens:
        if one.text == "+":
            terms.append([])
        elif one.kind == "number":
            raise SpecError(
                one.place,
                f"`{one.text}` is an intercept or fixed value: it has no place in this model",
                "Take it out",
            )
        else:
            terms[-1].append(one)
    for term in terms:
        names = [one for one in term if one.kind == "name"]
        product = len(term) == 3 and term[1].text == ":" and len(names) == 2
        if len(term) != 1 and not product:
            place = (term or tokens)[0].place
            said = " ".join(one.text for one in term)
            raise SpecError(
                place,
                f"'{said}' is no name" if term else "a `+` has a side without a name",
                "Join names by `+`",
            )
    return terms


def _names(tokens: list[Token], what: str) -> list[Token]:
    terms = _terms(tokens)
    for term in terms:
        if len(term) > 1:
            said = "".join(one.text for one in term)
            raise SpecError(
                term[0].place, f"the product {said} among {what}", "Products stand right of ~ alone"
            )
    return [term[0] for term in terms]


def _block(left: list[Token], op: Token, right: list[Token]) -> Block:
    constructs, items = _names(left, "constructs"), _names(right, "items")
    if len(constructs) > 1:
        raise SpecError(
            constructs[1].place,
            f"two constructs left of `{op.text}`, and an item belongs to one alone",
            "Write a line for each",
        )
    name = constructs[0]
    return Block(
        name.text, tuple(one.text for one in items), MEASURED[op.text], name.text, name.place,
        tuple(one.place for one in items),
    )  # fmt: skip


def _effects(left: list[Token], right: list[Token], blocks: Sequence[Block]) -> Iterator[Effect]:
    targets = _names(left, "outcomes")
    for target in targets:
        _require_construct(target, blocks)
        for term in _terms(right):
            names = [one for one in term if one.kind == "name"]
            for one in names:
                _require_construct(one, blocks)
            source = names[0].text if len(names) == 1 else Product(names[0].text, names[1].text)
            yield Effect(source, target.text, names[0].place)


def _require_construct(name: Token, blocks: Sequence[Block]) -> None:
    known = tuple(one.construct for one in blocks)
    if name.text in known:
        return
    if any(name.text in one.items for one in blocks):
        raise SpecError(
            name.place,
            f"'{name.text}' is an item, and paths join constructs",
            f"Give it one: X =~ {name.text}",
        )
    raise SpecError(
        name.place, f"there is no construct '{name.text}'", did_you_mean(name.text, known, "constructs are")
    )
