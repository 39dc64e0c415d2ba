"""The inbox: daily files from three agencies, and whatever else lands there."""

import os
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from ncsi.cli import main
from ncsi.cli.field import arrival_line
from ncsi.engine import InOrder
from ncsi.errors import StepFailed, StoreBusy, StoreError
from ncsi.ledger import Ledger
from ncsi.simulate.agencies import FIELD, WAVE, write_field_workspace
from ncsi.spec import open_workspace
from ncsi.stages import inbox as rooms
from ncsi.stages import inbox_watch, recorded
from ncsi.stages.inbox_watch import complete, held, looks
from ncsi.store import Store
from ncsi.tables import RAW_FILES

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = tuple(FIELD.start + timedelta(days=k) for k in (6, 7))
"""Two days, on the second of which a file of the first is corrected."""


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 22, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def as_written(empty, tmp_path_factory):
    """A workspace in the field with a store that holds nothing, and its files: to be copied."""
    root = tmp_path_factory.mktemp("field") / "ws"
    written = write_field_workspace(root, brands=2, quota=60)
    shutil.copytree(empty, root / "warehouse")
    for agency in ("jia", "yi", "bing"):
        (root / "inbox" / agency).mkdir(parents=True)
    return written


@pytest.fixture
def field(as_written, tmp_path):
    root = shutil.copytree(as_written.root, tmp_path / "ws")
    files = [replace(one, path=root / one.path.relative_to(as_written.root)) for one in as_written.files]
    return open_workspace(root), replace(as_written, root=root, files=tuple(files)), root / "inbox"


def take_all(workspace, inbox, day):
    """What a watch does between two looks."""
    ready = complete(looks(inbox), looks(inbox))
    return InOrder().take_in(workspace, inbox, ready, at(day))


def sent_by(written, day):
    return [one for one in written.files if one.day == day]


def test_daily_files_from_three_agencies(field):
    """One is corrected under its name; on the last day one of another survey comes, and the day before's once more."""
    workspace, written, inbox = field
    became = Counter()
    for day in DAYS:
        for one in sent_by(written, day):
            shutil.copy(one.path, inbox / one.agency / one.path.name)
        became.update(one.became for one in take_all(workspace, inbox, day))
        assert looks(inbox) == {}
    extra = [one for one in written.files if one.what == "foreign"]
    before = next(one for one in written.files if one.day == DAYS[-2] and one.agency == "yi")
    shutil.copy(extra[0].path, inbox / "bing" / extra[0].path.name)
    shutil.copy(before.path, inbox / "yi" / "sent_again.csv")
    became.update(one.became for one in take_all(workspace, inbox, DAYS[-1]))

    sent = [one for one in written.files if one.day in DAYS]
    assert became == {
        "taken": sum(one.what == "answers" for one in sent), "corrected": 1, "quarantined": 1, "repeated": 1,
    }  # fmt: skip
    store = Store.open(workspace.warehouse)
    cards = store.sources(WAVE)
    assert len(cards) == became["taken"]  # the corrected file counts once
    assert set(cards["source_path"].str.split("/").str[2]) == {"jia", "yi", "bing"}
    rows = store.responses(WAVE, "banks", ["respondent", "brand"])
    assert len(rows) == cards["rows_accepted"].sum() == len(rows.drop_duplicates())
    (why,) = (inbox / ".quarantine").glob("*/*.why.txt")
    assert "bing_panel_study.csv: its columns are those of no source of its name" in why.read_text(
        encoding="utf-8"
    )
    assert len(list((inbox / ".replaced").iterdir())) == 1
    told = [
        one for one in Ledger.of(workspace).events() if one["job"] == "inbox" and one["event"] == "COMPLETE"
    ]
    assert Counter(one["became"] for one in told if "became" in one) == became
    assert (workspace.root / "runs" / WAVE / "board.html").exists()


