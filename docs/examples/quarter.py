"""One quarter of a programme, played from the first file to a revision: what a team does, and what goes wrong.

    python docs/examples/quarter.py FOLDER

Three agencies deliver every day: one is late, one corrects a file and sends another one twice, a file is of another
survey. The questionnaire changes for the next quarter, a worker is killed, a second person approves, an embargo passes,
a correction is published as a revision. FOLDER gets the workspace, the board as it stood on three days (`boards/`),
and `quarter.txt`: what was said, every run as Prefect shows it, the register, the ledger in numbers. All of it is
synthetic; it takes some minutes.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import yaml

from flows.settings import configure
from ncsi.engine import Engine
from ncsi.ledger import Ledger
from ncsi.signing import SigningKey, fingerprint
from ncsi.simulate.agencies import SECTOR, DailyFile, FieldPlan, write_field_workspace
from ncsi.spec import FieldDates, load_instrument, load_sectors, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.field_board import write_board
from ncsi.stages.field_progress import wave_progress
from ncsi.stages.inbox_watch import complete, looks

ZONE = ZoneInfo("Asia/Shanghai")
WAVE = "2025Q4"
FIELD = FieldDates(start=date(2025, 11, 4), end=date(2025, 12, 1))
BOARDS = (7, 14, 27)
"""Days of fieldwork whose board is kept."""
CHANGED, APPROVER = 10, "zhang"
"""The day on which the questionnaire of the next quarter is written; who approves."""


Tell = Callable[[str], None]


def telling(path: Path) -> Tell:
    """What says a line on the screen and writes it to a file."""
    path.write_text("", encoding="utf-8")

    def tell(line: str) -> None:
        print(line, flush=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return tell


def main(folder: Path) -> None:
    """Play the quarter in a new folder."""
    folder.mkdir(parents=True)
    tell = telling(folder / "quarter.txt")
    root = folder / "workspace"
    sent = write_field_workspace(root, brands=4, quota=150, field=FIELD)
    _team(root)
    inbox = root / "inbox"
    for agency in ("jia", "yi", "bing"):
        (inbox / agency).mkdir(parents=True)
    configure(root)
    tell(f"# Fieldwork, {FIELD.start} to {FIELD.end}")
    from flows.prefect_engine import PrefectEngine

    with PrefectEngine() as engine:
        _fieldwork(engine, inbox, sent, folder / "boards", tell)

    tell("\n# Closing, and a worker that is killed")
    ncsi(root, tell, "wave", "close", "--wave", WAVE, "--reason", "fieldwork is over")
    _killed(root, tell)
    ncsi(root, tell, "estimate", "--wave", WAVE, "--engine", "prefect")

    tell("\n# Before the release date: a draft, and who approves it")
    _edit(root, release_date=date.today() + timedelta(days=1), timezone=ZONE.key)
    begun = time.monotonic()
    ncsi(root, tell, "run", "--wave", WAVE, "--engine", "prefect")
    pace = timedelta(seconds=time.monotonic() - begun)
    ncsi(root, tell, "wave", "approve", "--wave", WAVE, "--key", str(root / f"{APPROVER}.pem"))

    tell("\n# Embargo, then publication")
    lifts = (datetime.now(ZONE) + max(3 * pace, timedelta(minutes=2))).replace(microsecond=0)
    _edit(root, embargo=lifts.isoformat(), release_date=lifts.date())
    ncsi(root, tell, "publish", "--wave", WAVE, "--engine", "prefect")
    ncsi(root, tell, "wave", "approve", "--wave", WAVE, "--key", str(root / f"{APPROVER}.pem"))
    ncsi(root, tell, "publish", "--wave", WAVE, "--engine", "prefect")
    tell(f"  waiting for {lifts:%H:%M:%S}")
    time.sleep(max(0.0, (lifts - datetime.now(ZONE)).total_seconds() + 1))
    ncsi(root, tell, "publish", "--wave", WAVE, "--engine", "prefect")

    tell("\n# A correction, published as a revision")
    _correct(root, sent)
    note = {"zh": "更正了一个文件。", "en": "One file was corrected."}
    _edit(root, revisions=[{"date": datetime.now(ZONE).date(), "note": note}])
    for step in ("ingest", "estimate", "publish"):
        ncsi(root, tell, step, "--wave", WAVE, "--engine", "prefect")
    ncsi(root, tell, "wave", "approve", "--wave", WAVE, "--key", str(root / f"{APPROVER}.pem"))
    ncsi(root, tell, "publish", "--wave", WAVE, "--engine", "prefect")

    tell("\n# The register, Prefect's runs, the ledger")
    ncsi(root, tell, "wave", "show", "--wave", WAVE)
    for line in _runs():
        tell(line)
    events = Counter((one["job"], one["event"]) for one in Ledger.of(open_workspace(root)).events())
    for (job, event), count in sorted(events.items()):
        tell(f"  ledger  {job:<14} {event:<9} {count:>4}")
    ncsi(root, tell, "verify", str(root / "releases" / WAVE))
    ncsi(root, tell, "audit")


def ncsi(root: Path, tell: Tell, *arguments: str) -> None:
    """Run a command as a person would, and say what it says. Raises CalledProcessError where it fails."""
    place = () if arguments[0] == "verify" else ("--workspace", str(root))
    tell(f"$ ncsi {' '.join(_shown(one, root) for one in arguments)}")
    made = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "ncsi", *arguments, *place], capture_output=True, text=True, check=False
    )
    for line in made.stdout.splitlines():
        tell(f"  {_shown(line, root)}")
    if made.returncode:
        tell(f"  exit {made.returncode}: {_shown(made.stderr.strip(), root)}")
        raise subprocess.CalledProcessError(made.returncode, arguments)


def _shown(text: str, root: Path) -> str:
    return text.replace(str(root), ".")


def _team(root: Path) -> None:
    """An approver with a key of their own, and a message for whatever a team should know."""
    key = SigningKey(os.urandom(32))
    path = root / f"{APPROVER}.pem"
    path.touch(mode=0o600)
    path.write_text(key.pem(), encoding="ascii")
    settings = {
        "spec": "ncsi/workspace/1", "approvals": 1, "approvers": {APPROVER: fingerprint(key.public)},
        "notifications": {
            "language": "en",
            "commands": [{"id": "log", "run": ["/bin/sh", "-c", f"cat >> '{root / 'told.txt'}'"]}],
        },
    }  # fmt: skip
    (root / "ncsi.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def _edit(root: Path, **changes: Any) -> None:
    """Change keys of the wave file; None takes one out."""
    path = root / "waves" / f"{WAVE}.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    kept = {name: value for name, value in told.items() if value is not None}
    path.write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")


def _fieldwork(engine: Engine, inbox: Path, sent: FieldPlan, boards: Path, tell: Tell) -> None:
    """Take in each day's files as the watch does; keep the board of some days."""
    boards.mkdir()
    root = sent.root
    workspace = open_workspace(root)
    for k in range((FIELD.end - FIELD.start).days + 1):
        day = FIELD.start + timedelta(days=k)
        if k == CHANGED:
            _next_questionnaire(root)
            ncsi(root, tell, "wave", "questionnaire", "--wave", WAVE)
        for one in _of(sent, day):
            shutil.copy(one.path, inbox / one.agency / one.path.name)
        ready = complete(looks(inbox), looks(inbox))
        at = datetime(day.year, day.month, day.day, 22, tzinfo=ZONE)
        became = Counter(one.became for one in engine.take_in(workspace, inbox, ready, at))
        tell(
            f"  {day}  {', '.join(f'{count} {what}' for what, count in sorted(became.items())) or 'nothing came'}"
        )
        if k in BOARDS:
            plan = load_plan(workspace, WAVE)
            write_board(plan, wave_progress(plan, at), boards / f"{day}.html")


