"""An id stands for one brand in two waves where its name in one language at least is the same, or is said to be."""

import pytest

from ncsi.errors import SpecError
from ncsi.spec import Brand, Label, Wave
from ncsi.spec.brands_called import called_otherwise, is_called
from ncsi.spec.problems import check_labels


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
        (brand("B01", "望舒 乳业", "W."), []),  # a space beside a Chinese character
        (brand("B01", "望舒", "Wangshudairy"), ["B01"]),  # between letters a space parts two words
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("海尔Haier", "海尔 Haier"),
        ("O’Neill", "O'Neill"),
        ("A・B", "A·B"),
        ("P&G", "P & G"),
        ("中粮（集团）", "中粮 (集团)"),
        ("Coca–Cola", "coca-cola"),
    ],
)
def test_two_spellings_of_a_name_are_one(one, other):
    assert is_called(Label(zh=one, en=one), Label(zh=other, en=other))


@pytest.mark.parametrize(
    ("one", "other"), [("Big Mac", "BigMac"), ("A1", "A 1"), ("C++", "C"), ("甲一", "甲二")]
)
def test_what_a_reader_tells_apart_are_two(one, other):
    assert not is_called(Label(zh=one, en=one), Label(zh=other, en=other))


def test_two_brands_of_a_sector_are_not_told_apart_by_a_space():
    now = wave("2026", brand("B1", "海尔Haier", "Haier"), brand("B2", "海尔 Haier", "Haier Group"))
    with pytest.raises(SpecError, match="two brands are called '海尔 Haier', one of them as '海尔Haier'"):
        check_labels(
            "brands",
            [(one.label, (k,)) for k, one in enumerate(now.sectors[0].brands)],
            lambda *keys: str(keys),
        )
