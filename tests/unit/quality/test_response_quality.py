"""Indices of careless responding against their definitions row by row, flags, status, AAPOR rates."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import InputError, SpecError
from ncsi.quality import assess, even_odd, irv, longest_run, mahalanobis, participation_rate
from ncsi.spec import Instrument


def answers(n: int = 60, p: int = 12, missing: float = 0.08, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = np.clip(np.round(rng.normal(7, 2, (n, 1)) + rng.normal(0, 1.5, (n, p))), 1, 10)
    X[rng.random((n, p)) < missing] = np.nan
    return X


def run_by_hand(row: list[float]) -> int:
    best = run = 1
    for before, now in pairwise(row):
        run = run + 1 if before == now else 1
        best = max(best, run)
    return best


def even_odd_by_hand(row: np.ndarray, sizes: list[int]) -> float:
    """The R package's loop: scale by scale, respondent by respondent."""
    pairs, start = [], 0
    for size in sizes:
        scale = row[start : start + size]
        odd, even = scale[0::2], scale[1::2]
        odd, even = odd[~np.isnan(odd)], even[~np.isnan(even)]
        if len(odd) and len(even):
            pairs.append((even.mean(), odd.mean()))
        start += size
    a, b = np.array(pairs).T if pairs else (np.zeros(0), np.zeros(0))
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    r = np.corrcoef(a, b)[0, 1]
    return -max(2 * r / (1 + r), -1.0) if r > -1 else 1.0


def test_longest_run_takes_a_missing_answer_as_the_end_of_a_run():
    X = np.array([[5, 5, 5, np.nan, 5], [np.nan] * 5, [1, 2, 2, 2, 2], [9, 9, 9, 9, 9]])
    assert longest_run(X).tolist() == [3, 1, 4, 5]
    assert longest_run(answers()).tolist() == [run_by_hand(list(row)) for row in answers()]


@pytest.mark.parametrize("items", [6, 7, 23])
def test_irv_of_the_same_answer_throughout_is_exactly_zero_whatever_the_step(items):
    """On 0-100 an answer of 8 of 10 is 77.77…, whose mean over 23 questions differs from it by rounding."""
    step = np.repeat((np.arange(1, 11)[:, None] - 1) / 9 * 100, items, axis=1)
    np.testing.assert_array_equal(irv(step), 0)
    step[:, 1] = np.nan
    np.testing.assert_array_equal(irv(step), 0)


def test_irv_is_the_standard_deviation_of_the_answers_given():
    X = answers()
    X[0], X[1, 1:] = np.nan, np.nan
    expected = [np.nanstd(row, ddof=1) if (~np.isnan(row)).sum() > 1 else np.nan for row in X]
    np.testing.assert_allclose(irv(X), expected, rtol=1e-12)


def test_mahalanobis_uses_pairwise_covariance_and_means_for_missing_answers():
    X = answers()
    frame = pd.DataFrame(X)
    inverse = np.linalg.inv(frame.cov().to_numpy())
    centred = (frame - frame.mean()).fillna(0).to_numpy()
    np.testing.assert_allclose(mahalanobis(X), [row @ inverse @ row for row in centred], rtol=1e-10)


def test_mahalanobis_of_too_few_or_collinear_answers_is_not_defined():
    X = answers(missing=0)
    assert np.isnan(mahalanobis(X[:12])).all()
    assert np.isnan(mahalanobis(np.column_stack([X, X[:, 0]]))).all()
    X[3] = np.nan
    assert np.isnan(mahalanobis(X)).tolist() == [k == 3 for k in range(len(X))]


def test_even_odd_is_minus_the_corrected_correlation_of_half_scales():
    X, sizes = answers(), [3, 4, 1, 2, 2]
    X[0], X[1] = 7, np.nan
    np.testing.assert_allclose(even_odd(X, sizes), [even_odd_by_hand(row, sizes) for row in X], rtol=1e-10)
    assert np.isnan(even_odd(X, sizes)[:2]).all()
    opposite = np.array([[1.0, 10, 10, 1]])
    assert even_odd(opposite, [2, 2]).tolist() == [1.0]
    with pytest.raises(ValueError, match="2 scales of 4 items for 12 columns"):
        even_odd(X, [2, 2])


