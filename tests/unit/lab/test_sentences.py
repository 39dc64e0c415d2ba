"""One model in sentences, in lavaan's syntax and in YAML: one instrument; what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError, SpecError
from ncsi.spec import spec_sha256

TEXT = """
# what is measured
Image        =~ IMA1 + IMA2 +
                IMA3 + IMA4            ! four items
Value        =~ VAL1; Quality <~ QUA1 + QUA2
  + QUA3                               # a line may begin with an operator
Satisfaction =~ SAT1 + SAT2 + SAT3
Loyalty      =~ LOY1 + LOY2 + LOY3

Quality + Value ~ Image
Satisfaction ~ Quality + Value
Loyalty ~ Satisfaction + Image + Image:Satisfaction
"""
YAML = """
spec: ncsi/instrument/1
id: model
version: 1.0.0
label: {zh: model, en: model}
respondent: {zh: 受访者, en: A respondent}
modelled_on: written by an analyst
constructs:
CONSTRUCTS
paths:
  - {from: Image, to: Quality}
  - {from: Image, to: Value}
  - {from: Quality, to: Satisfaction}
  - {from: Value, to: Satisfaction}
  - {from: Satisfaction, to: Loyalty}
  - {from: Image, to: Loyalty}
interactions:
  - {predictor: Image, moderator: Satisfaction, outcome: Loyalty}
