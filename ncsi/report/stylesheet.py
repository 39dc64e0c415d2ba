"""The rules of a style sheet that a page uses: a small page does not carry those of all others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_BETWEEN = re.compile(r"\s*([^{}]+?)\s*\{")
_APART = re.compile(r",(?![^()]*\))")
_NOT = re.compile(r":(?:not|nth-[\w-]+)\((?:[^()]|\([^()]*\))*\)")
_VALUE = re.compile(r"\[[^\]]*\]")
_NAMED = re.compile(r"([.#]?)(-?[A-Za-z_][\w-]*)|::?[\w-]+")
_TAG = re.compile(r"<([a-zA-Z][\w-]*)")
_HELD = re.compile(r"""\s(class|id)="([^"]*)\"""")
_NESTING = ("@media", "@supports")


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule: its selectors, each with the names that a page must have for it (`.class`, `#id`, `tag`); `inner`: those
    in an at-rule."""

    prelude: str
    body: str
    selectors: tuple[tuple[str, frozenset[str]], ...]
    inner: tuple[_Rule, ...] = ()


def used(sheet: str, markup: str) -> str:
    """What of a style sheet can match in a page: rules whose classes, ids and elements are all in its markup, of lists
    of selectors those. States that a script sets are attributes here, which are never asked for."""
    names = {one.lower() for one in _TAG.findall(markup)}
    for kind, held in _HELD.findall(markup):
        names |= {f"{'.' if kind == 'class' else '#'}{one}" for one in held.split()}
    return "\n".join(_kept(_rules(sheet), frozenset(names)))


def _kept(rules: tuple[_Rule, ...], names: frozenset[str]) -> Iterator[str]:
    for rule in rules:
        if rule.inner:
            within = "".join(_kept(rule.inner, names))
            if within:
                yield f"{rule.prelude}{{{within}}}"
        elif rule.prelude.startswith("@"):
            yield f"{rule.prelude}{{{rule.body}}}"
        else:
            kept = [selector for selector, wanted in rule.selectors if wanted <= names]
            if kept:
                yield f"{','.join(kept)}{{{rule.body}}}"


@cache
def _rules(sheet: str) -> tuple[_Rule, ...]:
    return tuple(_parsed(sheet))


def _parsed(sheet: str) -> Iterator[_Rule]:
    at = 0
    while found := _BETWEEN.match(sheet, at):
        prelude, start = found[1], found.end()
        at = _end(sheet, start)
        body = sheet[start : at - 1]
        if prelude.startswith(_NESTING):
            yield _Rule(prelude, "", (), tuple(_parsed(body)))
        else:
            selectors = () if prelude.startswith("@") else tuple(map(_wanted, _APART.split(prelude)))
            yield _Rule(prelude, body, selectors)


def _end(sheet: str, start: int) -> int:
    """Where a block ends that begins there, past its bracket."""
    depth, at = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(sheet[at], 0)
        at += 1
    return at


def _wanted(selector: str) -> tuple[str, frozenset[str]]:
    """A selector, and what a page must have for it; what it excludes is not asked for."""
    plain = _VALUE.sub("", _NOT.sub("", selector.strip()))
    return selector.strip(), frozenset(f"{kind}{name}" for kind, name in _NAMED.findall(plain) if name)
