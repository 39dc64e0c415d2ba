"""A wave in the field: what agencies have sent so far, against its quotas, as numbers and as the board."""

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pandas as pd
import pytest
import yaml

from ncsi.cli import main
from ncsi.cli.field import _sector_lines, facts_of
from ncsi.engine import InOrder
from ncsi.report.text import phrase
from ncsi.simulate.agencies import SECTOR, WAVE, write_field_workspace
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.field_answers import agency_of
from ncsi.stages.field_board import write_board
from ncsi.stages.field_progress import wave_progress
from ncsi.stages.source_files import sources_of

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
SENT = date(2026, 11, 21)
KEPT = ("answers", "late")


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """Four brands in the field for 19 days; what each agency sent is one file."""
    written = write_field_workspace(tmp_path_factory.mktemp("field"), brands=4, quota=300)
    for agency in ("jia", "yi", "bing"):
        sent = [
            one.path for one in written.files if one.agency == agency and one.day <= SENT and one.what in KEPT
        ]
        whole = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in sent])
        whole.to_csv(written.root / "data" / WAVE / agency / "sent.csv", index=False)
    plan = load_plan(open_workspace(written.root), WAVE)
    InOrder().collect(plan, sources_of(plan.workspace, WAVE))
    return plan


@pytest.fixture(scope="module")
def found(field):
    return wave_progress(field, NOW)


def test_answers_are_counted_once_by_cell_day_and_agency(field, found):
    (sector,) = found.sectors
    assert sector.accepted == sum(sector.daily) == sum(one.accepted for one in found.agencies)
    assert sum(one.forecast.accepted for one in sector.cells) == sector.accepted
    assert len(found.days) == len(sector.daily) == 19
    assert sector.forecast.target == sum(one.target for one in field.workspace.quotas(field.wave))
    assert {one.cell.of[1] for one in sector.behind} >= {("age_group", "60_up")}
    assert found.accepted == sector.accepted


def test_the_web_agency_stands_apart_and_the_interviewer_who_reads_the_scale_too_high(found):
    jia, yi, bing = found.agencies
    assert [one.agency for one in found.agencies] == ["jia", "yi", "bing"]
    assert bing.shares["speeding"].marked
    assert bing.shares["straight"].marked
    assert not any(share.marked for one in (jia, yi) for share in one.shares.values())
    assert bing.duration_s < 0.7 * jia.duration_s
    assert bing.interviewers is None
    assert len(yi.interviewers.apart) == 1
    assert yi.interviewers.apart[0][1] > 10
    assert jia.interviewers.apart == ()


def test_what_is_late_is_told_by_the_day_files_came(field):
    """All files came on the day the test ran; two days on, each agency owes one again, until the day after the last."""
    came = wave_progress(field, NOW).agencies[0].last_file
    then = datetime(came.year, came.month, came.day, 4, tzinfo=UTC)
    late = wave_progress(field, then.replace(year=came.year + 1))
    assert {one.late for one in late.agencies} in ({None}, {date(2026, 11, 30)}, {late.agencies[0].late})
    assert late.late == tuple(one for one in late.agencies if one.late)


def test_numbers_are_numbers_and_nobodys_answer_is_among_them(found):
    facts = json.loads(json.dumps(facts_of(found)))
    (sector,) = facts["sectors"]
    assert isinstance(sector["short"], int)
    assert isinstance(sector["forecast"]["chance"], float)
    assert sector["cells"][0].keys() >= {
        "brand",
        "of",
        "accepted",
        "target",
        "recent",
        "needed",
        "chance",
        "behind",
    }
    assert facts["agencies"][2]["shares"]["speeding"]["marked"] is True
    assert facts["now"] == "2026-11-21T18:00:00+08:00"
    assert re.search(r"R0\d{5}", json.dumps(facts)) is None


def test_the_board_shows_it_without_network(field, found, tmp_path):
    path = write_board(field, found, tmp_path / "new" / "board.html")
    page = path.read_text(encoding="utf-8")
    assert "丙调查公司" in page
    assert "Agency C" in page
    assert f"/ {sum(one.target for one in field.workspace.quotas(field.wave)):,} · " in page
    assert page.count('class="box') == 48
    assert "演示" in page or "合成" in page
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert re.search(r"R0\d{5}", page) is None


def test_when_fieldwork_is_over_what_is_lacking_is_told_and_no_pace_asked_for(field, tmp_path):
    later = wave_progress(field, NOW + timedelta(days=90))
    page = write_board(field, later, tmp_path / "over.html").read_text(encoding="utf-8")
    assert "field work is over, " in page
    assert "are needed to finish in time" not in page
    (sector,) = later.sectors
    lines = list(_sector_lines(sector, later.days, over=True))
    assert lines[1].endswith(f"; fieldwork is over, {sector.forecast.lacking:,} are lacking")


