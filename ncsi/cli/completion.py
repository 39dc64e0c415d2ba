"""`ncsi completion SHELL`: what a shell needs to complete our commands."""

from __future__ import annotations

import click

from ncsi.cli import options, say

SHELLS = {
    "bash": 'eval "$(ncsi completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(ncsi completion zsh)"    # in ~/.zshrc, after compinit',
    "fish": "ncsi completion fish | source   # in ~/.config/fish/config.fish",
}
"""By shell, the line that asks for it at each start."""


@click.command(epilog="\b\n" + "\n".join(SHELLS.values()))
@click.argument("shell", type=click.Choice(list(SHELLS)))
@options.as_json
def completion(shell: str, as_json: bool) -> None:
    """Print the script by which SHELL completes commands and options of ncsi with Tab.

    Write one line to your shell's start-up file:
    """
    from click.shell_completion import get_completion_class

    from ncsi.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    script = kind(cli, {}, "ncsi", "_NCSI_COMPLETE").source()
    say.say([script], {"shell": shell, "script": script, "line": SHELLS[shell]}, as_json)