def test_outcome_rates_are_those_of_aapor():
    rates = ncsi.outcome_rates(I=600, P=50, R=200, NC=100, O=50, U=400, NE=100)
    expected = [0.428571, 0.464286, 0.440000, 0.476667, 0.600000, 0.650000]
    np.testing.assert_allclose(rates[[f"RR{k}" for k in range(1, 7)]], expected, atol=5e-7)
    assert rates["e"] == pytest.approx(0.909091, abs=5e-7)
    assert rates["COOP1"] == pytest.approx(600 / 900)
    assert rates["REF1"] == pytest.approx(200 / 1400)
    assert rates["CON3"] == pytest.approx(900 / 1000)
    assert ncsi.outcome_rates(I=6, P=0, R=4, NC=0, O=0, U=10, e=0.5)["RR3"] == pytest.approx(6 / 15)


def test_outcome_rates_refuse_what_is_no_count():
    with pytest.raises(InputError, match="outcome counts: R: it is -1"):
        ncsi.outcome_rates(I=1, P=0, R=-1, NC=0, O=0)
    with pytest.raises(InputError, match="no eligible case"):
        ncsi.outcome_rates(I=0, P=0, R=0, NC=0, O=0, U=5)
    with pytest.raises(InputError, match=r"e: it is 1.2. It must lie between 0 and 1"):
        ncsi.outcome_rates(I=1, P=0, R=0, NC=0, O=0, e=1.2)
    assert participation_rate(25, 100) == 0.25
    with pytest.raises(InputError, match="5 responses of 4 invited"):
        participation_rate(5, 4)


@pytest.mark.parametrize("count", ["12", None, float("nan"), [3]])
def test_an_outcome_is_counted_by_a_number(count):
    with pytest.raises(InputError, match=r"outcome counts: I: it is .* Give a number of cases, 0 or more"):
        ncsi.outcome_rates(I=count, P=0, R=0, NC=0, O=0, U=0, NE=0)


def _text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def questionnaire(**extra: object) -> Instrument:
    def item(name: str) -> dict[str, object]:
        return {"id": name, "label": _text(name), "question": _text(name)}

    blocks = {"Quality": "ABCD", "Value": "EFG", "Satisfaction": "HIJ"}
    return Instrument.model_validate(
        {
            "spec": "ncsi/instrument/1", "id": "q", "version": "1.0.0", "label": _text("q"),
            "respondent": _text("r"), "modelled_on": "nothing",
            "constructs": [
                {"id": name, "label": _text(name), "items": [item(one) for one in items]}
                for name, items in blocks.items()
            ],
            "paths": [{"from": "Quality", "to": "Value"}, {"from": "Value", "to": "Satisfaction"}],
            **extra,
        }
    )  # fmt: skip


def responses(instrument: Instrument, n: int = 400, seed: int = 3) -> pd.DataFrame:
    X = answers(n, len(instrument.items), 0, seed)
    frame = pd.DataFrame(X, columns=list(instrument.item_ids)).astype("Int16")
    kinds = {f"{item.id}_missing": pd.Series([None] * n, dtype="object") for item in instrument.fielded}
    about = {
        "brand": "b1", "respondent": [f"r{k}" for k in range(n)], "duration_s": 300.0, "weight_base": 1.0,
        "disposition": pd.Series([None] * n, dtype="object"), "device": pd.Series([None] * n, dtype="object"),
    }  # fmt: skip
    return pd.concat([pd.DataFrame(about), frame, pd.DataFrame(kinds)], axis=1)


def flags_of(frame: pd.DataFrame, instrument: Instrument, row: int) -> tuple[str, str, str]:
    quality = assess(frame, instrument).by_respondent.iloc[row]
    return quality["status"], quality["flags"], quality["reasons"]


def test_straight_lining_alone_never_excludes_even_where_it_makes_an_outlier():
    instrument = questionnaire()
    frame = responses(instrument)
    frame.loc[0, list(instrument.item_ids)] = 1
    frame.loc[1, list(instrument.item_ids)] = 10
    quality = assess(frame, instrument).by_respondent
    assert quality.loc[[0, 1], "status"].tolist() == ["flagged", "flagged"]
    assert quality.loc[0, "flags"].startswith("longest_run straight_line")
    assert quality.loc[[0, 1], "reasons"].tolist() == ["", ""]


def test_two_independent_families_exclude_and_say_which():
    instrument = questionnaire()
    frame = responses(instrument)
    frame.loc[0, list(instrument.item_ids)] = 10
    frame.loc[[0, 1], "duration_s"] = 20.0
    assert flags_of(frame, instrument, 0) == (
        "excluded", "speeding longest_run straight_line", "pace pattern",
    )  # fmt: skip
    assert flags_of(frame, instrument, 1)[0] == "flagged"


