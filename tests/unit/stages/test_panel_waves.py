"""Two waves of a panel, from their files to the published changes: everybody asked again, half of them, nobody."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

import ncsi
from ncsi.cli.main import main
from ncsi.model.resampling.draws import draws_of
from ncsi.model.resampling.streams import replicate_weights
from ncsi.results.weighted_model import fit_weighed, kept_responses, weighed_responses, with_design
from ncsi.spec import Instrument, load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import SourceFile, collect_file
from ncsi.stages.draft import draft_sector
from ncsi.stages.estimate import estimate_sector
from ncsi.stages.estimated_sectors import store_results, store_rows
from ncsi.stages.learnt_sizes import learnt
from ncsi.stages.nation import estimate_nation
from ncsi.stages.panel import earlier_wave
from ncsi.store import Store
from ncsi.tables import OUT_PANEL

TARGET = "Satisfaction"
KEPT = {"Quality": 3, "Satisfaction": 3, "Loyalty": 2}


def three_constructs() -> Instrument:
    """Quality → Satisfaction → Loyalty, eight items: what takes a second and not ten."""
    whole = load_instrument("ccsi")
    constructs = [
        one.model_copy(update={"items": one.items[: KEPT[one.id]]})
        for one in whole.constructs
        if one.id in KEPT
    ]
    paths = [one for one in whole.paths if one.source in KEPT and one.target in KEPT]
    return whole.model_copy(
        update={"id": "mini", "constructs": tuple(constructs), "paths": tuple(paths), "subindices": ()}
    )


ITEMS = three_constructs().item_ids
SECTORS = ("same", "half", "others", "both_brands", "new", "changed")
BRANDS = ("b1", "b2")
A_BRAND = 110


def people(seed: int) -> dict[str, np.ndarray]:
    """What 220 persons think for good: of everything, and of each item."""
    rng = np.random.default_rng(seed)
    n = len(BRANDS) * A_BRAND
    return {"whole": rng.standard_normal(n), "items": rng.standard_normal((n, len(ITEMS)))}


def answers(who: dict[str, np.ndarray], rise: float, seed: int) -> pd.DataFrame:
    """Their answers in a wave, most of it as they always think."""
    fresh = np.random.default_rng(seed).standard_normal(who["items"].shape)
    of_items = 0.95 * who["items"] + 0.3 * fresh
    points = 6.5 + rise + 1.7 * (0.8 * who["whole"][:, None] + 0.6 * of_items)
    return pd.DataFrame(np.clip(np.round(points), 1, 10).astype(int), columns=list(ITEMS))


def delivered(sector: str, wave: str) -> pd.DataFrame:
    """A sector's export: who is asked again differs by sector."""
    k = SECTORS.index(sector)
    frame = answers(people(10 + k), 0.25 if wave == "2026" else 0.0, seed=100 * k + int(wave))
    name = [f"p{i}" for i in range(len(frame))]
    if sector == "half" and wave == "2026":
        frame.iloc[1::2] = answers(people(50), 0.25, seed=51).iloc[1::2]
        name = [f"p{i}" if i % 2 == 0 else f"q{i}" for i in range(len(frame))]
    if sector == "others" and wave == "2026":
        name = [f"q{i}" for i in range(len(frame))]
    if sector == "both_brands":  # each of 110 persons answers for either brand
        name = [f"p{i % A_BRAND}" for i in range(len(frame))]
    return frame.assign(respondent=name, brand=np.repeat(BRANDS, A_BRAND))