def test_a_file_that_is_being_written_is_left_until_it_rests(field):
    _, written, inbox = field
    one = sent_by(written, DAYS[0])[0]
    whole = one.path.read_bytes()
    growing = inbox / one.agency / one.path.name
    growing.write_bytes(whole[: len(whole) // 2])
    before = looks(inbox)
    growing.write_bytes(whole)
    now = looks(inbox)
    assert complete(before, now) == ()
    assert complete(now, looks(inbox)) == (f"{one.agency}/{one.path.name}",)
    (inbox / one.agency / "other.csv").write_bytes(b"x")
    (inbox / one.agency / "other.csv.done").touch()
    assert f"{one.agency}/other.csv" in complete({}, looks(inbox))


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.tmp", ".hidden.csv", "a.csv~", "a.crdownload"])
def test_what_is_not_finished_is_not_looked_at(field, name):
    _, _, inbox = field
    (inbox / name).write_bytes(b"x")
    assert looks(inbox) == {}


def test_links_pipes_and_unknown_files_go_to_quarantine_unopened(field):
    workspace, written, inbox = field
    outside = workspace.root / "secret.csv"
    shutil.copy(sent_by(written, DAYS[0])[0].path, outside)
    (inbox / "jia" / "link.csv").symlink_to(outside)
    (inbox / "jia" / "tree").symlink_to(workspace.root)
    os.mkfifo(inbox / "jia" / "pipe.csv")
    (inbox / "notes.docx").write_bytes(b"PK")
    (inbox / "jia" / "broken.csv").write_bytes(b"\xff\xfe\x00")
    (inbox / "empty.csv").touch()
    found = take_all(workspace, inbox, DAYS[0])
    assert {one.path: one.became for one in found} == dict.fromkeys(
        ["jia/link.csv", "jia/tree", "jia/pipe.csv", "notes.docx", "jia/broken.csv", "empty.csv"],
        "quarantined",
    )
    assert all(one.why for one in found)
    assert any("empty.csv: the file is empty" in one.why for one in found)
    assert not any(str(workspace.root) in one.why for one in found)
    assert outside.exists()
    assert not (workspace.root / "data" / WAVE / "jia" / "link.csv").exists()
    assert looks(inbox) == {}


def test_a_name_that_is_a_person_is_printed_nowhere(field):
    workspace, written, inbox = field
    shutil.copy(sent_by(written, DAYS[0])[0].path, inbox / "jia" / "13800138000.csv")
    (found,) = take_all(workspace, inbox, DAYS[0])
    assert found.became == "quarantined"
    everything = f"{found}" + (workspace.root / "runs" / "ledger.jsonl").read_text(encoding="utf-8")
    everything += " ".join(str(one) for one in (inbox / ".quarantine").rglob("*"))
    assert "13800138000" not in everything


@pytest.mark.parametrize("name", ["a\x1b[2Jb.csv", "a\nb.csv", "a\u202eb.csv"])
def test_a_name_that_cannot_be_seen_moves_no_cursor(field, name):
    workspace, written, inbox = field
    shutil.copy(sent_by(written, DAYS[0])[0].path, inbox / "jia" / name)
    (found,) = take_all(workspace, inbox, DAYS[0])
    assert found.became == "quarantined"
    assert found.path.isprintable()
    assert looks(inbox) == {}


def test_before_and_after_the_field_nobody_expects_a_file(field):
    workspace, written, inbox = field
    one = sent_by(written, DAYS[0])[0]
    for day in (date(2026, 11, 2), date(2026, 12, 28)):
        shutil.copy(one.path, inbox / one.agency / one.path.name)
        (found,) = take_all(workspace, inbox, day)
        assert found.became == "quarantined"
        assert "no source of a wave in the field has such a name" in found.why


def test_a_file_that_two_sources_could_be_of_is_not_guessed(field):
    workspace, written, inbox = field
    one = sent_by(written, DAYS[0])[0]
    shutil.copy(one.path, inbox / one.path.name)
    (found,) = take_all(workspace, inbox, DAYS[0])
    assert found.became == "quarantined"
    assert "it may be of data/2026Q4/jia/*.csv of wave 2026Q4 or of" in found.why
    assert "Put it into a folder called as its agency" in found.why


def test_a_correction_that_cannot_be_used_leaves_the_earlier_file(field):
    """Its columns fit, its rows do not: every respondent is of another survey's brand, and too many rows are faulty."""
    workspace, written, inbox = field
    one = sent_by(written, DAYS[0])[0]
    place = inbox / one.agency / one.path.name
    shutil.copy(one.path, place)
    (first,) = take_all(workspace, inbox, DAYS[0])
    assert first.became == "taken"
    frame = pd.read_csv(one.path, dtype=str, keep_default_na=False).assign(submitted_at="2026-13-45")
    frame.to_csv(place, index=False)
    (second,) = take_all(workspace, inbox, DAYS[0])
    kept = workspace.root / first.place
    if second.became == "quarantined":
        assert kept.read_bytes() == one.path.read_bytes()
    else:
        assert second.became == "corrected"
        assert (second.accepted, second.rejected) == (0, len(frame)) or second.accepted == len(frame)
    cards = Store.open(workspace.warehouse).table(RAW_FILES.name, WAVE)
    assert (cards["rows_read"] == cards["rows_accepted"] + cards["rows_rejected"]).all()


def test_a_broken_wave_file_does_not_hold_the_others(field):
    workspace, written, inbox = field
    (workspace.root / "waves" / "2027Q1.yaml").write_text(
        "spec: ncsi/wave/1\nid: 2027Q1\nsec", encoding="utf-8"
    )
    one = sent_by(written, DAYS[0])[0]
    shutil.copy(one.path, inbox / one.agency / one.path.name)
    (found,) = take_all(workspace, inbox, DAYS[0])
    assert found.became == "taken"


def test_a_file_that_waves_in_the_field_at_once_could_both_take_is_not_guessed(field):
    workspace, written, inbox = field
    plan = workspace.root / "waves" / f"{WAVE}.yaml"
    other = plan.read_text(encoding="utf-8").replace(WAVE, "2026W46").replace("2026-12-25", "2026-12-24")
    (workspace.root / "waves" / "2026W46.yaml").write_text(other, encoding="utf-8")
    one = sent_by(written, DAYS[0])[0]
    shutil.copy(one.path, inbox / one.agency / one.path.name)
    (found,) = take_all(workspace, inbox, DAYS[0])
    assert found.became == "quarantined"
    assert f"of wave {WAVE}" in found.why
    assert "of wave 2026W46" in found.why


def test_a_file_in_quarantine_is_named_once():
    said = arrival_line(rooms.Arrival("jia/a.csv", "quarantined", why="jia/a.csv: no source has such a name"))
    assert said == "jia/a.csv: to quarantine. no source has such a name"


def test_an_inbox_in_which_all_is_done_is_looked_at_once(field, monkeypatch):
    _, _, inbox = field
    paused = []
    monkeypatch.setattr(inbox_watch, "sleep", paused.append)
    assert inbox_watch.rested(inbox) == ()
    (inbox / "jia" / "a.csv").touch()
    (inbox / "jia" / "a.csv.done").touch()
    assert inbox_watch.rested(inbox) == ("jia/a.csv",)
    assert paused == []
    (inbox / "jia" / "b.csv").touch()
    assert inbox_watch.rested(inbox, 7.0) == ("jia/a.csv", "jia/b.csv")
    assert paused == [7.0]


def test_two_watches_do_not_share_an_inbox(field):
    _, _, inbox = field
    with held(inbox), pytest.raises(StoreError, match="another process takes its files"), held(inbox):
        pass


def test_a_full_disk_leaves_the_file_in_the_inbox(field, monkeypatch):
    workspace, written, inbox = field
    one = sent_by(written, DAYS[0])[0]
    place = inbox / one.agency / one.path.name
    shutil.copy(one.path, place)

    write = rooms.atomic.write

    def full(path, content):
        if path.name == one.path.name:
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(rooms.atomic, "write", full)
    with pytest.raises(StoreError, match=r"No space left on device\. The file stays in the inbox"):
        take_all(workspace, inbox, DAYS[0])
    assert place.read_bytes() == one.path.read_bytes()


def test_a_store_that_is_held_leaves_every_file_in_the_inbox(field, monkeypatch):
    """Also those that were laid in their place before it was noticed; a later look takes them."""
    workspace, written, inbox = field
    sent = sent_by(written, DAYS[0])[:2]
    for one in sent:
        shutil.copy(one.path, inbox / one.agency / one.path.name)

    def busy(*_):
        raise StoreBusy("held")

    with monkeypatch.context() as patched:
        patched.setattr(recorded, "collect_or_say", busy)
        with pytest.raises((StoreBusy, StepFailed)):
            take_all(workspace, inbox, DAYS[0])
    assert {path.rsplit("/", 1)[-1] for path in looks(inbox)} == {one.path.name for one in sent}
    assert {one.became for one in take_all(workspace, inbox, DAYS[0])} == {"taken"}


def test_a_withdrawn_file_that_comes_again_waits_for_a_person(field):
    workspace, written, inbox = field
    one = sent_by(written, DAYS[0])[0]
    for _ in range(2):
        shutil.copy(one.path, inbox / one.agency / one.path.name)
        (found,) = take_all(workspace, inbox, DAYS[0])
        if found.became == "taken":
            store = Store.open(workspace.warehouse)
            store.withdraw(WAVE, found.sha256, "a test of the platform", "Li Min")
    assert found.became == "quarantined"
    assert "a test of the platform" in found.why
    assert "ncsi ingest --again" in found.why


def test_the_first_file_that_comes_back_corrects_its_correction(field):
    workspace, written, inbox = field
    one = sent_by(written, DAYS[0])[0]
    other = pd.read_csv(one.path, dtype=str, keep_default_na=False).iloc[:-1]
    became = []
    for content in (one.path.read_bytes(), other.to_csv(index=False).encode(), one.path.read_bytes()):
        (inbox / one.agency / one.path.name).write_bytes(content)
        (found,) = take_all(workspace, inbox, DAYS[0])
        became.append((found.became, found.accepted))
    rows = len(other) + 1
    assert became == [("taken", rows), ("corrected", rows - 1), ("corrected", rows)]


def test_watch_once_says_what_it_took(field, capsys, monkeypatch):
    """On the command line; the wave is moved to today, so that it is in the field."""
    workspace, written, inbox = field
    today = datetime.now(SHANGHAI).date()
    wave = workspace.root / "waves" / f"{WAVE}.yaml"
    text = wave.read_text(encoding="utf-8")
    text = text.replace(f"start: {FIELD.start}", f"start: {today - timedelta(days=2)}")
    text = text.replace(f"end: {FIELD.end}", f"end: {today + timedelta(days=20)}")
    text = text.replace(
        f"release_date: {FIELD.end + timedelta(days=25)}", f"release_date: {today + timedelta(days=60)}"
    )
    wave.write_text(text, encoding="utf-8")
    one = sent_by(written, DAYS[0])[0]
    frame = pd.read_csv(one.path, dtype=str, keep_default_na=False)
    frame.assign(submitted_at=f"{today} 10:00:00").to_csv(inbox / one.agency / one.path.name, index=False)
    monkeypatch.chdir(workspace.root)
    main(["wave", "watch", "--once", "--every", "0.2", "--engine", "local"])
    out = capsys.readouterr().out
    assert f"{one.agency}/{one.path.name}: wave {WAVE}, {len(frame)} accepted, 0 rejected." in out