def _of(sent: FieldPlan, day: date) -> Iterator[DailyFile]:
    return (one for one in sent.files if one.day == day)


def _next_questionnaire(root: Path) -> None:
    """The next quarter asks one question less: what this one asks is kept."""
    instrument = load_instrument(load_sectors().sector(SECTOR).instrument)
    told = instrument.model_dump(mode="json", by_alias=True, exclude_none=True)
    told["version"] = "9.0.0"
    image = next(one for one in told["constructs"] if one["id"] != told["target"] and len(one["items"]) > 2)
    dropped = image["items"].pop()["id"]
    told["subindices"] = [one for one in told.get("subindices", []) if dropped not in one["items"]]
    (root / "instruments").mkdir(exist_ok=True)
    path = root / "instruments" / f"{instrument.id}.yaml"
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")


def _killed(root: Path, tell: Tell) -> None:
    """Begin to estimate, and kill everything that works on it."""
    tell("$ ncsi estimate … (killed after some seconds)")
    command = [
        sys.executable,
        "-m",
        "ncsi",
        "estimate",
        "--wave",
        WAVE,
        "--engine",
        "prefect",
        "--workspace",
        str(root),
    ]
    work = subprocess.Popen(  # noqa: S603
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    ledger, until = Ledger.of(open_workspace(root)), time.monotonic() + 120
    while time.monotonic() < until and work.poll() is None:
        if any(one["job"] == "estimate" and one["event"] == "START" for one in ledger.events()):
            break
        time.sleep(0.1)
    os.killpg(work.pid, signal.SIGKILL)
    work.wait()
    tell("  killed")


def _correct(root: Path, sent: FieldPlan) -> None:
    """An agency sends one of its files again: a question was read the wrong way round."""
    one = next(each for each in sent.files if each.what == "answers" and each.agency == "yi")
    path = root / "data" / WAVE / "yi" / one.path.name
    rows = pd.read_csv(path, dtype=str)
    column = next(name for name in rows.columns if name.startswith("SAT"))
    answered = pd.to_numeric(rows[column], errors="coerce").between(1, 10)
    rows.loc[answered, column] = (11 - pd.to_numeric(rows.loc[answered, column]).astype(int)).astype(str)
    rows.to_csv(path, index=False)


def _runs() -> Iterator[str]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        offset = 0
        while page := client.read_flow_runs(limit=100, offset=offset, sort=FlowRunSort.START_TIME_ASC):
            for one in page:
                yield f"  prefect  {one.state_name or '':<10} {one.name}"
            offset += len(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
