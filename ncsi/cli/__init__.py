"""The `ncsi` command: parse, call, print. Heavy imports happen only inside a command."""

from ncsi.cli.main import main

__all__ = ["main"]
