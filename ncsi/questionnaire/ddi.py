"""DDI-Codebook 2.5: the questionnaire as documentation that archives and statistical offices read.

Source: DDI Alliance, DDI-Codebook 2.5 XML schema (ddi:codebook:2_5).
"""

from __future__ import annotations

import io
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent, register_namespace

from ncsi.questionnaire.questions import Question
from ncsi.spec import Instrument, Label, Missing

_NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def ddi(instrument: Instrument, questions: tuple[Question, ...]) -> bytes:
    """The XML's bytes (utf-8): one variable per question, groups of variables for constructs."""
    register_namespace("", _NAMESPACE)
    book = Element(_tag("codeBook"), {"version": "2.5", _LANG: "zh"})
    study = _under(book, "stdyDscr")
    citation = _under(study, "citation")
    titles = _under(citation, "titlStmt")
    _under(titles, "titl", instrument.label.zh, "zh")
    _under(titles, "parTitl", instrument.label.en, "en")
    _under(titles, "IDNo", f"ncsi:{instrument.id}")
    _under(_under(citation, "verStmt"), "version", instrument.version)
    info = _under(study, "stdyInfo")
    _both(info, "abstract", Label(zh=instrument.modelled_on, en=instrument.modelled_on))
    summary = _under(info, "sumDscr")
    _both(summary, "universe", instrument.respondent)
    data = _under(book, "dataDscr")
    for group in dict.fromkeys(one.group for one in questions):
        members = [one for one in questions if one.group == group]
        element = _under(data, "varGrp")
        element.attrib.update(
            ID=f"G_{group}", name=group, type="section", var=" ".join(f"V_{m.id}" for m in members)
        )
        _both(element, "labl", members[0].group_label)
    for one in questions:
        _variable(data, one)
    indent(book)
    return _bytes(book)


def _variable(data: Element, question: Question) -> None:
    variable = _under(data, "var")
    variable.attrib.update(ID=f"V_{question.id}", name=question.id, intrvl="discrete")
    _both(variable, "labl", question.label)
    for language in ("zh", "en"):
        asked = _under(variable, "qstn")
        asked.set(_LANG, language)
        _under(asked, "qstnLit", str(getattr(question.text, language)))
        if question.asked_if is not None:
            item, answers = question.asked_if
            _under(asked, "preQTxt", f"{item} = {', '.join(answers)}")
    valid = [one.code for one in question.choices if one.missing is None]
    missing = [one.code for one in question.choices if one.missing is not None]
    for name, codes in (("valrng", valid), ("invalrng", missing)):
        if codes:
            ranges = _under(variable, name)
            for code in codes:
                _under(ranges, "item").set("VALUE", code)
    for choice in question.choices:
        category = _under(variable, "catgry")
        if choice.missing is not None:
            category.attrib.update(missing="Y", missType=_kind(choice.missing))
        _under(category, "catValu", choice.code)
        _both(category, "labl", choice.label)
    numeric = all(one.code.lstrip("-").isdigit() for one in question.choices)
    _under(variable, "varFormat").attrib.update(type="numeric" if numeric else "character")


def _kind(missing: Missing) -> str:
    return missing.value.replace("_", " ")


def _under(parent: Element, name: str, text: str = "", language: str = "") -> Element:
    element = SubElement(parent, _tag(name))
    if text:
        element.text = text
    if language:
        element.set(_LANG, language)
    return element


def _both(parent: Element, name: str, label: Label) -> None:
    _under(parent, name, label.zh, "zh")
    _under(parent, name, label.en, "en")


def _bytes(root: Element) -> bytes:
    out = io.BytesIO()
    ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    return out.getvalue()


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
