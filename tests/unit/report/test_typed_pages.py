"""A page has the fields that its templates name, and no other name passes: not in Jinja, not in Typst, not in code."""

import dataclasses
import importlib
import json
import pkgutil
import re
import shutil
import typing

import jinja2
import numpy as np
import pandas as pd
import pytest

from ncsi.errors import PublicationError
from ncsi.report import axis_rows, content, html, pdf
from ncsi.report.composite import CompositePage, UnitPage
from ncsi.report.content import grids
from ncsi.report.measures import MeasurePage
from ncsi.report.pages import Page, as_data, words
from ncsi.report.result_rows import Rank, read
from ncsi.report.site.page import SitePage
from ncsi.report.text import Pair
from ncsi.report.tombstone import TombstonePage
from ncsi.report.validation import ValidationPage
from ncsi.waves.board_page import BoardPage
from ncsi.waves.lineage_page import LineagePage

PAGES = (
    content.NationalPage, content.SectorPage, content.PressNote, content.MethodPage, content.DiagnosisPage,
    content.ExplorerPage, SitePage,
    ValidationPage, CompositePage, UnitPage, MeasurePage, BoardPage, LineagePage, TombstonePage,
)  # fmt: skip


def parts_of(kind, found):
    """A page with all the types that its fields are made of."""
    if kind in found or not isinstance(kind, type) or not dataclasses.is_dataclass(kind):
        for one in typing.get_args(kind):
            parts_of(one, found)
        return found
    found.add(kind)
    for one in typing.get_type_hints(kind).values():
        parts_of(one, found)
    return found


@pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.__name__)
def test_every_page_and_every_part_of_it_is_frozen_and_has_slots(kind):
    parts = parts_of(kind, set())
    assert len(parts) > (2 if kind is TombstonePage else 4)  # a page without figures has few parts
    for one in parts:
        assert one.__dataclass_params__.frozen, one
        assert not hasattr(one, "__dict__") or "__slots__" in vars(one), one
    hints = {
        f"{one.__name__}.{name}": hint for one in parts for name, hint in typing.get_type_hints(one).items()
    }
    assert [name for name, hint in hints.items() if "dict" in str(hint)] == []


@pytest.fixture
def misspelt(tmp_path, monkeypatch):
    """Change one name in a copy of the templates."""
    folder = shutil.copytree(html._TEMPLATES, tmp_path / "templates")

    def change(template, right, wrong):
        text = (folder / template).read_text(encoding="utf-8")
        assert right in text
        (folder / template).write_text(text.replace(right, wrong), encoding="utf-8")

    for module in (html, pdf):
        monkeypatch.setattr(module, "_TEMPLATES", folder)
    html._environment.cache_clear()
    html._own.cache_clear()
    yield change
    html._environment.cache_clear()
    html._own.cache_clear()


@pytest.mark.parametrize(
    ("template", "right", "wrong"),
    [
        ("sector.html.j2", "{{ t(c.interval) }}", "{{ t(c.intervall) }}"),
        ("sector.html.j2", "c.notes.strip", "c.notes.strips"),
        ("sector.html.j2", "{% if c.waves.rows %}", "{% if c.waves.row %}"),
        ("tables.html.j2", "{% if row.rate %}", "{% if row.rates %}"),
        ("tables.html.j2", "{{ row.place or", "{{ row.rank_raw or"),
        ("base.html.j2", "{% if c.stamp.zh %}", "{% if c.stamp.cn %}"),
    ],
)
def test_a_misspelt_name_fails_when_the_page_is_made(tables, spec, misspelt, template, right, wrong):
    misspelt(template, right, wrong)
    drawings = dict.fromkeys(("importance", "paths", "trend", "narrow_importance", "narrow_paths"))
    html._environment().globals["svg"] = lambda *_: ""
    with pytest.raises(jinja2.UndefinedError, match="has no attribute"):
        html.page("sector.html.j2", content.sector(tables, spec, "dairy"), drawings, "")


def test_no_template_asks_whether_a_name_is_there():
    """`is none`, `is defined` and `default` would let a misspelt name through without a word."""
    for path in html._TEMPLATES.glob("*.j2"):
        text = path.read_text(encoding="utf-8").replace("caller is defined", "")
        assert not re.search(r"is (not )?(none|defined|undefined)|\|\s*d(efault)?\b", text), path.name
    for path in html._TEMPLATES.glob("*.typ"):
        assert "default:" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize(
    ("template", "right", "wrong"),
    [
        ("diagnosis.typ", "c.sector_value", "c.sector_valu"),
        ("report.typ", "row.star", "row.starred"),
        ("report.typ", "g.heads", "g.head"),
    ],
)
def test_a_misspelt_key_is_refused_by_typst(tables, spec, misspelt, tmp_path, template, right, wrong):
    misspelt(template, right, wrong)
    one = content.diagnosis(tables, spec, "dairy", "B00")
    with pytest.raises(PublicationError, match="does not contain key"):
        pdf.pdf("diagnosis.typ", one, {}, "en", tmp_path / "work")


def test_a_field_that_a_page_does_not_have_cannot_be_given():
    with pytest.raises(TypeError, match="intervall"):
        axis_rows.AxisRow(name=Pair("", ""), value="", intervall="", x=None, x_low=None, x_high=None)


def test_a_column_that_a_table_lacks_fails_where_it_is_read():
    frame = pd.DataFrame({"rank": [1], "rank_low": [1], "rank_high": [2], "teir": ["A"]})
    with pytest.raises(KeyError, match="tier"):
        read(Rank, frame)


def test_json_keeps_fields_and_their_order():
    made = grids.grid("measures", ("brand",), [[grids.cell("a", small="1–2")]])
    assert list(as_data(made)) == ["id", "title", "heads", "rows", "note", "wide"]
    assert json.dumps(as_data(made.rows), ensure_ascii=False) == (
        '[[{"text": {"zh": "a", "en": "a"}, "small": {"zh": "1–2", "en": "1–2"}, "tone": "", "href": ""}]]'
    )


def test_no_text_of_a_page_is_missed_by_its_fonts(tables, spec):
    page = content.sector(tables, spec, "dairy")
    said = words(page)
    assert page.questions[-1].question.zh in said
    assert page.beside[0].rows[0][0].text.zh in said
    assert page.notes.strip.en in said


def test_every_page_of_the_room_is_listed_here():
    import ncsi.report

    for one in pkgutil.walk_packages(ncsi.report.__path__, "ncsi.report."):
        if ".fonts." not in one.name:
            importlib.import_module(one.name)

    def below(kind):
        return {kind, *(one for child in kind.__subclasses__() for one in below(child))}

    assert {one.__name__ for one in below(Page)} - {"Page", "ReleasePage"} == {one.__name__ for one in PAGES}


def test_a_row_without_a_rank_sorts_last(tables, spec):
    hidden = tables["out_rank_by_brand"].query("brand != 'B01'")
    rows = content.sector({**tables, "out_rank_by_brand": hidden}, spec, "dairy").brands
    assert [one.place is None for one in rows] == [False] * (len(rows) - 1) + [True]
    assert np.all(np.diff([one.place for one in rows[:-1]]) > 0)
