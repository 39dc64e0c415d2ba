"""A publication that is killed around the moment at which its release comes out: nothing is out that the store does not
hold later figures against, and the next command brings it to its end."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date

import pytest

from ncsi.engine import InOrder
from ncsi.errors import PublicationError
from ncsi.ledger import Ledger
from ncsi.report.bundle.manifest import sha256
from ncsi.spec import Label, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.spec.wave import RevisionNote
from ncsi.stages import publish as publishing
from ncsi.stages.audit import audit_workspace
from ncsi.stages.broken_off import finish_publication
from ncsi.stages.one_at_a_time import releasing
from ncsi.stages.register import disagreements, registered
from ncsi.store import Store

WAVE = "2026"
NOTE = RevisionNote(date=date.today(), note=Label(zh="更正了一个文件。", en="One file was corrected."))


def revised(root):
    """The plan of a wave that is out, with a revision that is not."""
    plan = load_plan(open_workspace(root), WAVE)
    return replace(plan, wave=plan.wave.model_copy(update={"revisions": (NOTE,)}))


def killed(*_given, **_named):
    raise KeyboardInterrupt


def out(plan):
    """The revision in the folder of the release."""
    manifest = plan.workspace.releases / WAVE / "manifest.json"
    return json.loads(manifest.read_text(encoding="utf-8"))["revision"]


def remembered(plan):
    rows = Store.open(plan.workspace.warehouse).read("core_published_by_respondent", wave=WAVE)
    return set(rows["revision"]) - {-1}


@pytest.fixture(scope="module")
def broken_off(published_example, tmp_path_factory):
    """A revision killed when its files were written, published again, and killed when it was out."""
    plan = revised(shutil.copytree(published_example, tmp_path_factory.mktemp("broken") / "ws"))
    seen, remember = [], publishing._remember
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publishing, "_remember", lambda *given: killed(remember(*given)))
        with pytest.raises(KeyboardInterrupt):
            InOrder().publish(plan)
    seen.append((out(plan), remembered(plan)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ncsi.stages.publish.write_site", killed)
        with pytest.raises(KeyboardInterrupt):
            InOrder().publish(plan)
    seen.append((out(plan), remembered(plan)))
    return plan, seen


@pytest.fixture
def left(broken_off, tmp_path):
    """A copy of what the second kill left."""
    return revised(shutil.copytree(broken_off[0].workspace.root, tmp_path / "ws"))


def test_whom_a_release_counts_is_known_before_it_is_out(broken_off):
    _, seen = broken_off
    assert seen == [(0, {0, 1}), (1, {0, 1})]


def test_the_next_command_tells_register_and_ledger(left):
    store = Store.open(left.workspace.warehouse)
    (damage,) = disagreements(store, left.workspace)
    assert "revision 1 is out, and the register does not know it" in str(damage)
    page = left.workspace.releases / "index.html"
    page.unlink()  # the site was not renewed before it was killed
    InOrder().board(left)
    assert "2026" in page.read_text(encoding="utf-8")
    entry = registered(store, left.workspace, left.wave)
    assert (entry.standing.state, entry.standing.revision) == ("revised", 1)
    assert "broken off" in entry.moves.sort_values("move")["reason"].iloc[-1]
    assert list(disagreements(store, left.workspace)) == []
    manifest = (left.workspace.releases / WAVE / "manifest.json").read_bytes()
    told = [
        one for one in Ledger.of(left.workspace).events() if one.get("manifest_sha256") == sha256(manifest)
    ]
    assert told[-1]["event"] == "COMPLETE"
    assert not [one for one in audit_workspace(left.workspace).damages if "published on" in one.problem]
    assert finish_publication(left) is None


def test_a_publication_that_is_under_way_tells_it_itself(left):
    with releasing(left.workspace, WAVE):
        assert finish_publication(left) is None
    assert finish_publication(left) == 1


def test_nothing_is_estimated_against_a_release_that_the_store_does_not_know(left):
    """As of a version that stored it when it was out already, or of a folder from elsewhere."""
    store = Store.open(left.workspace.warehouse)
    rows = store.read("core_published_by_respondent", wave=WAVE)
    store.replace(WAVE, {"core_published_by_respondent": rows[rows["revision"] != 1]})
    for step in (InOrder().board, InOrder().estimate):
        with pytest.raises(
            PublicationError, match=rf"does not know whom it counts.*ncsi publish --wave {WAVE}"
        ):
            step(left)


UNDER_WAY = """
import sys, time
from contextlib import ExitStack
from pathlib import Path
from ncsi import atomic
with ExitStack() as begun:
    for one in sys.argv[1:]:
        folder = begun.enter_context(atomic.temporary_name(Path(one)))
        (folder / "data").mkdir(parents=True)
    print("there", flush=True)
    time.sleep(600)
"""


def test_what_killed_publications_left_is_gone_when_the_next_begins(left, warm, monkeypatch):
    """It holds figures that are not out. Of one that is at work all stays."""
    folders = [left.workspace.releases / name for name in ("", ".embargo", ".draft")]
    processes = [warm.start(UNDER_WAY, *map(str, folders)) for _ in ("ended", "at work")]
    try:
        for one in processes:
            assert one.stdout.readline() == "there\n", one.stderr.read()
        ended, at_work = processes
        ended.kill()
        ended.wait()
        seen = []
        monkeypatch.setattr(
            "ncsi.stages.recorded._published_wave",
            lambda *_: seen.extend(name.split("-")[1] for one in folders for name in names(one)),
        )
        InOrder().publish(left)
        assert seen == [str(at_work.pid)] * 3
    finally:
        for one in processes:
            one.kill()
            one.wait()


def names(folder):
    return [one.name for one in folder.glob(".tmp-*")]
