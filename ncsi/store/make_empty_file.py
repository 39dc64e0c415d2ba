"""Make the empty database that is kept ready made, as the tables are declared now: run it when one was changed."""

from pathlib import Path
from tempfile import TemporaryDirectory

from ncsi.store import duck, empty_file


def main() -> None:
    """Write `empty.duckdb.zlib`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        duck.make_by(duck.script(), path)
        empty_file.keep(duck.script(), path.read_bytes())


if __name__ == "__main__":
    main()
