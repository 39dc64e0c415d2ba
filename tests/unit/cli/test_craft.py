"""The command line as a craft: near misses, exit codes, what is told first, completion, words in the singular."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace

import click
import pytest

from ncsi import clean_process
from ncsi.cli import main
from ncsi.cli import running as engines
from ncsi.cli.main import cli
from ncsi.cli.say import Said, counted, estimated
from ncsi.spec import open_workspace, schemas_root
from ncsi.spec.plan import load_plan
from ncsi.stages.estimate import SectorOutcome
from ncsi.stages.nation import NationOutcome
from ncsi.stages.source_files import sources_of
from ncsi.worker_pool import WorkerPool


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    output = capsys.readouterr()
    assert stopped.value.code == 2, output.err
    return output


def commands(command=cli, path=()):
    """Every command by its path, groups too."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), (*path, name))
    yield path, command


@pytest.fixture
def root(tmp_path, capsys):
    main(["init", str(tmp_path / "ws")])
    capsys.readouterr()
    return tmp_path / "ws"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(["ingset"], "ingest"), (["wave", "stauts"], "status"), (["instrument", "exprot"], "export"),
     (["composite", "rum"], "run"), (["sector", "now"], "new")],
)  # fmt: skip
def test_an_unknown_command_gets_the_nearest_in_every_group(capsys, typed, meant):
    assert f"Did you mean '{meant}'?" in refused(capsys, *typed).err


@pytest.mark.parametrize(
    "arguments",
    [
        ["estimate", "--wave", "2026", "--engine", "local"], ["weigh", "--wave", "2026"],
        ["diagnose", "--wave", "2026"],
        ["groups", "--wave", "2026", "--sector", "skin_care", "--by", "region"], ["revisions"], ["migrate"],
        ["forget", "--respondent", "1"], ["wave", "questionnaire", "--wave", "2026"],
        ["withdraw", "x.csv", "--reason", "wrong"], ["trace", "index", "--wave", "2026", "--sector", "skin_care"],
        ["wave", "plan", "--wave", "2026"], ["serve"],
    ],
)  # fmt: skip
def test_what_is_not_there_yet_exits_2_and_says_what_to_do(capsys, root, arguments):
    told = refused(capsys, *arguments, "--workspace", root).err
    assert "Ingest a wave first" in told or "publish" in told or "Check the folder" in told
    assert "Traceback" not in told


def test_a_backup_into_a_full_folder_exits_2(capsys, root, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    assert "not empty" in refused(capsys, "backup", tmp_path / "full", "--workspace", root).err
    assert "no backup here" in refused(capsys, "restore", tmp_path / "full", tmp_path / "new").err


@pytest.mark.parametrize("key", [".ncsi-key", ".ncsi-signing-key"])
def test_a_missing_key_is_told_before_anything_starts(capsys, root, key, monkeypatch):
    monkeypatch.delenv("NCSI_PSEUDONYM_KEY", raising=False)
    monkeypatch.setattr("ncsi.cli.running.running", lambda *_: pytest.fail("a server or process was started"))
    (root / key).unlink()
    assert key in refused(capsys, "run", "--wave", "2026", "--workspace", root).err
    assert not (root / "warehouse").exists()


def test_counts_of_one_are_singular():
    assert [counted(n, "row") for n in (0, 1, 1000)] == ["0 rows", "1 row", "1,000 rows"]
    assert counted(1, "stratum", "strata") == "1 stratum"


def test_a_wave_called_by_its_id_is_named_once(capsys, root):
    main(["wave", "list", "--workspace", str(root)])
    assert capsys.readouterr().out.startswith("2026  planned  1 sector, field 2026-03-01")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_each_shell_asks_ncsi(capsys, shell):
    main(["completion", shell])
    assert "_NCSI_COMPLETE=" in capsys.readouterr().out
    assert "is not one of" in refused(capsys, "completion", "cmd").err


def test_the_shell_gets_commands_of_a_group():
    code = "import sys; from ncsi.cli import main; sys.argv = ['ncsi']; main()"
    words = {"_NCSI_COMPLETE": "bash_complete", "COMP_WORDS": "ncsi wave st", "COMP_CWORD": "2"}
    path = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=words | path, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["plain,status"], done.stderr


def test_every_command_says_what_it_does_and_what_each_option_is():
    found = dict(commands())
    assert len(found) > 45
    for path, command in found.items():
        assert command.help, path
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, (*path, option.name)


def test_help_cuts_no_sentence_short(capsys):
    for group in ("wave", "instrument", "composite", "measure", "sector"):
        main([group, "--help"])
        assert "...\n" not in capsys.readouterr().out.partition("Commands:")[2]


def test_paths_of_windows_are_refused_with_what_to_write(capsys, root):
    path = root / "waves" / "2026.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("data/skin", "'data\\skin", 1).replace(
        "skin_care.csv, map", "skin_care.csv', map"), encoding="utf-8")  # fmt: skip
    assert "Write / between folders, on Windows too" in refused(capsys, "wave", "show", "--wave", "2026",
                                                                "--workspace", root).err  # fmt: skip


def test_folders_with_blanks_and_letters_of_any_script_will_do(capsys, tmp_path):
    root = tmp_path / "我的 调查 (été)"
    main(["init", str(root)])
    main(["check", str(root / "data" / "skin_care.csv"), "--instrument", "fmcg", "--map",
          str(root / "maps" / "skin_care.yaml"), "--json"])  # fmt: skip
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows_accepted"] == 220


