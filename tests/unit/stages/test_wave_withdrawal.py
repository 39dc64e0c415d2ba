"""A withdrawn wave: a page that says so in its place, no figure of it left, and still known to the door."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import ncsi
from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import IllegalMove, PublicationError, StoreBusy, StoreError
from ncsi.ingest.whole_wave import sector_sums
from ncsi.ledger import Ledger
from ncsi.report.bundle import write_data
from ncsi.report.documents import write_national
from ncsi.report.look import look_of
from ncsi.report.site import write_site
from ncsi.report.verify import verify_release
from ncsi.report.withdrawn import withdrawal_of
from ncsi.spec import Label, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.spec.theme import load_theme
from ncsi.spec.wave import RevisionNote
from ncsi.stages import validate
from ncsi.stages.audit import audit_workspace
from ncsi.stages.learnt_sizes import learnt
from ncsi.stages.nation import estimate_nation
from ncsi.stages.one_at_a_time import releasing
from ncsi.stages.public_version import published
from ncsi.stages.publish import is_public, publish_wave
from ncsi.stages.register import disagreements, registered, withdrawn_waves
from ncsi.stages.wave_withdrawal import withdraw_wave
from ncsi.store import Store
from ncsi.waves.register import Standing, legal, moved

WHY = Label(zh="一家机构的答卷系伪造。", en="Answers of one agency were made up.")
FIRST, SECOND = "2025Q1", "2026Q1"


@pytest.fixture(scope="module")
def gone(nation, tmp_path_factory):
    """Two waves that are out, the first of which is withdrawn."""
    root = tmp_path_factory.mktemp("withdrawn") / "workspace"
    shutil.copytree(nation.workspace.root, root)
    workspace = open_workspace(root)
    ids = [
        json.loads((workspace.releases / FIRST / "manifest.json").read_text(encoding="utf-8"))["release_id"]
    ]
    copy = tmp_path_factory.mktemp("copy") / FIRST
    shutil.copytree(workspace.releases / FIRST, copy)
    done = withdraw_wave(workspace, workspace.wave(FIRST), WHY, "Li Min")
    return workspace, ids, copy, done


def test_its_figures_leave_and_a_signed_page_says_when_and_why(gone):
    workspace, ids, _, done = gone
    out = workspace.releases / FIRST
    assert sorted(path.name for path in out.iterdir()) == ["index.html", "manifest.json", "manifest.sig"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert [
        one for one in (WHY.zh, WHY.en, "已撤回", "Withdrawn", ids[0], f"{date.today()}") if one not in page
    ] == []
    told = withdrawal_of(out)
    assert (told.releases, told.revision, told.why) == (tuple(ids), 0, WHY)
    assert (done.releases, done.shown_in) == (tuple(ids), (SECOND,))
    assert (done.folder / "r0" / "data" / "out_index_national.csv").is_file()
    assert done.folder.stat().st_mode & 0o077 == 0


def test_the_list_of_releases_names_it_without_figures(gone):
    workspace, *_ = gone
    page = (workspace.releases / "index.html").read_text(encoding="utf-8")
    assert WHY.zh in page
    assert f'href="{FIRST}/index.html"' in page
    assert f"{FIRST}/national.zh.pdf" not in page
    assert f"{SECOND}/national.zh.pdf" in page


def test_verify_says_withdrawn_of_the_page_and_of_a_copy_made_before(gone, capsys):
    workspace, ids, copy, _ = gone
    found = verify_release(workspace.releases / FIRST)
    assert (found.problems, found.kind) == ((), "withdrawn")
    main(["verify", str(workspace.releases / FIRST), "--workspace", str(workspace.root)])
    assert f"Release {ids[0]}: withdrawn on {date.today()}" in capsys.readouterr().out
    main(["verify", str(copy), "--workspace", str(workspace.root)])
    assert "It is a copy of what was withdrawn" in capsys.readouterr().out
    assert audit_workspace(workspace).damages == ()


def test_a_forged_page_does_not_hold(gone, tmp_path):
    workspace, *_ = gone
    shutil.copytree(workspace.releases / FIRST, tmp_path / "page")
    manifest = tmp_path / "page" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("made up", "fine"), encoding="utf-8")
    assert any("does not sign" in one for one in verify_release(tmp_path / "page").problems)


def test_register_and_ledger_say_who_when_and_why(gone):
    workspace, ids, *_ = gone
    found = registered(ncsi.open(workspace.warehouse), workspace, workspace.wave(FIRST))
    assert found.standing == Standing("withdrawn", found.standing.closed, 0)
    last = found.moves.iloc[-1]
    assert (last["step"], last["moved_by"], last["reason"]) == ("withdraw", "Li Min", f"{WHY.zh} / {WHY.en}")
    events = [one for one in Ledger.of(workspace).events() if one["job"] == "withdraw_wave"]
    assert [one["event"] for one in events] == ["START", "COMPLETE"]
    assert events[-1]["releases"] == ids


def test_what_was_published_is_compared_with_all_the_same(gone):
    workspace, *_ = gone
    known = published(ncsi.open(workspace.warehouse), FIRST, "dairy")
    assert 0 in set(known.counted["revision"])


def test_it_is_not_published_again_but_as_a_further_revision(published_example, tmp_path):
    root = shutil.copytree(published_example, tmp_path / "workspace")
    workspace = open_workspace(root)
    withdraw_wave(workspace, workspace.wave("2026"), WHY)
    plan = load_plan(workspace, "2026")
    with pytest.raises(
        PublicationError, match=r"was withdrawn on .* declare a further entry under `revisions`"
    ):
        InOrder().publish(plan)
    assert not is_public(plan)
    note = RevisionNote(
        date=date.today(), note=Label(zh="删去伪造的答卷。", en="Without the answers that were made up.")
    )
    release = InOrder().publish(replace(plan, wave=plan.wave.model_copy(update={"revisions": (note,)})))
    assert withdrawal_of(release.folder) is None
    assert verify_release(release.folder).problems == ()
    assert withdrawal_of(root / "releases" / "revisions" / "2026" / "r0").why == WHY
    assert set(release.revisions["level"]) == {
        "release"
    }  # the figures that were withdrawn are not shown as what was
    store = ncsi.open(workspace.warehouse)
    found = registered(store, workspace, plan.wave)
    assert (found.standing.state, found.standing.revision) == ("revised", 1)
    assert withdrawn_waves(store) == ()


def test_later_waves_leave_it_out_and_say_so(gone, documents_of):
    workspace, *_ = gone
    plan, store = load_plan(workspace, SECOND), Store.open(workspace.warehouse)
    assert withdrawn_waves(store) == (FIRST,)
    assert plan.wave.previous == FIRST
    assert withdrawn_waves(store, but=FIRST) == ()
    whole = estimate_nation(plan)
    assert (whole.change, whole.verdict) == (None, None)
    assert set(store.table("out_trend", SECOND)["at"]) == {SECOND}
    note = RevisionNote(date=date.today(), note=Label(zh="撤回一期。", en="A wave was withdrawn."))
    revised = replace(plan, wave=plan.wave.model_copy(update={"revisions": (note,)}))
    release = publish_wave(revised, documents_of(write_data, write_national), draft=True)
    page = (release.folder / "index.html").read_text(encoding="utf-8")
    assert "往期已撤回，不作比较" in page
    assert f"不计入趋势与变化：{workspace.wave(FIRST).label.zh}" in page


def test_drift_is_not_checked_against_it_and_a_plan_learns_nothing_from_it(gone, monkeypatch):
    workspace, *_ = gone
    compared = []

    def sums(responses, instrument, entry, before):
        compared.append(before)
        return sector_sums(responses, instrument, entry, before)

    monkeypatch.setattr(validate, "sector_sums", sums)
    validate.validate_wave(load_plan(workspace, SECOND))
    assert compared == [{}, {}, {}]
    planned = workspace.wave(SECOND).model_copy(update={"id": "2025Q2"})
    monkeypatch.setattr(type(workspace), "wave", lambda *_: planned)
    with pytest.raises(StoreError, match="neither this wave nor the one before"):
        learnt(workspace, "2025Q2")


def test_twice_is_refused_and_says_what_is_legal(gone):
    workspace, *_ = gone
    with pytest.raises(IllegalMove, match=r"it is withdrawn.*`withdraw` is not possible"):
        withdraw_wave(workspace, workspace.wave(FIRST), WHY)


def test_a_killed_withdrawal_is_done_again(nation, tmp_path, monkeypatch):
    root = tmp_path / "workspace"
    shutil.copytree(nation.workspace.root, root)
    workspace = open_workspace(root)

    def killed(*_given, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("ncsi.stages.wave_withdrawal.move", killed)
        with pytest.raises(KeyboardInterrupt):
            withdraw_wave(workspace, workspace.wave(FIRST), WHY)
    store = Store.open(workspace.warehouse)
    (damage,) = disagreements(store, workspace)
    assert (
        f"the register says published: a withdrawal was broken off. Run `ncsi wave withdraw --wave {FIRST}`"
        in str(damage)
    )
    done = withdraw_wave(workspace, workspace.wave(FIRST), WHY)
    assert done.resumed
    assert list(disagreements(store, workspace)) == []
    assert withdrawal_of(workspace.releases / FIRST).releases == done.releases
    assert withdrawn_waves(store) == (FIRST,)


def test_a_withdrawal_killed_while_it_replaced_the_release_keeps_its_id(nation, tmp_path, monkeypatch):
    root = tmp_path / "workspace"
    shutil.copytree(nation.workspace.root, root)
    workspace = open_workspace(root)
    out = workspace.releases / FIRST
    release_id = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["release_id"]
    real = Path.replace

    def killed(path, target):
        if Path(target) == out:
            raise KeyboardInterrupt
        return real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            withdraw_wave(workspace, workspace.wave(FIRST), WHY)
    assert not out.exists()
    monkeypatch.setattr("ncsi.stages.register._last", lambda _moves: None)  # of a version without a register
    done = withdraw_wave(workspace, workspace.wave(FIRST), WHY)
    assert (done.resumed, done.releases) == (True, (release_id,))
    assert withdrawal_of(out).releases == (release_id,)


def test_no_font_of_the_publisher_holds_a_withdrawal_up(nation, made_font, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(nation.workspace.root, root)
    for name, bold in (("l", False), ("lb", True)):
        (root / f"{name}.ttf").write_bytes(made_font(bold=bold))
    (root / "theme.yaml").write_text(
        "spec: ncsi/theme/1\npublisher: {zh: 清河中心, en: Qinghe Centre}\n"
        "fonts: {latin: {regular: l.ttf, bold: lb.ttf}}\n",
        encoding="utf-8",
    )
    workspace = open_workspace(root)
    folder = look_of(load_theme(root), root).typeface.ready()
    for one in folder.iterdir():  # made ready for a publication, scribbled over since
        one.write_bytes(one.read_bytes()[:200])
    done = withdraw_wave(workspace, workspace.wave(FIRST), WHY)
    page = (workspace.releases / FIRST / "index.html").read_text(encoding="utf-8")
    assert (WHY.zh in page, "清河中心" in page, "Publisher Latin" in page) == (True, True, False)
    assert "Publisher Latin" not in (workspace.releases / "index.html").read_text(encoding="utf-8")
    (caution,) = done.cautions
    assert "set in our fonts" in caution
    assert ".ttf" in caution
    shutil.rmtree(root / ".fonts")
    (root / ".fonts").write_text("no folder", encoding="utf-8")
    (caution,) = withdraw_wave(workspace, workspace.wave(SECOND), WHY).cautions
    assert ".fonts" in caution


def test_a_font_that_cannot_be_read_holds_no_withdrawal_up_either(nation, made_font, tmp_path, monkeypatch):
    root = tmp_path / "workspace"
    shutil.copytree(nation.workspace.root, root)
    for name, bold in (("l", False), ("lb", True)):
        (root / f"{name}.ttf").write_bytes(made_font(bold=bold))
    fonts = "spec: ncsi/theme/1\nfonts: {latin: {regular: l.ttf, bold: lb.ttf}}\n"
    (root / "theme.yaml").write_text(fonts, encoding="utf-8")
    workspace, real = open_workspace(root), Path.read_bytes

    def refused(path):
        if path.name == "l.ttf":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    (caution,) = withdraw_wave(workspace, workspace.wave(FIRST), WHY).cautions
    assert "has our look" in caution
    assert "l.ttf" in caution
    assert withdrawal_of(workspace.releases / FIRST) is not None


def test_a_wave_that_is_being_published_is_not_withdrawn_nor_published_twice(gone):
    workspace, *_ = gone
    with releasing(workspace, SECOND):
        with pytest.raises(StoreBusy, match="another process is publishing or withdrawing it"):
            withdraw_wave(workspace, workspace.wave(SECOND), WHY)
        with pytest.raises(StoreBusy, match="another process is publishing"):
            InOrder().publish(load_plan(workspace, SECOND))
    assert is_public(load_plan(workspace, SECOND))


def test_a_release_that_the_register_does_not_know_is_named(gone, monkeypatch):
    workspace, *_ = gone
    store = ncsi.open(workspace.warehouse)
    assert list(disagreements(store, workspace)) == []
    monkeypatch.setattr("ncsi.stages.register._last", lambda _moves: Standing("estimated"))
    said = sorted(map(str, disagreements(store, workspace)))
    assert f"Run `ncsi wave withdraw --wave {FIRST}` again" in said[0]
    assert (
        "revision 0 is out, and the register does not know it: publishing was broken off. Run `ncsi publish"
        in said[1]
    )
    monkeypatch.setattr("ncsi.stages.register._last", lambda _moves: Standing("withdrawn"))
    (restored,) = disagreements(store, workspace)
    assert "a release stands there, and the register says that the wave is withdrawn" in str(restored)


def test_only_what_is_out_can_be_withdrawn():
    for state in ("planned", "fielding", "closed", "estimated", "approved"):
        with pytest.raises(IllegalMove, match="Possible:"):
            moved("2026Q1", Standing(state), "withdraw")
    gone = moved("2026Q1", Standing("revised", True, 2), "withdraw")
    assert gone == Standing("withdrawn", True, 2)
    assert moved("2026Q1", gone, "estimate") == gone
    assert moved("2026Q1", gone, "publish", 3) == Standing("revised", True, 3)
    assert "withdraw" not in legal(gone)


def test_where_all_is_withdrawn_the_way_to_other_releases_says_so(gone, tmp_path):
    workspace, *_ = gone
    shutil.copytree(workspace.releases / FIRST, tmp_path / FIRST)
    (tmp_path / "embed").mkdir()
    (tmp_path / "embed" / "index-trend.html").write_text("of an earlier site")
    assert write_site(tmp_path) is None
    tombstone = (tmp_path / FIRST / "index.html").read_text(encoding="utf-8")
    (way,) = re.findall(r'<a href="(\.\./[^"]+)"', tombstone)
    page = (tmp_path / FIRST / way).resolve().read_text(encoding="utf-8")
    assert f'href="{FIRST}/index.html"' in page
    for words in ("目前没有公开的发布。", "No release is out at present."):
        assert words in page
    title, body = page.split("</title>")
    assert title.endswith("演示用合成数据 Synthetic demonstration data")
    assert body.index("演示用合成数据：本报告全部数字均为模拟生成") < body.index("<h1>")
    assert "Synthetic demonstration data</span></strong></li>" in body
    assert not (tmp_path / "embed").exists()