def test_speed_is_judged_among_those_who_took_the_same_route():
    instrument = questionnaire(
        routing=[{"item": "J", "asked_if": {"item": "I", "answers": [1, 2, 3, 4, 5, 6]}}]
    )
    frame = responses(instrument)
    short = frame.index < 100
    frame.loc[short, ["J", "J_missing"]] = [pd.NA, "not_asked"]
    frame.loc[short, "duration_s"] = 140.0
    quality = assess(frame, instrument)
    assert quality.by_rule.set_index("rule").loc["speeding", "flagged"] == 0
    unrouted = assess(frame, questionnaire())
    assert unrouted.by_rule.set_index("rule").loc["speeding", "flagged"] == 100


CHECK = {"id": "AC1", "label": _text("a"), "question": _text("choose 3"), "expected": [3]}


def test_a_failed_attention_check_excludes_and_one_not_asked_does_not():
    instrument = questionnaire(attention=[CHECK])
    frame = responses(instrument).assign(AC1=pd.array([3] * 400, dtype="Int16"))
    frame.loc[0, "AC1"] = 4
    frame.loc[1, ["AC1", "AC1_missing"]] = [pd.NA, "not_asked"]
    frame.loc[2, ["AC1", "AC1_missing"]] = [pd.NA, "blank"]
    quality = assess(frame, instrument).by_respondent
    failed = quality["reasons"].str.contains("attention")
    assert failed[failed].index.tolist() == [0, 2]
    assert quality["status"].iloc[[0, 2]].tolist() == ["excluded", "excluded"]


def test_declared_contradictions_and_shared_devices_flag():
    when = [{"item": "A", "answers": [1]}, {"item": "B", "answers": [10]}]
    instrument = questionnaire(contradictions=[{"id": "c", "label": _text("c"), "when": when}])
    frame = responses(instrument)
    frame.loc[5, ["A", "B"]] = [1, 10]
    frame.loc[[7, 8], "device"] = "d1"
    frame.loc[9, "device"] = "d2"
    rules = assess(frame, instrument).by_rule.set_index("rule")
    assert rules.loc["contradiction", "flagged"] >= 1
    assert rules.loc["duplicate_device", ["checked", "flagged"]].tolist() == [3, 2]
    assert "contradiction" in flags_of(frame, instrument, 5)[1]


def test_a_declared_disposition_excludes_whatever_the_answers():
    frame = responses(questionnaire())
    frame.loc[0, "disposition"] = "not_eligible"
    frame.loc[1, "disposition"] = "complete"
    quality = assess(frame, questionnaire())
    assert quality.by_respondent["reasons"].iloc[0] == "not_eligible"
    assert quality.by_respondent["status"].iloc[1] != "excluded"
    assert quality.kept.sum() == 399


def test_without_durations_nobody_is_judged_by_speed():
    frame = responses(questionnaire()).assign(duration_s=np.nan)
    rules = assess(frame, questionnaire()).by_rule.set_index("rule")
    assert rules.loc["speeding", ["checked", "flagged"]].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"required": ["Z"]}, "there is no item 'Z'"),
        ({"attention": [CHECK | {"expected": [11]}]}, "11 is not an answer on the scale of 'AC1'"),
        ({"routing": [{"item": "A", "asked_if": {"item": "B", "answers": [1]}}]}, "which is not asked before it"),
        (
            {"contradictions": [{"id": "c", "label": _text("c"), "when": [{"item": "A", "answers": [0]}] * 2}]},
            "0 is not an answer on the scale of 'A'",
        ),
    ],
)  # fmt: skip
def test_an_instrument_whose_fieldwork_does_not_fit_is_refused(tmp_path, extra, message):
    path = tmp_path / "q.yaml"
    path.write_text(
        questionnaire(**extra).model_dump_json(by_alias=True, exclude_defaults=False), encoding="utf-8"
    )
    with pytest.raises(SpecError, match=message):
        ncsi.load_instrument(path)


def test_indices_do_not_depend_on_how_many_respondents_are_looked_at_at_once(monkeypatch):
    rng = np.random.default_rng(3)
    X = rng.integers(0, 11, (1000, 12)) * 10.0
    X[rng.random(X.shape) < 0.1] = np.nan
    X[500] = np.nan
    made = [partial(even_odd, sizes=[4, 4, 4]), irv, longest_run, mahalanobis]
    whole = [one(X) for one in made]
    monkeypatch.setattr("ncsi.quality.careless._ROWS", 64)
    for one, before in zip(made, whole, strict=True):
        np.testing.assert_allclose(one(X), before, rtol=1e-12)
        np.testing.assert_array_equal(one(X[:0]), before[:0])