def both(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def wave_file(wave: str, sectors: tuple[str, ...], **more: object) -> dict[str, object]:
    return {
        "spec": "ncsi/wave/1", "id": wave, "label": both(wave), "title": both("t"), "publisher": both("p"),
        "field": {"start": f"{wave}-03-01", "end": f"{wave}-03-31"}, "release_date": f"{wave}-05-15",
        "replicates": 1000, "panel": "households",
        "sectors": [{"id": one, "brands": [{"id": b, "label": both(b)} for b in BRANDS]} for one in sectors],
        "sources": [{"files": f"data/{wave}.csv"}], **more,
    }  # fmt: skip


def written(root, sectors: tuple[str, ...]):
    """A workspace with a panel's two waves, the sector `new` in the second alone."""
    listed = [
        {"id": one, "label": both(one), "group": "g", "instrument": "mini",
         "share": {"value": 1 / len(sectors), "source": "test", "year": 2026}}
        for one in sectors
    ]  # fmt: skip
    waves = {
        "2025": wave_file("2025", tuple(one for one in sectors if one != "new")),
        "2026": wave_file("2026", sectors, previous="2025"),
    }
    files = {f"waves/{name}.yaml": one for name, one in waves.items()} | {
        "ncsi.yaml": {"spec": "ncsi/workspace/1"},
        "sectors.yaml": {"spec": "ncsi/sectors/1", "version": "1", "groups": [{"id": "g", "label": both("g")}],
                         "sectors": listed},
        "instruments/mini.yaml": three_constructs().model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }  # fmt: skip
    for folder in ("waves", "data", "instruments"):
        (root / folder).mkdir(parents=True)
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    (root / ".ncsi-key").write_text("k" * 32)
    (root / ".ncsi-key").chmod(0o600)
    return open_workspace(root)


def edit(workspace, wave: str, **changes: object) -> None:
    path = workspace.root / "waves" / f"{wave}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    path.write_text(
        yaml.safe_dump({key: value for key, value in content.items() if value is not None}), encoding="utf-8"
    )


def collect(workspace, wave: str) -> None:
    """All of its sectors, from one file."""
    plan, path = load_plan(workspace, wave), workspace.root / "data" / f"{wave}.csv"
    rows = [delivered(sector, wave).assign(sector=sector) for sector in plan.sector_ids]
    pd.concat(rows).to_csv(path, index=False)
    collect_file(plan, SourceFile(path, None, None))


def estimate(workspace, wave: str) -> None:
    plan = load_plan(workspace, wave)
    with Store.opened_alone(workspace.warehouse) as store:  # its file is opened once
        results = [
            store_rows(store, estimate_sector(store, plan, sector, "run")) for sector in plan.sector_ids
        ]
        assert not [one.outcome for one in results if one.outcome.problem]
        store_results(store, wave, results)
        estimate_nation(plan)


def changes_of(workspace) -> pd.DataFrame:
    rows = ncsi.open(workspace.warehouse).table("out_changes", wave="2026")
    return rows[rows["construct"] == TARGET].set_index(["level", "sector", "unit"])


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    workspace = written(tmp_path_factory.mktemp("panel") / "w", SECTORS)
    collect(workspace, "2025")
    estimate(workspace, "2025")
    as_of_another_version(workspace)
    collect(workspace, "2026")
    estimate(workspace, "2026")
    return workspace


def as_of_another_version(workspace) -> None:
    """The sector `changed` was measured by an earlier version of its instrument."""
    store = Store.open(workspace.warehouse)
    sample = store.read("out_sample_by_sector", wave="2025", sector="changed")
    store.replace("2025", {"out_sample_by_sector": sample.assign(instrument_version="0")}, sector="changed")
    basis = store.read("out_basis_by_sector", wave="2025")
    earlier = basis["instrument_version"].mask(basis["sector"] == "changed", "0")
    store.replace("2025", {"out_basis_by_sector": basis.assign(instrument_version=earlier)})


def fitted(workspace, wave: str, sector: str):
    """The model of a sector as the wave's declarations have it, and who its rows are."""
    plan = load_plan(workspace, wave)
    responses = ncsi.open(workspace.warehouse).responses(wave, sector)
    kept = kept_responses(responses, ncsi.quality.assess(responses, plan.instruments[sector]))
    data = with_design(plan.wave, kept, weighed_responses(plan, sector, kept))
    return fit_weighed(plan, sector, data), data["brand"] + data["respondent"]


