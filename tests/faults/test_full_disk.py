"""A disk that fills up beside the store: the ledger, the validation page, what a command writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ncsi.cli.main import main
from ncsi.ledger import Ledger
from ncsi.spec import load_instrument
from ncsi.stages.validate import _written

FULL_LEDGER = """
import resource, signal, sys
from pathlib import Path
from ncsi.errors import StoreError
from ncsi.ledger import Ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path({path!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50,) * 2)
try:
    with Ledger(path).run("collect", file="x" * 100):
        pass
except StoreError as error:
    print(error)
"""


def test_half_a_line_of_the_ledger_is_dropped_by_the_next_run(tmp_path):
    ledger = Ledger(tmp_path / "runs.jsonl")
    ledger.record("START", "collect", "1")
    with ledger.path.open("a") as handle:
        handle.write('{"event": "COMPL')
    ledger.record("START", "collect", "2")
    assert [one["run"] for one in ledger.events()] == ["1", "2"]


def test_a_full_disk_leaves_the_ledger_whole_and_says_so(warm, tmp_path):
    ledger = Ledger(tmp_path / "runs.jsonl")
    ledger.record("START", "collect", "1")
    before = ledger.path.read_bytes()
    code = FULL_LEDGER.format(path=str(ledger.path))
    said = warm.run(code)
    assert said.stdout.strip() == (
        f"{ledger.path}: cannot write: File too large. Free disk space or make the file writable, then run again."
    ), said.stderr
    assert ledger.path.read_bytes() == before
    ledger.record("COMPLETE", "collect", "1")
    assert len(ledger.events()) == 2


FULL_PAGE = """
import resource, signal
from pathlib import Path
import ncsi.engine
from ncsi.errors import StoreError
from ncsi.stages.validate import _written
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    _written(Path({folder!r}), "second" * 100)
except StoreError as error:
    print(error)
"""


def test_a_validation_page_that_cannot_be_written_leaves_the_last_one_and_no_rubble(warm, tmp_path):
    page = _written(tmp_path, "first")
    code = FULL_PAGE.format(folder=str(tmp_path))
    said = warm.run(code)
    assert said.stdout.strip() == (
        f"{page}: cannot write: File too large. Free disk space or make the folder writable, then run "
        "again; the responses are stored."
    ), said.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["validation.html"]
    assert page.read_text() == "first"


FULL_COMMAND = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from ncsi.cli.main import main
main(["map", {export!r}, "--instrument", "ccsi", "--out", {out!r}])
"""


def test_a_command_that_meets_a_full_disk_says_so_without_a_traceback(warm, tmp_path, capsys):
    export = tmp_path / "e.csv"
    items = load_instrument("ccsi").item_ids
    rows = (("respondent", "brand", *items), ("r1", "b1", *("8" for _ in items)))
    export.write_text("".join(",".join(one) + "\n" for one in rows), encoding="utf-8")
    code = FULL_COMMAND.format(export=str(export), out=str(tmp_path / "map.yaml"))
    said = warm.run(code)
    assert (said.returncode, said.stderr) == (
        1,
        f"Error: {tmp_path / 'map.yaml'}: File too large. Free disk space, or name a place that is there and "
        "writable; what is stored is whole.\n",
    )
    assert [one.name for one in tmp_path.iterdir()] == ["e.csv"]
    nowhere = str(tmp_path / "nowhere" / "map.yaml")
    with pytest.raises(SystemExit) as stopped:
        main(["map", str(export), "--instrument", "ccsi", "--out", nowhere])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith(f"Error: {nowhere}: No such file or directory. ")


FULL_RELEASE = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from ncsi.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
main(["publish", "--wave", "2026", "--engine", "local", "--workspace", {root!r}])
"""


def test_a_disk_that_fills_while_publishing_leaves_what_is_out_and_names_the_release(
    warm, published_example, tmp_path
):
    root = Path(shutil.copytree(published_example, tmp_path / "ws"))
    before = {one: one.read_bytes() for one in (root / "releases").rglob("*") if one.is_file()}
    code = FULL_RELEASE.format(root=str(root))
    said = warm.run(code)
    out = root / "releases" / "2026"
    assert (said.returncode, said.stderr.splitlines()[-1]) == (
        1,
        f"Error: {out}: File too large. Free disk space, or name a place that is there and writable; what is stored "
        "is whole.",
    )
    assert {one: one.read_bytes() for one in (root / "releases").rglob("*") if one.is_file()} == before
    last = Ledger(root / "runs" / "ledger.jsonl").events()[-1]
    assert (last["job"], last["event"]) == ("publish", "FAIL")
