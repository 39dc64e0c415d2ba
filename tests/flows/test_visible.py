"""What is visible on Prefect's server of a wave, and what is said where the server goes away."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest
from httpx import ConnectError

from flows import prefect_engine, visible
from flows.runs import tags_of
from ncsi.errors import ServerAway
from ncsi.report import Release
from ncsi.simulate import write_workspace
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    root = tmp_path_factory.mktemp("visible")
    written = write_workspace(root, brands=2, respondents=60, sectors=("dairy",))
    return load_plan(open_workspace(root), written.waves[0])


class Gone:
    """A flow whose server goes away."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *_: object) -> None:
        raise ConnectError("refused")


def test_a_server_that_goes_away_before_work_is_begun_is_named_with_what_to_do(monkeypatch, plan):
    monkeypatch.setattr(prefect_engine, "_Job", Gone)
    monkeypatch.setattr(prefect_engine, "get_client", lambda **_: nullcontext())
    monkeypatch.setattr(prefect_engine, "end_orphans", lambda *_: None)
    engine = prefect_engine.PrefectEngine()
    with pytest.raises(
        ServerAway, match=r"stopped answering before collect was begun \(ConnectError\): run again"
    ):
        engine.job("collect", plan, lambda: None)


def test_a_run_is_found_by_its_wave_and_by_every_agency_of_it(plan):
    wave = plan.wave
    of_agencies = wave.model_copy(
        update={"sources": tuple(one.model_copy(update={"agency": "yi"}) for one in wave.sources)}
    )
    assert tags_of(wave) == (wave.id,)
    assert tags_of(of_agencies) == (wave.id, "agency:yi")


def test_a_release_is_linked_to_from_its_run(monkeypatch, plan):
    made: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(visible, "create_link_artifact", lambda link, *_, **told: made.append((link, told)))
    folder = Path(plan.workspace.releases) / plan.wave.id
    release = Release("NCSI-1", folder, ("index.html",), pd.DataFrame(), synthetic=True)
    (line,) = visible.show(plan, release)
    ((link, told),) = made
    assert link == (folder / "index.html").resolve().as_uri()
    assert told["key"].endswith("release")
    assert release.release_id in line