def drawn_together(workspace, sector: str, replicates: int = 1000) -> tuple[dict[str, float], int]:
    """Standard errors of the changes of a sector whose respondents are the same in both waves: each drawn in both."""
    (now, who), (before, who_before) = (fitted(workspace, wave, sector) for wave in ("2026", "2025"))
    order = [who.iloc[now.sample.rows].tolist(), who_before.iloc[before.sample.rows].tolist()]
    assert order[0] == order[1]
    weights = list(replicate_weights(now.sample.weights, now.sample.stratum, replicates, seed=9))
    made = [draws_of(fit, weights)[0] for fit in (now, before)]
    k = now.instrument.construct_ids.index(TARGET)
    spread = {"": float((made[0].index[k] - made[1].index[k]).std(ddof=1))}
    for g, brand in enumerate(now.sample.groups):
        spread[str(brand)] = float((made[0].index_by[k, g] - made[1].index_by[k, g]).std(ddof=1))
    return spread, len(order[0])


def apart(panel, row: pd.Series, level: str, sector: str, unit: str) -> float:
    """The standard error as of independent samples."""
    name = {"sector": "out_index_by_sector", "brand": "out_index_by_brand"}[level]
    errors = []
    for wave in ("2026", "2025"):
        index = ncsi.open(panel.warehouse).table(name, wave=wave)
        index = index[(index["construct"] == TARGET) & (index["sector"] == (sector or unit))]
        errors.append(float(index[index["brand"] == unit]["se"].iloc[0] if sector else index["se"].iloc[0]))
    return float(np.hypot(*errors))


def test_the_published_errors_are_those_of_respondents_drawn_in_both_waves(panel):
    spread, n = drawn_together(panel, "same")
    rows = changes_of(panel)
    whole = rows.loc[("sector", "", "same")]
    assert whole["overlap"] == n > 210
    assert whole["se"] == pytest.approx(spread[""], rel=0.1)
    assert whole["se"] < 0.4 * apart(panel, whole, "sector", "", "same")
    for brand in BRANDS:
        one = rows.loc[("brand", "same", brand)]
        assert one["se"] == pytest.approx(spread[brand], rel=0.12)
        assert one["df"] <= A_BRAND
    assert rows.loc[[("brand", "same", one) for one in BRANDS], "overlap"].sum() == n


def test_who_answers_for_several_brands_is_matched_brand_by_brand(panel):
    spread, n = drawn_together(panel, "both_brands")
    row = changes_of(panel).loc[("sector", "", "both_brands")]
    assert row["overlap"] == n > 210
    assert row["se"] == pytest.approx(spread[""], rel=0.1)


def test_half_asked_again_is_half_the_correlation(panel):
    rows = changes_of(panel)
    same, half = (rows.loc[("sector", "", one)] for one in ("same", "half"))
    assert 100 < half["overlap"] <= 110
    assert half["correlation"] == pytest.approx(same["correlation"] / 2, abs=0.08)
    own = apart(panel, half, "sector", "", "half")
    assert half["se"] == pytest.approx(own * np.sqrt(1 - half["correlation"]), rel=0.02)


def test_nobody_asked_again_is_told_and_tested_as_independent(panel):
    row = changes_of(panel).loc[("sector", "", "others")]
    assert (row["overlap"], row["correlation"]) == (0, 0)
    assert row["se"] == pytest.approx(apart(panel, row, "sector", "", "others"))


def test_a_new_sector_has_no_change_and_another_version_is_a_trend_break_that_nobody_is_matched_over(panel):
    rows = changes_of(panel)
    assert ("sector", "", "new") not in rows.index
    row = rows.loc[("sector", "", "changed")]
    assert row["verdict"] == "trend_break"
    assert pd.isna(row["overlap"])
    assert pd.isna(row["correlation"])
    assert row["se"] == pytest.approx(apart(panel, row, "sector", "", "changed"))


