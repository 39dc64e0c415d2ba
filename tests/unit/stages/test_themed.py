"""A workspace's theme: its publisher stands in the release, its hashes among what that is made from."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime

import pytest

from ncsi.errors import SpecError
from ncsi.report.bundle.cover import cover_of
from ncsi.spec import Label, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.own_release import OwnRelease, publisher_of
from ncsi.stages.publish import results

THEME = 'spec: ncsi/theme/1\npublisher: {zh: 青禾, en: Qinghe}\ncolours: {accent: "#0a6b4a"}\n'


@pytest.fixture
def root(nation, tmp_path):
    left = shutil.ignore_patterns("releases", "exports")
    return shutil.copytree(nation.workspace.root, tmp_path / "ws", ignore=left)


def release_of(root):
    return results(load_plan(open_workspace(root), "2026Q1"), datetime(2030, 1, 1, tzinfo=UTC))[1]


def test_the_publisher_of_a_theme_publishes_and_its_hash_is_recorded(root):
    plain = release_of(root)
    (root / "theme.yaml").write_text(THEME, encoding="utf-8")
    themed = release_of(root)
    assert (cover_of(themed).publisher.en, themed.look.accent) == ("Qinghe", "#0a6b4a")
    assert publisher_of(open_workspace(root)).zh == "青禾"
    told, before = themed.provenance.spec_sha256, plain.provenance.spec_sha256
    assert {key: value for key, value in told.items() if key != "theme"} == dict(before)
    assert themed.provenance.release_id != plain.provenance.release_id
    assert release_of(root).provenance == themed.provenance
    assert plain.wave.publisher != themed.wave.publisher


def test_an_index_run_by_itself_is_published_in_the_theme(root):
    (root / "theme.yaml").write_text(THEME, encoding="utf-8")
    own = OwnRelease(open_workspace(root), "tree-2026", date(2026, 5, 4))
    made_from = own.provenance({"tree": "0"}, {}, 1, 1, b"")
    cover = own.cover(Label(zh="题", en="t"), Label(zh="期", en="l"), made_from, synthetic=True)
    assert (cover.publisher.en, cover.look.accent) == ("Qinghe", "#0a6b4a")
    assert sorted(made_from.spec_sha256) == ["theme", "tree"]


def test_a_theme_that_is_wrong_stops_a_wave_before_it_begins(root):
    (root / "theme.yaml").write_text(THEME.replace("#0a6b4a", "#ffee00"), encoding="utf-8")
    with pytest.raises(SpecError, match="accent"):
        load_plan(open_workspace(root), "2026Q1")