@pytest.mark.parametrize(
    ("typed", "begun"),
    [
        (["ingest", "--wave", "2026"], [("collect",)]),
        (["estimate"], [("estimate",)]),
        (["ingest", "--help"], []),
        (["estimate", "-h"], []),
        (["audit"], []),
        ([], []),
    ],
)
def test_what_a_command_waits_for_is_begun_by_its_own_process_before_anything_else(
    capsys, tmp_path, monkeypatch, typed, begun
):
    seen = []
    monkeypatch.setattr(clean_process, "begin", lambda steps: seen.append(steps) or True)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "argv", ["ncsi", *typed])
    monkeypatch.chdir(tmp_path)
    with suppress(SystemExit):
        main()
    assert seen == begun
    with suppress(SystemExit):
        main(typed)  # called by a program, whose process it is
    assert seen == begun
    capsys.readouterr()


def test_a_command_is_stopped_in_one_word_while_it_begins_that_process(capsys, monkeypatch):
    def terminated(_steps):
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    monkeypatch.setattr(clean_process, "begin", terminated)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "argv", ["ncsi", "estimate", "--wave", "2026"])
    ours = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # pytest goes on, were there no handler
    try:
        with pytest.raises(SystemExit) as stopped:
            main()
    finally:
        signal.signal(signal.SIGTERM, ours)
    assert (stopped.value.code, capsys.readouterr().err) == (1, "Stopped.\n")


def test_a_machine_that_starts_no_more_processes_is_told_of_without_a_traceback(capsys, monkeypatch):
    def refused(_steps):
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(clean_process, "begin", refused)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "argv", ["ncsi", "ingest", "--wave", "2026", "--json"])
    with pytest.raises(SystemExit) as stopped:
        main()
    told = capsys.readouterr()
    assert stopped.value.code == 1
    assert "End other programs" in told.err
    assert json.loads(told.out)["exit_code"] == 1


NO_SOCKET = """
import os
os.cpu_count = lambda: 2
from ncsi import clean_process
from ncsi.cli.main import _begun_ahead
if __name__ == "__main__":
    print(_begun_ahead(["ingest"]), clean_process.context().get_start_method())
    asked = clean_process.context().Process(target=print, args=("worked",))
    asked.start()
    asked.join()
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="it then takes another folder for its socket")
def test_where_no_socket_can_be_made_workers_start_each_anew(tmp_path):
    """As where the folder for what is temporary is full, read-only, or too long a path for one."""
    folder = tmp_path / ("a" * 100)
    folder.mkdir()
    (tmp_path / "no_socket.py").write_text(NO_SOCKET, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "no_socket.py")], capture_output=True, text=True, check=False,
        env={**os.environ, "TMPDIR": str(folder)},
    )  # fmt: skip
    assert (done.stdout.splitlines(), done.stderr) == (["False spawn", "worked"], "")


@pytest.mark.parametrize(("ahead", "few"), [(True, False), (False, True)])
def test_small_files_are_collected_by_a_process_that_was_begun_or_by_this_one(monkeypatch, root, ahead, few):
    @contextmanager
    def told(_name, _root, _label, *steps):
        yield not steps

    monkeypatch.setattr(engines, "running_few", told)
    monkeypatch.setattr(engines, "running", told)
    plan = load_plan(open_workspace(root), "2026")
    with (
        click.Context(cli, obj=Said(ahead=ahead)).scope(),
        engines.collecting("local", plan, sources_of(plan.workspace, "2026")) as alone,
    ):
        assert alone is few


def test_a_wave_of_one_sector_says_that_it_stays_as_published():
    nation = NationOutcome("2026", "sector", 1, 532, 77.02, 75.6, 78.43, None, None)
    held = SectorOutcome("banks", 532, 77.02, 75.6, 78.43, 500.0, held=True)
    lines, _ = estimated((held,), nation)
    assert lines[1].endswith("n 532  kept as published: too few respondents changed since")
    assert len(estimated((replace(held, held=False),), nation)[0]) == 1


def test_whose_standard_errors_are_unsure_is_said():
    nation = NationOutcome("2026", "nation", 2, 900, 77.02, 75.6, 78.43, None, None)
    fine = SectorOutcome("banks", 532, 77.02, 75.6, 78.43, 500.0, errors=120)
    lines, facts = estimated((fine, replace(fine, sector="shops", errors_apart=3)), nation)
    assert "jackknife: shops 3 of 120." in lines[-1]
    assert [(one["errors"], one["errors_apart"]) for one in facts["sectors"]] == [(120, 0), (120, 3)]
    assert not any("jackknife" in one for one in estimated((fine, replace(fine, sector="shops")), nation)[0])


def test_workers_start_where_a_system_cannot_fork(monkeypatch):
    """As on Windows: each process anew."""
    monkeypatch.setattr(clean_process, "get_all_start_methods", lambda: ["spawn"])
    monkeypatch.setenv("NCSI_WORKERS", "1")
    assert clean_process.context().get_start_method() == "spawn"
    pool = WorkerPool()
    try:
        assert list(pool.map(counted, [1, 2], ["row", "row"])) == ["1 row", "2 rows"]
        assert pool.work("count", "a", str.upper, "a") == "A"
    finally:
        pool.close()


def test_specs_of_a_workspace_can_be_sent_to_a_process_started_anew(tmp_path):
    import pickle

    from ncsi.spec.plan import load_plan

    root = shutil.copytree(schemas_root() / "example", tmp_path / "ws")
    plan = load_plan(open_workspace(root), "2026")
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 - our own