def test_a_whole_of_other_sectors_or_another_questionnaire_is_over_a_break(panel):
    """Of 2025 one sector is not there and one was asked otherwise: that is no rise of satisfaction."""
    table = ncsi.open(panel.warehouse).table("out_changes", wave="2026")
    wholes = table[table["level"].isin(["nation", "group"])]
    assert set(wholes["level"]) == {"nation", "group"}
    assert set(wholes["verdict"]) == {"trend_break"}


def test_nation_and_group_are_surer_by_what_their_sectors_share(panel):
    """Σ w₁ w₀ c over the sectors, six of equal share now and five before."""
    rows = changes_of(panel)
    sectors = rows.sort_index().loc[("sector", "")]
    warehouse = ncsi.open(panel.warehouse)
    index = [
        warehouse.table("out_index_by_sector", wave=wave)
        .query("construct == @TARGET")
        .set_index("sector")["se"]
        for wave in ("2026", "2025")
    ]
    shared = (sectors["correlation"].fillna(0) * index[0] * index[1]).sum() / 30
    national = [
        warehouse.table("out_index_national", wave=wave).query("construct == @TARGET")["se"].iloc[0]
        for wave in ("2026", "2025")
    ]
    for level, unit in (("nation", "nation"), ("group", "g")):
        row = rows.loc[(level, "", unit)]
        assert row["overlap"] == sectors["overlap"].sum()
        assert row["se"] == pytest.approx(np.sqrt(national[0] ** 2 + national[1] ** 2 - 2 * shared))
        assert row["correlation"] == pytest.approx(shared / np.prod(national))
        assert row["se"] < 0.8 * np.hypot(*national)


def test_what_a_sector_adds_is_as_sure_as_its_change(panel):
    parts = ncsi.open(panel.warehouse).table("out_contributions_by_sector", "2026")
    row = parts[(parts["construct"] == TARGET) & (parts["sector"] == "same")].iloc[0]
    change = changes_of(panel).loc[("sector", "", "same")]
    assert row["se"] == pytest.approx((1 / 6 + 1 / 5) / 2 * change["se"])
    assert row["df"] == pytest.approx(change["df"])
    assert row["high"] - row["contribution"] == pytest.approx(1.97 * row["se"], rel=0.01)


def test_what_a_sector_with_another_questionnaire_adds_is_told_apart(panel):
    parts = ncsi.open(panel.warehouse).table("out_contributions_by_sector", "2026")
    basis = parts[parts["construct"] == TARGET].set_index("sector")["basis"]
    assert basis["changed"] == "asked_otherwise"
    assert basis["new"] == "entered"
    assert set(basis.drop(["changed", "new"])) == {"measured"}


@pytest.fixture(scope="module")
def small_as_made(tmp_path_factory):
    """The sector that everybody answers again, estimated in its first wave and collected in its second."""
    workspace = written(tmp_path_factory.mktemp("small") / "w", ("same",))
    for wave in ("2025", "2026"):
        edit(workspace, wave, replicates=200)
        collect(workspace, wave)
    estimate_same(workspace, "2025")
    return workspace.root


def estimate_same(workspace, wave: str) -> None:
    """Its results as stored, without those of a nation."""
    store = Store.open(workspace.warehouse)
    found = store_rows(store, estimate_sector(store, load_plan(workspace, wave), "same", "run"))
    store_results(store, wave, [found])


@pytest.fixture
def small(small_as_made, tmp_path):
    """A copy of it."""
    return open_workspace(shutil.copytree(small_as_made, tmp_path / "w"))


def matched(workspace) -> pd.DataFrame:
    """Who of the sector in its second wave was matched, and how many, by brand and "" for all."""
    store, plan = Store.open(workspace.warehouse), load_plan(workspace, "2026")
    rows = estimate_sector(store, plan, "same", "run").tables.tables[OUT_PANEL.name].to_pandas()
    return rows[rows["construct"] == TARGET].set_index("brand")