"""
BLOCKS = {
    "Image": ["IMA1", "IMA2", "IMA3", "IMA4"], "Value": ["VAL1"], "Quality": ["QUA1", "QUA2", "QUA3"],
    "Satisfaction": ["SAT1", "SAT2", "SAT3"], "Loyalty": ["LOY1", "LOY2", "LOY3"],
}  # fmt: skip
MEASURED = "Image =~ IMA1 + IMA2\nValue =~ VAL1 + VAL2\n"


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")


@pytest.fixture(scope="module")
def said():
    return ncsi.model_from(
        ncsi.constructs(
            ncsi.composite_of("Image", ncsi.items("IMA", 1, 4)),
            ncsi.composite_of("Value", "VAL1"),
            ncsi.composite_of("Quality", ["QUA1", "QUA2"], "QUA3", mode="B"),
            ncsi.composite_of("Satisfaction", ncsi.items("SAT", 1, 3)),
            ncsi.composite_of("Loyalty", ncsi.items("LOY", 1, 3)),
        ),
        ncsi.paths(["Image", ["Quality", "Value"]], "Quality + Value -> Satisfaction"),
        ncsi.paths((["Satisfaction", "Image", ncsi.interaction("Image", "Satisfaction")], "Loyalty")),
    )


def test_all_three_are_one_instrument(said, tmp_path):
    lines = []
    for name, items in BLOCKS.items():
        mode = "B" if name == "Quality" else "A"
        lines.append(f"  - id: {name}\n    label: {{zh: {name}, en: {name}}}\n    mode: {mode}\n    items:")
        lines += [
            f"      - {{id: {i}, label: {{zh: {i}, en: {i}}}, question: {{zh: {i}, en: {i}}}}}" for i in items
        ]
    (tmp_path / "model.yaml").write_text(YAML.replace("CONSTRUCTS", "\n".join(lines)), encoding="utf-8")
    read = ncsi.load_instrument(tmp_path / "model.yaml")
    assert said == read
    assert ncsi.model_from(TEXT) == read
    assert (read.target, [one.mode for one in read.constructs]) == ("Satisfaction", ["A", "A", "B", "A", "A"])


def test_a_declared_interaction_is_what_moderation_looks_at(survey, said):
    fit = ncsi.fit_pls(survey, said)
    by_itself = ncsi.moderation(fit, replicates=30)
    named = ncsi.moderation(fit, "Satisfaction", "Image", "Loyalty", replicates=30)
    pd.testing.assert_frame_equal(pd.DataFrame(by_itself), pd.DataFrame(named))
    assert by_itself["term"].tolist() == ["Image × Satisfaction"]
    plain = said.model_copy(update={"interactions": ()})
    assert ncsi.fit_pls(survey, plain).index.equals(fit.index)
    with pytest.raises(ModelError, match="fit: none"):
        ncsi.moderation(fit, predictor="Satisfaction")
    several = said.model_copy(update={"interactions": (*said.interactions, said.interactions[0])})
    with pytest.raises(ModelError, match="Image -> Loyalty; Satisfaction × Image"):
        ncsi.moderation(ncsi.fit_pls(survey, several))


def test_an_instrument_without_interactions_keeps_its_hash():
    """That of the same content before instruments could declare any."""
    content = ncsi.load_instrument("ccsi").model_dump(mode="json", by_alias=True)
    assert "interactions" not in content
    assert spec_sha256(ncsi.load_instrument("ccsi")) == (
        "6aec870ba470835184077180b94767c611e955f49e6678a18e3ca3cfd128560f"
    )


def test_single_items_all_over_are_a_path_analysis(survey):
    """With one item a construct is that item, and the paths are the regressions on standardised items."""
    text = "X =~ QUA1\nZ =~ VAL1\nY =~ LOY1\nY ~ X + Z"
    fit = ncsi.fit_pls(survey, ncsi.model_from(text))
    values = survey[["QUA1", "VAL1", "LOY1"]].to_numpy(dtype=float)
    z = (values - values.mean(axis=0)) / values.std(axis=0)
    assert fit.paths["estimate"].tolist() == pytest.approx(np.linalg.lstsq(z[:, :2], z[:, 2])[0].tolist())
    assert fit.instrument.target == "Y"
    assert len(ncsi.bootstrap(fit, replicates=20).tidy()) == 8


def test_scales_and_labels(survey):
    text = "X =~ q1 + q2\nY =~ r1 + r2\nY ~ X"
    model = ncsi.model_from(text, scale={"X": (0, 10), "r2": (1, 5)}, label="Housing")
    assert [(i.scale.min, i.scale.max) for i in model.items] == [(0, 10), (0, 10), (1, 10), (1, 5)]
    assert model.label.en == "Housing"
    assert {i.scale.max for i in ncsi.model_from(text, scale=(1, 7)).items} == {7}
    with pytest.raises(SpecError, match="no construct or item 'r3'"):
        ncsi.model_from(text, scale={"r3": (1, 5)})
    with pytest.raises(SpecError, match="the scale of 'q1' runs from 10 to 1"):
        ncsi.model_from(text, scale=(10, 1))


@pytest.mark.parametrize(
    ("added", "line", "told"),
    [
        ("Value ~ Imge", 3, "there is no construct 'Imge'. Did you mean 'Image'?"),
        ("Value ~\n\n  # why\n  Imge", 6, "there is no construct 'Imge'"),
        ("Value ~ IMA1", 3, "'IMA1' is an item, and paths join constructs. Give it one: X =~ IMA1"),
        ("Value ~~ Image", 3, "`~~` is a variance or covariance"),
        ("Value ~ 1", 3, "`1` is an intercept or fixed value"),
        ("Value ~ b*Image", 3, "`*` is a label, a start or a fixed value"),
        ("ab := a*b", 3, "`:=` is a defined parameter"),
        ("Value ~ Image\na == b", 4, "`==` is a constraint"),
        ("VAL1 | t1 + t2", 3, "`|` is a threshold"),
        ("group: 1", 3, "`group:` begins a block of groups or levels"),
        ("Value ~ Image ~ Value", 3, "a second `~` in one statement"),
        ("Value ~", 3, "`~` has nothing on its right"),
        ("Value ~ Image + + Value", 3, "a `+` has a side without a name"),
        ("Value ~ Image Value", 3, "'Image Value' is no name"),
        ("Value", 3, "'Value' has no operator"),
        ("Value ～ Image", 3, "'～' is a full-width sign. Write it half-width: ~"),
        ("Value ~ Image ＋ Value", 3, "'＋' is a full-width sign. Write it half-width: +"),
        ("Q ＝~ q1", 3, "'＝' is a full-width sign. Write it half-width: ="),
        ("Q =~ Image + Value\nQ ~ Image", 3, "'Image', among the items of 'Q', is a construct:"),
        ("Value ~ Image + Image:Value", 3, "'Value' is the outcome and part of the product that explains it"),
        ("L =~ l1\nValue ~ Image + Image:L\nL ~ Value", 4, "'L' is part of a product but no direct cause of 'Value'."),
        ("Value ~ $Image", 3, "'$' is not understood"),
        ("Value ~ Image\nQ =~ IMA2", 4, "the construct or item 'IMA2' is declared twice"),
        ("Value ~ Image\nValue ~ Image", 4, "the path Image -> Value is declared twice"),
        ("Q =~ x.1\nValue ~ Image + Q", 3, "'x.1' is not accepted here"),
        ("A + B =~ x1", 3, "two constructs left of `=~`"),
        ("Q =~ Image:Value", 3, "the product Image:Value among items"),
        ("Q =~ q1\nValue ~ Image", 3, "no path leads to or from 'Q'"),
        ("Q =~ q1\nQ ~ Image\nValue ~ Image + Image:Q", 5, "'Q' is part of a product but no direct cause of 'Value'"),
    ],
)  # fmt: skip
def test_lavaan_text_is_read_strictly(added, line, told):
    with pytest.raises(SpecError) as error:
        ncsi.model_from(MEASURED + added)
    assert str(error.value).startswith(f"model text, line {line}: {told}")


def test_sentences_are_checked():
    measured = ncsi.constructs(ncsi.composite_of("Image", "IMA1"), ncsi.composite_of("Value", "VAL1"))
    for made, told in (
        (lambda: ncsi.constructs(ncsi.paths(("a", "b"))), "Paths is no construct"),
        (lambda: ncsi.paths("Image"), "'Image' is no path"),
        (lambda: ncsi.paths(("Image", "Value", "Loyalty")), "is no path"),
        (lambda: ncsi.items("IMA", 4, 1), "the last is below the first"),
        (lambda: ncsi.model_from(None), "NoneType is no model"),
        (lambda: ncsi.model_from(measured, "Image -> Value"), "str is no path"),
        (lambda: ncsi.model_from("X =~ x\nY =~ y\nY ~ X", scale=7), "7 is no scale"),
        (lambda: ncsi.model_from(measured), "no path leads from any of Image, Value to another"),
        (lambda: ncsi.model_from(measured, ncsi.paths(("Imag", "Value"))), "Did you mean 'Image'"),
        (
            lambda: ncsi.model_from(measured, ncsi.paths(("Image", "Value")), target="Image"),
            "no path leads to",
        ),
        (lambda: ncsi.model_from(MEASURED, ncsi.paths(("Image", "Value"))), "paths beside lavaan text"),
        (lambda: ncsi.model_from("X =~ x1"), "two constructs make a model, and it has X"),
        (lambda: ncsi.model_from(""), "it holds no statement"),
    ):
        with pytest.raises(SpecError) as error:
            made()
        assert told in str(error.value)


def test_thirty_drivers_are_too_many_for_lmg_and_not_for_johnson():
    rng = np.random.default_rng(1)
    names = [f"X{k}" for k in range(30)]
    df = pd.DataFrame(rng.integers(1, 11, (200, 31)), columns=[*(f"x{k}" for k in range(30)), "y"])
    text = "\n".join(f"X{k} =~ x{k}" for k in range(30)) + f"\nY =~ y\nY ~ {' + '.join(names)}"
    fit = ncsi.fit_pls(df, ncsi.model_from(text))
    with pytest.raises(ModelError, match="30 drivers make 1,073,741,824 models; lmg takes at most 12"):
        ncsi.importance(fit, "Y")
    found = ncsi.importance(fit, "Y", method="johnson", replicates=20)
    assert found["r2_part"].sum() == pytest.approx(found.r2)
