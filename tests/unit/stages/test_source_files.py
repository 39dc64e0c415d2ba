"""The hashes of a wave's files in the manifest: by name, by path where a name is not enough."""

from __future__ import annotations

from ncsi.stages.source_files import hashes_by_name


def test_files_of_one_name_are_told_apart_by_their_paths() -> None:
    files = [
        ("a.csv", "north/a.csv", "1"),
        ("a.csv", "south/a.csv", "2"),
        ("b.csv", "north/b.csv", "3"),
    ]
    assert hashes_by_name(files) == {"north/a.csv": "1", "south/a.csv": "2", "b.csv": "3"}


def test_one_file_that_two_indices_use_stands_once() -> None:
    same = ("a.csv", "data/a.csv", "1")
    assert hashes_by_name([same, same, ("a.csv", "copy/a.csv", "1")]) == {"a.csv": "1"}
