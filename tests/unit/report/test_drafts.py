"""Before its release date a wave is a draft: marked on every page, beside the releases, published by nobody."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta

import pypdf
import pytest
import yaml
from python_calamine import CalamineWorkbook

from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.ledger import Ledger
from ncsi.report.bundle import write_data
from ncsi.report.site import write_site
from ncsi.report.verify import verify_release
from ncsi.signing import SigningKey, fingerprint
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.approvals import approvals, approve, draft_folder
from ncsi.stages.publish import publish_wave
from ncsi.stages.register import registered
from ncsi.store import Store
from ncsi.tables import CORE_PUBLISHED_BY_RESPONDENT

WAVE = "2026"
ZHANG = SigningKey(b"z" * 32)


@pytest.fixture(scope="module")
def early(published_example, tmp_path_factory):
    """The wave of the example as a draft that one has to sign: not released, its release date a week ahead; run without
    a file that changed."""
    root = tmp_path_factory.mktemp("early") / "ws"
    shutil.copytree(published_example, root, ignore=shutil.ignore_patterns("releases"))
    path = root / "waves" / f"{WAVE}.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    told["release_date"] = date.today() + timedelta(days=7)
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    signed = {"approvals": 1, "approvers": {"zhang": fingerprint(ZHANG.public)}}
    settings = {"spec": "ncsi/workspace/1", **signed}
    (root / "ncsi.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    plan = load_plan(open_workspace(root), WAVE)
    return plan, InOrder().run(plan, []).release


def test_a_run_makes_a_draft_and_publishes_nothing(early):
    plan, made = early
    releases, store = plan.workspace.releases, Store.open(plan.workspace.warehouse)
    assert (made.draft, made.lacking, made.folder) == (True, 1, draft_folder(plan.workspace, WAVE))
    assert not (releases / WAVE).exists()
    assert not (releases / "index.html").exists()
    steps = registered(store, plan.workspace, plan.wave).moves["step"].tolist()
    assert steps.count("publish") == 1  # that of the workspace which it is a copy of
    told = [one for one in Ledger.of(plan.workspace).events() if one["job"] == "publish"]
    assert told[-1]["draft"] is True


def test_every_page_and_the_data_say_so_in_both_languages(early):
    plan, made = early
    day = plan.wave.release_date.isoformat()
    for path in sorted(made.folder.rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        assert "<title>草稿 DRAFT · " in page, path.name
        assert 'class="watermark"' in page
        bars = re.findall(r'<(?:aside class="restricted"|header class="band")[^>]*><div class="(.*?)">', page)
        assert len(set(bars)) < 2, path.name  # one margin
        said = re.sub(r"<[^>]*>", "", page)
        assert f"草稿：非正式发布，不得公开、引用或转发。本期发布日期：{day}。" in said
        assert f"Draft: not to be published, quoted or passed on. Release date of the wave: {day}." in said
    for path in sorted(made.folder.rglob("*.pdf")):
        for page in pypdf.PdfReader(path).pages:
            words = page.extract_text()
            assert words.split()[:2] == ["DRAFT", "草稿"], path.name
            assert day in words
    for name in ("press.en.md", "README.md"):
        assert f"Release date of the wave: {day}" in (made.folder / name).read_text(encoding="utf-8")
    assert json.loads((made.folder / "manifest.json").read_bytes())["draft"] is True
    book = CalamineWorkbook.from_path(made.folder / "data" / "release.xlsx")
    assert any("草稿" in str(cell) for row in book.get_sheet_by_name("about").to_python() for cell in row)


def test_it_holds_and_says_that_it_is_not_published(early, capsys):
    plan, made = early
    assert verify_release(made.folder).draft
    main(["verify", str(made.folder), "--workspace", str(plan.workspace.root)])
    assert "It is a draft: it is not published." in capsys.readouterr().out


def test_what_is_signed_on_a_draft_counts_on_the_day_and_publishing_leaves_no_draft(
    early, documents_of, tmp_path, capsys
):
    """Publishing is a command of its own; a draft that was copied among the releases is in nobody's way."""
    plan, made = early
    root = shutil.copytree(plan.workspace.root, tmp_path / "ws")
    public = shutil.copytree(made.folder, root / "releases" / WAVE)
    write_site(root / "releases")
    assert not (root / "releases" / "index.html").exists()
    own = load_plan(open_workspace(root), WAVE)
    approve(own.workspace, WAVE, ZHANG)
    assert publish_wave(own, documents_of(write_data), draft=True).lacking == 0
    assert approvals(own.workspace, WAVE) == ("zhang",)
    main(["publish", "--wave", WAVE, "--workspace", str(root), "--engine", "local"])
    said = capsys.readouterr().out
    assert "A draft" not in said
    assert str(public) in said
    assert "草稿" not in (public / "index.html").read_text(encoding="utf-8")
    assert not draft_folder(own.workspace, WAVE).exists()
    drafted, published = (
        json.loads((folder / "manifest.json").read_bytes())["files"] for folder in (made.folder, public)
    )
    data = {name for name in published if name.endswith((".csv", ".parquet"))}
    assert {name for name in data if published[name] != drafted[name]} == set()
    assert len(Store.open(own.workspace.warehouse).read(CORE_PUBLISHED_BY_RESPONDENT.name, wave=WAVE))
    again = InOrder().run(own, []).release  # it is out: another run does not make a draft of it
    assert (again.draft, again.lacking, again.folder) == (False, 0, public)
