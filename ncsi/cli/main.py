"""The command group, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import _thread
import errno
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from threading import Timer
from types import FrameType
from typing import NoReturn

import click

from ncsi import __version__, clean_process
from ncsi.cli.group import Group
from ncsi.cli.say import Said
from ncsi.errors import InputError, NcsiError

_WORKED_BESIDE: Mapping[str, tuple[clean_process.Step, ...]] = {
    "ingest": ("collect",),
    "estimate": ("estimate",),
}
"""Commands that wait for libraries longer than they work: on two cores a process imports them while this one imports
its own, then does the work."""
_COMMANDS = {
    "demo": ("ncsi.cli.demo", "Two synthetic national waves, everything run; prints where the releases are."),
    "init": ("ncsi.cli.init", "Make a workspace with a small example in a new folder."),
    "schema": ("ncsi.cli.schema", "JSON Schemas of the spec files, for editors that complete and check."),
    "check": ("ncsi.cli.check", "Faults of one export, by rule and row; nothing is stored."),
    "map": ("ncsi.cli.maps:propose_map", "Propose which column of an export is which item."),
    "instrument": (
        "ncsi.cli.maps",
        "Write an instrument from a questionnaire, or as one that a platform can field.",
    ),
    "sector": ("ncsi.cli.sectors", "Add a sector to the workspace's own list."),
    "ingest": ("ncsi.cli.jobs", "Export files to accepted responses and rejects."),
    "weigh": ("ncsi.cli.weigh", "What the weighting of a wave achieves, by margin; nothing is stored."),
    "estimate": ("ncsi.cli.jobs", "Accepted responses to result tables."),
    "publish": ("ncsi.cli.jobs", "Result tables to releases/<wave>/."),
    "run": ("ncsi.cli.jobs", "Ingest, estimate, publish: the three in order."),
    "groups": (
        "ncsi.cli.groups",
        "Test whether a sector's groups may be pooled and whether their paths differ.",
    ),
    "composite": ("ncsi.cli.composite", "Indices made of figures: run, check, list, show, example, survey."),
    "measure": (
        "ncsi.cli.measure",
        "Complaints and other measures of quality: run, check, list, show, example.",
    ),
    "diagnose": ("ncsi.cli.diagnose", "A PDF for each brand above the threshold, for its enterprise only."),
    "serve": ("ncsi.cli.serve", "Show the releases in a browser on this machine."),
    "verify": ("ncsi.cli.verify", "Check a release's hashes and derive its headline again."),
    "export": ("ncsi.cli.export", "A sector's data for SPSS, Stata, R or Excel, with labels."),
    "sdmx": ("ncsi.cli.sdmx", "Write a release as SDMX-CSV with its structure."),
    "revisions": ("ncsi.cli.revisions", "Files that replaced an earlier delivery, and what changed."),
    "withdraw": ("ncsi.cli.withdraw", "Take a wrong delivery out of a wave; its card stays."),
    "forget": ("ncsi.cli.forget", "Remove a person's responses from the store."),
    "retention": ("ncsi.cli.retention", "Delete raw exports and responses whose time is over; figures stay."),
    "trace": ("ncsi.cli.trace", "From an index back to its files, rows, exclusions, specs and versions."),
    "audit": (
        "ncsi.cli.audit",
        "Is everything in a workspace what its records say; --repair mends what it can.",
    ),
    "backup": ("ncsi.cli.backup", "Copy the workspace to a new folder while other commands wait."),
    "restore": ("ncsi.cli.backup", "Make a workspace from a backup."),
    "migrate": ("ncsi.cli.migrate", "Carry a store that an earlier version wrote over to this one."),
    "move-store": (
        "ncsi.cli.move_store:move_store",
        "Bring the store's responses to a bucket, its tables to Postgres, or either back.",
    ),
    "completion": ("ncsi.cli.completion", "Complete commands and options with Tab in bash, zsh or fish."),
    "wave": (
        "ncsi.cli.waves",
        "The register of waves, sample sizes, progress, approvals, scheduled runs.",
    ),
}


_OUTSIDE = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO,
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP,
)  # fmt: skip
"""What a disk, a folder or its rights refuse: nothing in the program is wrong."""

_NAMED_WRONG = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP)
"""A place that was named and is not there, or is of another kind: bad usage."""

_EXHAUSTED = (errno.EAGAIN, errno.ENOMEM)
"""What a machine refuses that has as many processes, or as much in memory, as it takes."""


_SOON_S = 0.05


class _Lazy(Group):
    """A group whose commands are imported when called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name or cmd_name)
        return command

    def about(self, ctx: click.Context, name: str) -> str:
        return _COMMANDS[name][1]


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ncsi")
def cli() -> None:
    """Customer-satisfaction indices: survey exports in, ranked bilingual reports with error bars out."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends like Ctrl-C: the ledger gets its record."""
    raise KeyboardInterrupt


def _interrupted_again(told: sys.UnraisableHookArgs) -> None:
    """An interruption that came where Python drops what is raised, as in the callbacks of an import, comes again."""
    if told.exc_type is KeyboardInterrupt:
        again = Timer(_SOON_S, _thread.interrupt_main)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(told)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 only when all of it worked, 2 for bad usage or input, 1 otherwise.

    With --json an error is also one JSON object on stdout, in place of the summary.
    """
    said = Said()
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        signal.signal(signal.SIGTERM, _stop)
        if arguments is None:
            sys.unraisablehook = _interrupted_again
            clean_process.collect_seldom()
            said.ahead = _begun_ahead(sys.argv[1:])
        cli.main(args=arguments, prog_name="ncsi", standalone_mode=False, obj=said)
    except click.ClickException as error:
        error.show()
        _end(error.format_message(), error.exit_code, said if as_json else None)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _OUTSIDE + _EXHAUSTED:
            raise
        place = f"{error.filename}: " if error.filename else ""
        cure = "Free disk space, or name a place that is there and writable; what is stored is whole."
        if error.errno in _EXHAUSTED:
            cure = "End other programs, or raise what this user may start; what is stored is whole."
        _fail(
            f"{place}{error.strerror}. {cure}",
            2 if error.errno in _NAMED_WRONG else 1,
            said if as_json else None,
        )
    except NcsiError as error:
        parts = (
            {"where": error.where, "problem": error.problem, "cure": error.cure}
            if isinstance(error, InputError)
            else {}
        )
        _fail(str(error), error.exit_code, said if as_json else None, {"kind": type(error).__name__, **parts})


def _begun_ahead(arguments: Sequence[str]) -> bool:
    """Whether the process that workers are forked off was begun, as the first thing that this process does."""
    steps = _WORKED_BESIDE.get(next(iter(arguments), ""))
    if not steps or not {"-h", "--help"}.isdisjoint(arguments) or (os.cpu_count() or 1) < 2:
        return False
    return clean_process.begin(steps)


def _fail(message: str, code: int, said: Said | None, about: Mapping[str, str] | None = None) -> NoReturn:
    """Say what is wrong on stderr, and end."""
    click.echo(f"Error: {message}", err=True)
    _end(message, code, said, about)


def _end(message: str, code: int, said: Said | None, about: Mapping[str, str] | None = None) -> NoReturn:
    """Exit; for machines (`said`) with the error as JSON on stdout, where no summary is."""
    if said is not None and not said.summary:
        told = {"error": message, "exit_code": code, **(about or {})}
        click.echo(json.dumps(told, ensure_ascii=False))
    sys.exit(code)