@pytest.mark.parametrize(("days_on", "over"), [(0, False), (1, True)])
def test_fieldwork_is_not_over_on_its_last_day(field, found, tmp_path, monkeypatch, capsys, days_on, over):
    """Answers of that day are in, and others are still to come."""
    last = found.days[-1]
    dates = field.wave.field.model_copy(update={"end": last})
    plan = replace(field, wave=field.wave.model_copy(update={"field": dates}))
    midnight = datetime(
        last.year, last.month, last.day, 16, tzinfo=UTC
    )  # of the field's clock, as the day ends
    now = midnight + timedelta(days=days_on, minutes=-1)
    on_it = wave_progress(plan, now)
    assert (on_it.days[-1], on_it.now.date() == last) == (last, not over)
    page = write_board(plan, on_it, tmp_path / "board.html").read_text(encoding="utf-8")
    assert page.count("field work is over, ") == 2 * over
    assert page.count("are needed to finish in time") == 2 * (not over)
    monkeypatch.setattr("ncsi.spec.plan.load_plan", lambda *_: plan)
    monkeypatch.setattr("ncsi.stages.field_progress.wave_progress", lambda _plan: on_it)
    main(["wave", "status", "--wave", WAVE, "--workspace", str(plan.workspace.root)])
    assert ("fieldwork is over, " in capsys.readouterr().out) == over


def test_a_file_is_told_with_its_agency_day_rows_and_faults(field, capsys):
    main(["wave", "status", "--wave", WAVE, "--workspace", str(field.workspace.root), "--json"])
    told = json.loads(capsys.readouterr().out)["files"]
    main(["wave", "status", "--wave", WAVE, "--workspace", str(field.workspace.root)])
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("File: ")]
    assert len(said) == len(told) == 3
    for line, one in zip(said, told, strict=True):
        head = f"File: {one['path']} ({one['agency']}, {one['came']}): {one['rows_read']:,} read, "
        assert line.startswith(f"{head}{one['rows_accepted']:,} accepted, {one['rows_rejected']:,} rejected")
        assert all(f"; {rule} {n:,}" in line for rule, n in one["faults"].items())


def test_brands_are_told_with_their_quotas_and_days_with_their_answers(field, found, monkeypatch, capsys):
    monkeypatch.setattr("ncsi.stages.field_progress.wave_progress", lambda _plan: found)
    main(["wave", "status", "--wave", WAVE, "--workspace", str(field.workspace.root)])
    said = capsys.readouterr().out.splitlines()
    (sector,) = found.sectors
    assert sum(one.target for one in sector.brands) == sector.forecast.target
    brands = [f"{one.brand}: {one.accepted:,} of {one.target:,}" for one in sector.brands]
    assert f"  by brand: {', '.join(brands)}" in said
    days = [f"11-{15 + k}: {n}" for k, n in enumerate(sector.daily[-7:])]
    assert f"  by day: {', '.join(days)}" in said


def test_a_sector_that_is_done_is_a_line_and_all_of_it_is_told_when_asked_for(
    field, found, monkeypatch, capsys
):
    root = str(field.workspace.root)
    (sector,) = found.sectors
    filled = replace(sector, cells=(), forecast=None)
    assert not filled.short
    assert len(list(_sector_lines(filled, found.days, over=True))) == 1
    assert len(list(_sector_lines(filled, found.days, over=True, whole=True))) == 3
    monkeypatch.setattr("ncsi.stages.field_progress.wave_progress", lambda _plan: found)
    told = {}
    for asked in ((), ("--sector", sector.sector)):
        main(["wave", "status", "--wave", WAVE, "--workspace", root, *asked])
        told[asked] = capsys.readouterr().out.splitlines()
    behind = {
        asked: [line for line in lines if line.startswith("  behind: ")] for asked, lines in told.items()
    }
    assert len(behind[()]) == 6
    assert (
        behind[()][-1]
        == f"  behind: {len(sector.behind) - 5} more quotas (all with --sector {sector.sector})"
    )
    assert len(behind["--sector", sector.sector]) == len(sector.behind)
    assert told[()][-1] == "No release yet."
    with pytest.raises(SystemExit) as stopped:
        main(["wave", "status", "--wave", WAVE, "--workspace", root, "--sector", "bnks"])
    assert stopped.value.code == 2
    assert f"wave {WAVE} has no sector 'bnks': {sector.sector}." in capsys.readouterr().err


