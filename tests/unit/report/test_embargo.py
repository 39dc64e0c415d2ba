"""Before its time, a release lies apart and says so on every page; afterwards nothing is left of that."""

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pypdf
import pytest
from python_calamine import CalamineWorkbook

from ncsi.errors import SpecError
from ncsi.report.bundle import write_data
from ncsi.report.documents import write_national
from ncsi.report.verify import verify_release
from ncsi.spec import load_wave, open_workspace, schemas_root
from ncsi.spec.plan import load_plan
from ncsi.stages.publish import publish_wave

LIFTS = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan(published_example, tmp_path_factory):
    """The wave of the example under embargo, of which nothing is out."""
    root = tmp_path_factory.mktemp("early") / "ws"
    shutil.copytree(published_example, root, ignore=shutil.ignore_patterns("releases"))
    plan = load_plan(open_workspace(root), "2026")
    lifts = LIFTS.astimezone(timezone(timedelta(hours=8)))
    return replace(plan, wave=plan.wave.model_copy(update={"embargo": lifts}))


@pytest.fixture(scope="module")
def early(plan):
    return publish_wave(plan, now=LIFTS - timedelta(seconds=1))


def test_every_page_says_until_when_in_both_languages(early):
    pages = sorted(early.folder.rglob("*.html"))
    assert len(pages) >= 3
    for path in pages:
        page = path.read_text(encoding="utf-8")
        assert 'class="watermark"' in page, path.name
        said = re.sub(r"<[^>]*>", "", page)
        assert "2026-04-15 10:00 (UTC+08:00)之前不得公开" in said
        assert "passed on before 2026-04-15 10:00 (UTC+08:00)" in said
        assert "<title>保密期 EMBARGO" in page


def test_the_press_note_and_the_readme_say_so(early):
    assert "> 保密期：2026-04-15 10:00" in (early.folder / "press.zh.md").read_text(encoding="utf-8")
    assert "> Embargo: not to be" in (early.folder / "press.en.md").read_text(encoding="utf-8")
    assert "> Embargo: not to be" in (early.folder / "README.md").read_text(encoding="utf-8")


def test_every_page_of_every_pdf_says_so(early):
    for path in sorted(early.folder.rglob("*.pdf")):
        for page in pypdf.PdfReader(path).pages:
            words = page.extract_text().replace("\n", "")
            assert "2026-04-15 10:00 (UTC+08:00)" in words, path.name
            assert "EMBARGO" in words


def test_the_data_say_so(early):
    manifest = json.loads((early.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["embargoed"]
    assert manifest["embargo"] == "2026-04-15T10:00:00+08:00"
    about = (
        CalamineWorkbook.from_path(early.folder / "data" / "release.xlsx")
        .get_sheet_by_name("about")
        .to_python()
    )
    assert any("2026-04-15 10:00" in str(cell) for row in about for cell in row)
    package = json.loads((early.folder / "datapackage.json").read_text(encoding="utf-8"))
    assert "before 2026-04-15 10:00 (UTC+08:00)" in package["description"]


def test_a_release_waits_apart_until_its_time(plan, early, documents_of):
    releases = plan.workspace.releases
    assert early.embargoed
    assert early.folder == releases / ".embargo" / "2026"
    assert (releases / ".embargo" / "index.html").is_file()
    assert not (releases / "index.html").exists()
    assert verify_release(early.folder).problems == ()
    open_now = publish_wave(plan, documents_of(write_data, write_national), now=LIFTS)
    assert not open_now.embargoed
    assert open_now.folder == releases / "2026"
    assert 'watermark"' not in (open_now.folder / "index.html").read_text(encoding="utf-8")
    assert not early.folder.exists()
    assert not (releases / ".embargo" / "index.html").exists()


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("2026-04-15T10:00:00", "timezone"),
        ("2027-05-01T10:00:00+08:00", "after the release date"),
        ("soon", "embargo"),
    ],
)
def test_an_embargo_names_its_zone_and_ends_by_the_release_date(tmp_path, time, said):
    words = (schemas_root() / "example" / "waves" / "2026.yaml").read_text(encoding="utf-8")
    (tmp_path / "2026.yaml").write_text(words + f"\nembargo: {time}\n", encoding="utf-8")
    with pytest.raises(SpecError, match=said):
        load_wave(tmp_path / "2026.yaml")
