"""`ncsi serve`: the releases in a browser, on this machine only."""

from __future__ import annotations

from pathlib import Path

import click

from ncsi.cli import options


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 picks a free one."
)
@click.option("--embargoed", is_flag=True, help="Serve the releases under embargo instead.")
@click.option(
    "--site",
    "edition",
    type=click.Path(file_okay=False, path_type=Path),
    help="Serve an edition that `ncsi publish --site` wrote.",
)
@options.workspace
def serve(port: int, embargoed: bool, edition: Path | None, root: Path) -> None:
    """Serve the workspace's releases at http://127.0.0.1:PORT/ until interrupted; other machines cannot reach it."""
    from ncsi.report.site import serve_folder
    from ncsi.spec import open_workspace

    if edition is not None and embargoed:
        raise click.UsageError("An edition holds nothing under embargo: leave --embargoed or --site out.")
    releases = edition or open_workspace(root).releases
    releases = releases / ".embargo" if embargoed else releases
    if not (releases / "index.html").is_file():
        raise click.UsageError(f"{releases} contains no release. Run `ncsi publish --wave ID` first.")
    try:
        serve_folder(releases, port, lambda url: click.echo(f"{url}  (press Ctrl-C to stop)"))
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    except OSError as error:
        raise click.ClickException(
            f"port {port}: {error.strerror}. Choose another with --port, or 0 for a free one."
        ) from error
