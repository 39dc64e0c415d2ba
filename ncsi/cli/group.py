"""Groups of commands: an unknown one gets the nearest, and lists tell what each does in a whole sentence."""

from __future__ import annotations

from difflib import get_close_matches

import click


class Group(click.Group):
    """A group that says more than click's own."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raise UsageError with the nearest command for one that there is not."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(args[0], known, 1)
            cure = f"Did you mean '{near[0]}'?" if near else f"`{ctx.command_path} --help` lists them."
            raise click.UsageError(f"No such command '{args[0][:60]}'. {cure}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first sentence of each command, whole."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.about(ctx, name)) for name in self.list_commands(ctx)])

    def about(self, ctx: click.Context, name: str) -> str:
        """What a command does."""
        command = self.get_command(ctx, name)
        text = " ".join(((command.help if command else "") or "").split("\n\n")[0].split())
        head, stop, _ = text.partition(". ")
        return head + stop.strip()
