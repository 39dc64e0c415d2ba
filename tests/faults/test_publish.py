"""A release is whole or absent; what stops it is said with its place and cure."""

import importlib.util
import sys
from pathlib import Path

import pytest

from ncsi.errors import PublicationError
from ncsi.report import publish_release
from ncsi.report.woff import require_glyphs
from ncsi.spec import RULE
from ncsi.spec.wave import Brand

HELPER = Path(__file__).parents[1] / "unit" / "report" / "release_tables" / "__init__.py"


@pytest.fixture(scope="module")
def invented():
    spec = importlib.util.spec_from_file_location("release_tables", HELPER)
    module = importlib.util.module_from_spec(spec)
    sys.modules["release_tables"] = module
    spec.loader.exec_module(module)
    return module


def with_brand_label(spec, name):
    """The same release with its first brand called `name`."""
    sector = spec.wave.sectors[0]
    brand = Brand.model_validate({**sector.brands[0].model_dump(), "label": {"zh": name, "en": name}})
    sector = sector.model_copy(update={"brands": (brand, *sector.brands[1:])})
    wave = spec.wave.model_copy(update={"sectors": (sector, *spec.wave.sectors[1:])})
    return type(spec)(wave, spec.sectors, spec.instruments, spec.provenance, spec.history)


@pytest.fixture
def out(tmp_path):
    """A release that is already there."""
    folder = tmp_path / "2026Q1"
    folder.mkdir()
    (folder / "index.html").write_text("the last good one")
    return folder


def untouched(out):
    names = [path.name for path in out.parent.iterdir()]
    return names == [out.name] and (out / "index.html").read_text() == "the last good one"


def test_a_glyph_the_fonts_lack_stops_the_release_and_is_named(invented, out):
    spec = with_brand_label(invented.release_spec(("dairy",)), "𪚥野家")
    with pytest.raises(PublicationError) as stopped:
        publish_release(invented.result_tables(spec), spec, out)
    message = str(stopped.value)
    assert message.startswith("dairy: '𪚥野家")
    assert "U+2A6A5" in message
    assert "another character" in message
    assert untouched(out)


@pytest.mark.parametrize(
    ("name", "code"), [("𪚥野家", "U+2A6A5"), ("Smile 😀", "U+1F600"), ("a\u0007b", "U+0007")]
)
def test_every_kind_of_glyph_that_the_fonts_lack_is_named(name, code):
    with pytest.raises(PublicationError, match="another character") as stopped:
        require_glyphs({"banks": "乳制品 Dairy", "dairy": f"A line\n{name} and more"})
    assert str(stopped.value).startswith(f"dairy: '{name}")
    assert f"({code})" in str(stopped.value)


def test_all_glyphs_that_the_fonts_lack_are_named_at_once():
    many = "".join(chr(0x1F600 + k) for k in range(25))
    with pytest.raises(PublicationError) as stopped:
        require_glyphs({"banks": "𪚥野家\nSmile 😀", "dairy": "𪚥野家 again"})
    assert str(stopped.value).startswith(
        "banks: '𪚥野家' has the character 𪚥 (U+2A6A5); banks: 'Smile 😀' has the"
    )
    assert "dairy" not in str(stopped.value)
    with pytest.raises(
        PublicationError, match=r"U\+1F613\), and 5 more characters, which the report's fonts lack"
    ):
        require_glyphs({"banks": many})


def test_a_missing_table_is_named(invented, out):
    spec = invented.release_spec(("schools",))
    tables = invented.result_tables(spec)
    del tables["out_items_by_sector"]
    with pytest.raises(PublicationError, match=r"out_items_by_sector.*ncsi estimate --wave 2026Q1"):
        publish_release(tables, spec, out)
    assert untouched(out)


def test_a_missing_column_is_named(invented, out):
    spec = invented.release_spec(("schools",))
    tables = invented.result_tables(spec)
    tables["out_changes"] = tables["out_changes"].drop(columns="verdict")
    with pytest.raises(PublicationError, match=r"out_changes.*'verdict'"):
        publish_release(tables, spec, out)
    assert untouched(out)


def test_a_failure_half_way_leaves_the_last_release_and_no_rubble(invented, out):
    spec = invented.release_spec(("schools",))

    def full(stage, done, total):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        publish_release(invented.result_tables(spec), spec, out, on_progress=full)
    assert untouched(out)


def test_a_release_replaces_the_last_one_whole_though_all_brands_of_a_sector_are_too_small(invented, out):
    spec = invented.release_spec(("casual_wear",))
    tables = invented.result_tables(spec)
    brands = tables["out_index_by_brand"]
    tables["out_index_by_brand"] = brands.assign(n_eff=40.0, status=RULE.status(40.0))
    tables["out_rank_by_brand"] = tables["out_rank_by_brand"].head(0)
    made = publish_release(tables, spec, out)
    page = (made.folder / "sectors" / "casual_wear.html").read_text(encoding="utf-8")
    assert page.count("sample too small, not published") == 2
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert "the last good one" not in (out / "index.html").read_text(encoding="utf-8")
    assert set(made.files) == {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