def test_the_board_tells_each_file_with_its_rows_and_its_faults_in_words(field, found, tmp_path):
    page = unescape(write_board(field, found, tmp_path / "board.html").read_text(encoding="utf-8"))
    rows = page.partition('class="cards delivered"')[2].partition("</table>")[0].split("<tr>")[2:]
    assert len(rows) == len(found.files) == 3
    told = {one.path.rpartition("data/2026Q4/")[2]: one for one in found.files}
    for row in rows:
        one = told[re.search(r'class="l thin">([^<]+)<', row)[1]]  # of one name: told apart by their folders
        for n in (one.rows_read, one.rows_accepted, one.rows_rejected):
            assert f"</span> {n:,}</td>" in row
        assert f"{one.came:%Y-%m-%d}" in row
        for rule, n in one.faults.items():
            name = phrase(f"rule_{rule}")
            assert f"{name.zh}{n:,}处" in row
            assert f"{name.en}: {n:,}" in row
    assert any(one.faults for one in found.files)


def test_the_board_is_written_at_every_collection(field):
    path = field.board
    assert path.read_text(encoding="utf-8").count('class="box') == 48


def test_a_quota_of_a_cell_that_no_one_is_in_is_open_behind_and_to_be_chased_on_the_board(
    field, found, tmp_path
):
    """Nobody of 100 or more was asked: the board shows the empty cell among the others and does not stop at it."""
    root = shutil.copytree(field.workspace.root, tmp_path / "copy")
    path = root / "waves" / f"{WAVE}.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    label = {"zh": "百岁以上", "en": "100 and over"}
    wave["background"]["age_group"]["values"].append({"id": "100_up", "label": label})
    wave.pop("weighting")
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")
    quotas = root / "quotas" / f"{WAVE}.csv"
    first = pd.read_csv(quotas).iloc[[0]].assign(age_group="100_up", target=40)
    first.to_csv(quotas, mode="a", header=False, index=False)

    plan = load_plan(open_workspace(root), WAVE)
    now = wave_progress(plan, NOW)
    (sector,), (before,) = now.sectors, found.sectors
    empty = sector.cells[-1]
    assert (empty.forecast.accepted, empty.forecast.recent, empty.forecast.target) == (0, 0, 40)
    assert sector.behind[0] == empty
    assert len(sector.behind) == len(before.behind) + 1
    assert (sector.forecast.target, sector.accepted) == (before.forecast.target + 40, before.accepted)
    assert sector.forecast.chance < 0.2
    told = facts_of(now)["sectors"][0]["cells"][-1]
    assert (told["accepted"], told["target"], told["behind"]) == (0, 40, True)

    page = unescape(write_board(plan, now, tmp_path / "board.html").read_text(encoding="utf-8"))
    assert page.count('class="box') == 49
    assert '<span class="box behind">0/40<' in page
    assert f"/ {sector.forecast.target:,} · " in page
    assert page.count(label["zh"]) >= 2  # head of its column, and among those to chase
    assert page.count(label["en"]) >= 2


def test_before_anything_came_all_is_open(tmp_path):
    written = write_field_workspace(tmp_path, brands=2, quota=40)
    plan = load_plan(open_workspace(written.root), WAVE)
    found = wave_progress(plan, datetime(2026, 11, 2, tzinfo=UTC))
    (sector,) = found.sectors
    assert (sector.accepted, sector.daily, found.days) == (0, (), ())
    assert sector.forecast.chance is None
    assert not plan.workspace.warehouse.exists()
    write_board(plan, found, tmp_path / "board.html")


@pytest.mark.parametrize(
    ("path", "agency"),
    [
        (f"data/{WAVE}/jia/jia_1103.csv", "jia"),
        (f"data/{WAVE}/yi/all.zip/yi_1103.csv", ""),
        (f"data/{WAVE}/yi/all.csv/inner.csv", "yi"),
        (f"data/{WAVE}/yi/deeper/yi_1103.csv", ""),
        (f"data/{WAVE}/jia/jia_1103.csv.bak", ""),
        ("elsewhere.csv", ""),
    ],
)
def test_an_agency_is_known_by_the_source_that_names_its_file(field, path, agency):
    assert agency_of(field.wave, path) == agency


def test_sources_may_name_whole_trees(field):
    (first, *_) = field.wave.sources
    deep = field.wave.model_copy(
        update={"sources": (first.model_copy(update={"files": "data/**/j?a_*.csv"}),)}
    )
    assert agency_of(deep, "data/x/y/jia_1.csv") == "jia"
    assert agency_of(deep, "data/jia_1.csv") == "jia"
    assert agency_of(deep, "data/x/jiia_1.csv") == ""
    assert SECTOR == "banks"
