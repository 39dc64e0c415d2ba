"""Sub-indices and measures of an instrument, and questions beside its model."""

from __future__ import annotations

import pytest
import yaml

from ncsi.errors import SpecError
from ncsi.spec import load_instrument, schemas_root

NPS = {
    "id": "REC", "label": {"zh": "推荐", "en": "Recommend"},
    "question": {"zh": "推荐的可能性？", "en": "How likely to recommend?"}, "scale": {"min": 0, "max": 10},
}  # fmt: skip


@pytest.fixture
def load(tmp_path):
    def changed(**keys):
        spec = yaml.safe_load((schemas_root() / "instruments" / "ccsi.yaml").read_text(encoding="utf-8"))
        spec.pop("subindices"), spec.pop("measures")
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump({**spec, **keys}, allow_unicode=True), encoding="utf-8")
        return load_instrument(path)

    return changed


def test_a_question_beside_the_model_is_fielded_and_not_modelled(load):
    instrument = load(beside=[NPS], measures=[{"measure": "nps", "item": "REC"}])
    assert "REC" in [item.id for item in instrument.fielded]
    assert "REC" not in instrument.item_ids


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"measures": [{"measure": "nps", "item": "LOY2"}]}, "NPS of 'LOY2', whose scale is 1-10"),
        ({"measures": [{"measure": "top_two_box", "item": "SAT9"}]}, "no item 'SAT9'.*SAT"),
        ({"measures": [{"measure": "top_two_box", "item": "SAT1"} for _ in range(2)]}, "declared twice"),
        ({"measures": [{"measure": "complaints_handled", "item": "SAT1"}]}, "which answers"),
        ({"measures": [{"measure": "complaint_rate", "item": "SAT1", "answers": [0]}]}, "0 is not an answer"),
        (
            {"subindices": [{"id": "P", "label": {"zh": "P", "en": "P"}, "items": ["QUA1", "VAL1"]}]},
            "weights are not comparable",
        ),
        (
            {"subindices": [{"id": "Quality", "label": {"zh": "P", "en": "P"}, "items": ["QUA1"]}]},
            "declared twice",
        ),
        ({"subindices": [{"id": "P", "label": {"zh": "P", "en": "P"}, "items": ["QUA1", "QUA1"]}]}, "twice"),
        ({"subindices": [{"id": "P", "label": {"zh": "P", "en": "P"}, "items": ["QUA9"]}]}, "no item 'QUA9'"),
        ({"beside": [{**NPS, "id": "QUA1"}]}, "'QUA1' is declared twice"),
    ],
)
def test_what_does_not_fit_is_named(load, keys, said):
    with pytest.raises(SpecError, match=said):
        load(**keys)
