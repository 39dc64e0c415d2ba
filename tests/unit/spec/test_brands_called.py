"""An id stands for one brand in two waves where its name in one language at least is the same, or is said to be."""

import pytest

from ncsi.spec import Brand, Label, Wave
from ncsi.spec.brands_called import called_otherwise


def wave(wave_id, *brands):
    sector = {"id": "dairy", "brands": brands}
    both = Label(zh="甲", en="A")
    return Wave(
        spec="ncsi/wave/1", id=wave_id, label=both, title=both, publisher=both, sectors=(sector,),
        field={"start": "2026-01-01", "end": "2026-02-01"}, release_date="2026-03-01",
    )  # fmt: skip


def brand(brand_id, zh, en, formerly=None):
    return Brand(id=brand_id, label=Label(zh=zh, en=en), formerly=formerly)


BEFORE = wave("2025", brand("B01", "望舒乳业", "Wangshu Dairy"), brand("B02", "禾木乳业", "Hemu Dairy"))


@pytest.mark.parametrize(
    ("now", "others"),
    [
        (brand("B01", "望舒乳业", "Wangshu Dairy"), []),
        (brand("B01", "望舒乳业", "Wangshu Group"), []),  # corrected in one language
        (brand("B01", "望舒集团", "WANGSHU  dairy"), []),  # the same to a reader
        (brand("B01", "禾木乳业", "Hemu Dairy"), ["B01"]),  # the ids were given out anew
        (brand("B01", "晨曦乳业", "Chenxi Dairy"), ["B01"]),
        (brand("B01", "晨曦乳业", "Chenxi Dairy", Label(zh="望舒乳业", en="Wangshu Dairy")), []),
        (brand("B01", "晨曦乳业", "Chenxi Dairy", Label(zh="禾木乳业", en="Hemu Dairy")), ["B01"]),
        (brand("B03", "晨曦乳业", "Chenxi Dairy"), []),  # new: nothing to compare it with
    ],
)
def test_an_id_with_another_name_is_another_brand(now, others):
    found = called_otherwise(wave("2026", now), BEFORE)
    assert [one for _, one in found] == others
    if others:
        assert [one.en for one in found["dairy", "B01"]] == [now.label.en, "Wangshu Dairy"]


def test_a_wave_that_declares_no_former_name_is_written_as_before():
    assert "formerly" not in BEFORE.model_dump_json()
