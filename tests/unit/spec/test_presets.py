"""The shipped instruments, sectors and bands are what docs/method.md §1 says they are."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ncsi.spec import load_bands, load_instrument, load_sectors, presets, schemas_root, spec_sha256

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"
ACSI_PATHS = (
    "Expectation>Quality Expectation>Value Expectation>Satisfaction Quality>Value Quality>Satisfaction "
    "Value>Satisfaction Satisfaction>Complaint Satisfaction>Loyalty Complaint>Loyalty"
)
ECSI_PATHS = (
    "Image>Expectation Image>Satisfaction Image>Loyalty Expectation>Quality Expectation>Value "
    "Expectation>Satisfaction Quality>Value Quality>Satisfaction Value>Satisfaction "
    "Satisfaction>Complaint Satisfaction>Loyalty Complaint>Loyalty"
)


def _paths(preset):
    return {f"{path.source}>{path.target}" for path in load_instrument(preset).paths}


def test_ten_presets():
    assert presets() == (
        "acsi", "ccsi", "citizens", "construction", "durable", "ecsi", "fmcg", "materials", "public", "service",
    )  # fmt: skip


def test_ccsi_fits_the_golden_survey():
    inst = load_instrument("ccsi")
    header = (GOLDEN / "golden.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert list(inst.item_ids) == header[4:]
    lines = json.loads((GOLDEN / "cbsem_lavaan.json").read_text(encoding="utf-8"))["syntax"]
    lines = "\n".join(lines).splitlines() if isinstance(lines, list) else lines.splitlines()
    blocks = [re.split(r" =~ ", line) for line in lines if "=~" in line]
    assert [(one.id, [item.id for item in one.items]) for one in inst.constructs] == [
        (left, right.split(" + ")) for left, right in blocks
    ]
    golden = {
        f"{cause}>{left}"
        for left, right in (line.split(" ~ ") for line in lines if " ~ " in line)
        for cause in right.split(" + ")
    }
    assert _paths("ccsi") == golden
    assert len(inst.paths) == 11


@pytest.mark.parametrize(("preset", "expected"), [("acsi", ACSI_PATHS), ("ecsi", ECSI_PATHS)])
def test_international_models_have_their_paths(preset, expected):
    assert _paths(preset) == set(expected.split())


def test_acsi_items_are_the_columns_of_the_public_sample():
    inst = load_instrument("acsi")
    assert " ".join(inst.item_ids) == (
        "OVERALLX CUSTOMX WRONGX OVERALLQ CUSTOMQ WRONGQ PQ QP SATIS CONFIRM IDEAL COMP REPUR"
    )
    assert inst.construct_of("COMP").items[0].scale.model_dump() == {"min": 0, "max": 1}


def test_ecsi_has_the_classic_blocks():
    assert [len(one.items) for one in load_instrument("ecsi").constructs] == [5, 3, 7, 2, 3, 1, 3]


def test_public_service_has_no_price():
    ids = load_instrument("public").construct_ids
    assert "Value" not in ids
    assert "Trust" in ids


@pytest.mark.parametrize("preset", ["durable", "construction", "materials"])
def test_product_and_service_quality_stand_apart(preset):
    assert {"ProductQuality", "ServiceQuality"} <= set(load_instrument(preset).construct_ids)


@pytest.mark.parametrize("preset", presets())
def test_every_preset_is_fieldable(preset):
    inst = load_instrument(preset)
    assert inst.id == preset
    assert len(inst.construct(inst.target).items) == 3
    assert (inst.missing.dont_know, inst.missing.refused) == (("98",), ("99",))
    assert "-2" in inst.missing.blank
    assert "-3" in inst.missing.not_asked
    for item in inst.items:
        low, high = item.scale.min, item.scale.max
        anchors = (f"{low}表示", f"{high}表示") if high == 1 else (f"{low}分表示", f"{high}分表示")
        assert all(anchor in item.question.zh for anchor in anchors), item.id
        assert f"{low} means" in item.question.en, item.id
        assert f"{high} means" in item.question.en, item.id
        assert len({item.label.zh, item.label.en, item.question.zh, item.question.en}) == 4
        assert not re.search(r"[一-鿿]", item.question.en)


@pytest.mark.parametrize("preset", presets())
def test_labels_within_a_preset_differ(preset):
    inst = load_instrument(preset)
    for part in (inst.constructs, inst.items):
        for language in ("zh", "en"):
            labels = [one.label.text(language) for one in part]
            assert len(set(labels)) == len(labels)


def test_no_preset_claims_the_national_standard():
    for path in schemas_root().rglob("*.yaml"):
        assert "19038" not in path.read_text(encoding="utf-8"), path.name


def test_sector_list_covers_the_policy_families():
    sectors = load_sectors()
    assert [group.label.zh for group in sectors.groups] == [
        "食品饮料", "服装首饰", "生活百货", "家居建材", "家电数码",
        "建设工程", "服务业", "原材料", "公共服务",
    ]  # fmt: skip
    assert len(sectors.sectors) >= 24
    assert {sector.group for sector in sectors.sectors} == {group.id for group in sectors.groups}
    assert all(sector.share.illustrative for sector in sectors.sectors)
    assert all(sector.id == sector.id.lower() for sector in sectors.sectors)
    assert abs(math.fsum(sector.share.value for sector in sectors.sectors) - 1) < 1e-9


@pytest.mark.parametrize(
    ("index", "band"),
    [(0, "dissatisfied"), (59.99, "dissatisfied"), (60, "neutral"), (79.999, "fairly_satisfied"),
     (80, "satisfied"), (90, "very_satisfied"), (100, "very_satisfied")],
)  # fmt: skip
def test_bands(index, band):
    assert load_bands().of(index).id == band


@pytest.mark.parametrize("index", [-0.1, 100.1, math.nan])
def test_no_band_outside_the_scale(index):
    with pytest.raises(ValueError, match="between 0 and 100"):
        load_bands().of(index)


def test_spec_hash_follows_content_not_layout(tmp_path):
    source = (schemas_root() / "instruments" / "ccsi.yaml").read_text(encoding="utf-8")
    same, other = tmp_path / "same.yaml", tmp_path / "other.yaml"
    same.write_text("# a comment\n" + source.replace("\n\n", "\n\n\n"), encoding="utf-8")
    other.write_text(source.replace("version: 1.0.0", "version: 1.0.1"), encoding="utf-8")
    preset = spec_sha256(load_instrument("ccsi"))
    assert re.fullmatch("[0-9a-f]{64}", preset)
    assert spec_sha256(load_instrument(same)) == preset
    assert spec_sha256(load_instrument(str(other))) != preset


def test_loading_pulls_in_nothing_heavy():
    code = (
        "import sys, ncsi; ncsi.load_instrument('ccsi'); "
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