@pytest.mark.parametrize("panel", [None, "drivers"])
def test_waves_of_different_panels_are_not_matched(small, panel):
    store = Store.open(small.warehouse)
    assert earlier_wave(store, load_plan(small, "2026"), "same") is not None
    edit(small, "2025", panel=panel)
    assert earlier_wave(store, load_plan(small, "2026"), "same") is None


def test_a_panel_goes_on_where_the_wave_before_measured_a_sector_that_left_the_list(small):
    measured = yaml.safe_load((small.root / "waves" / "2025.yaml").read_text(encoding="utf-8"))["sectors"]
    before = matched(small)
    edit(small, "2025", sectors=[*measured, {"id": "gone"}])
    assert matched(small).equals(before)
    assert len(before) > 1


def test_a_wave_whose_indices_do_not_come_out_again_is_not_matched(small):
    """Its answers were corrected, and it was not estimated since."""
    path = small.root / "data" / "2025.csv"
    frame = pd.read_csv(path)
    frame.loc[:40, list(ITEMS)] = (frame.loc[:40, list(ITEMS)] - 1).clip(lower=1)
    frame.to_csv(path, index=False)
    collect_file(load_plan(small, "2025"), SourceFile(path, None, None))
    assert matched(small).empty
    estimate_same(small, "2025")
    assert matched(small).loc["", "shared"] > 210


def test_the_answers_of_then_but_for_a_few_people_are_no_new_wave(small):
    """The change would be theirs alone."""
    path = small.root / "data" / "2026.csv"
    frame = delivered("same", "2025").assign(sector="same")
    frame.loc[frame["brand"] == "b2", list(ITEMS)] = delivered("same", "2026")[list(ITEMS)]
    frame.loc[:11, list(ITEMS)] = delivered("same", "2026")[list(ITEMS)]
    frame.to_csv(path, index=False)
    plan, store = load_plan(small, "2026"), Store.open(small.warehouse)
    collect_file(plan, SourceFile(path, None, None))
    found = estimate_sector(store, plan, "same", "run")
    assert "brand=b1: all but a few respondents gave exactly the answers of wave" in found.outcome.problem
    assert (found.outcome.reason, found.tables) == ("repeated", None)
    draft = draft_sector(store, plan, "same")
    assert (draft.outcome.reason, draft.tables) == ("repeated", {})


def test_fewer_shared_than_a_cell_needs_are_not_matched(small):
    """25 of a brand in both waves: their correlation would be that of a few people, and their number tells of them."""
    path = small.root / "data" / "2026.csv"
    frame = pd.read_csv(path)
    of_brand = frame.groupby("brand").cumcount()
    frame["respondent"] = frame["respondent"].where(
        (of_brand < 25) | (frame["brand"] == "b2"), "q" + frame["respondent"]
    )
    frame.to_csv(path, index=False)
    collect_file(load_plan(small, "2026"), SourceFile(path, None, None))
    shared = matched(small)["shared"]
    assert "b1" not in shared.index
    assert shared["b2"] > 100
    assert shared[""] > 125


def test_a_plan_learns_from_the_panel(panel):
    """Unless the wave planned is of no panel."""
    of_sectors = {one.sector: one.correlation for one in learnt(panel, "2026")[1]}
    assert of_sectors["same"] > 0.85
    assert 0.3 < of_sectors["half"] < 0.6
    assert (of_sectors["others"], of_sectors["new"], of_sectors["changed"]) == (0, 0, 0)


def test_the_command_says_how_many_were_found(panel, tmp_path, capsys):
    """Also where no sector is estimated again."""
    root = shutil.copytree(panel.root, tmp_path / "w")
    main(["estimate", "--wave", "2026", "--workspace", str(root), "--engine", "local"])
    said = capsys.readouterr().out
    assert "(panel households: 550 respondents in both waves)" in said
    main(["wave", "plan", "--wave", "2026", "--workspace", str(root)])
    assert "brands 2, correlation 0.9" in capsys.readouterr().out
