"""DDI-Codebook 2.5: variables with questions and categories, groups of variables. Source: DDI Alliance, the schema."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ncsi.errors import ReadError
from ncsi.questionnaire.asked import Asked, Survey, Words, words
from ncsi.questionnaire.taken.markup import xml_of

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def from_ddi(name: str, content: bytes) -> Survey:
    """The survey of a codebook. Raises ReadError where it is none or holds no variables."""
    root = xml_of(name, content)
    if _local(root) != "codeBook":
        raise ReadError(name, "it is no DDI-Codebook", "Export the documentation as DDI-Codebook 2.5")
    groups = {
        member: (str(group.get("ID", group.get("name", ""))), _said(group, "labl"))
        for group in _all(root, "varGrp")
        for member in str(group.get("var", "")).split()
    }
    found = []
    for one in _all(root, "var"):
        group, group_words = groups.get(str(one.get("ID")), ("", Words()))
        label, asked = _said(one, "labl"), _said(one, "qstnLit")
        found.append(
            Asked(
                str(one.get("name", "")), asked.and_not(label), group, group_words,
                tuple((_text(_first(c, "catValu")), _said(c, "labl")) for c in _all(one, "catgry")),
                missing=tuple(_text(_first(c, "catValu")) for c in _all(one, "catgry") if c.get("missing") == "Y"),
                label=label if asked.any else Words(),
            )
        )  # fmt: skip
    if not found:
        raise ReadError(name, "it describes no variables", "Export the documentation with its variables")
    return Survey(_said(root, "titl").and_not(_said(root, "parTitl")), tuple(found))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element.iter() if _local(one) == name)


def _first(element: Element, name: str) -> Element | None:
    return next(_all(element, name), None)


def _said(element: Element, name: str) -> Words:
    """The text of what is called so: of the element itself, or deeper where it is none of a category."""
    found = Words()
    inside = {id(part) for one in _all(element, "catgry") if one is not element for part in one.iter()}
    for one in _all(element, name):
        if id(one) not in inside:
            language = one.get(_LANG, "") or ""
            found = found.and_not(words(_text(one), language))
    return found


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()
