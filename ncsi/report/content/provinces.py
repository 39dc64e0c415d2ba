"""The provinces of China as tiles: where each stands for reading, and how a wave's areas are known as provinces.

No boundary is drawn: a tile's place is a convention for reading, without area or border.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsi.report.text import Pair

_SUFFIXES = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")


@dataclass(frozen=True, slots=True)
class Province:
    """A province: its code of GB/T 2260 (two digits), its short names, the column and row of its tile."""

    code: str
    name: Pair
    column: int
    row: int


def _of(code: str, zh: str, en: str, column: int, row: int) -> Province:
    return Province(code, Pair(zh, en), column, row)


PROVINCES = (
    _of("23", "黑龙江", "Heilongjiang", 6, 0), _of("22", "吉林", "Jilin", 6, 1),
    _of("65", "新疆", "Xinjiang", 0, 2), _of("62", "甘肃", "Gansu", 1, 2), _of("64", "宁夏", "Ningxia", 2, 2),
    _of("15", "内蒙古", "Inner Mongolia", 3, 2), _of("11", "北京", "Beijing", 4, 2),
    _of("12", "天津", "Tianjin", 5, 2), _of("21", "辽宁", "Liaoning", 6, 2),
    _of("63", "青海", "Qinghai", 1, 3), _of("61", "陕西", "Shaanxi", 2, 3), _of("14", "山西", "Shanxi", 3, 3),
    _of("13", "河北", "Hebei", 4, 3), _of("37", "山东", "Shandong", 5, 3),
    _of("54", "西藏", "Tibet", 0, 4), _of("51", "四川", "Sichuan", 1, 4), _of("50", "重庆", "Chongqing", 2, 4),
    _of("41", "河南", "Henan", 3, 4), _of("34", "安徽", "Anhui", 4, 4), _of("32", "江苏", "Jiangsu", 5, 4),
    _of("31", "上海", "Shanghai", 6, 4),
    _of("53", "云南", "Yunnan", 1, 5), _of("52", "贵州", "Guizhou", 2, 5), _of("42", "湖北", "Hubei", 3, 5),
    _of("36", "江西", "Jiangxi", 4, 5), _of("33", "浙江", "Zhejiang", 5, 5),
    _of("45", "广西", "Guangxi", 2, 6), _of("43", "湖南", "Hunan", 3, 6), _of("44", "广东", "Guangdong", 4, 6),
    _of("35", "福建", "Fujian", 5, 6), _of("71", "台湾", "Taiwan", 6, 6),
    _of("46", "海南", "Hainan", 2, 7), _of("82", "澳门", "Macao", 3, 7), _of("81", "香港", "Hong Kong", 4, 7),
)  # fmt: skip
"""All 34, those that a wave does not survey too."""


def provinces_of(labels: Mapping[str, str]) -> dict[str, Province]:
    """The provinces that areas are, by area; empty unless each is one and none is there twice.

    `labels`: the Chinese label of each area by its id, which may be short (广东) or full (广东省); an id of GB/T 2260
    (44, 440000) or ISO 3166-2 (CN-44) names a province too.
    """
    found: dict[str, Province] = {}
    for area, label in labels.items():
        one = _by_code(area) or _by_name(label)
        if one is None or one in found.values():
            return {}
        found[area] = one
    return found


def _by_code(area: str) -> Province | None:
    digits = area.upper().removeprefix("CN-")
    if not digits.isdigit() or len(digits) not in (2, 6) or (len(digits) == 6 and digits[2:] != "0000"):
        return None
    return next((one for one in PROVINCES if one.code == digits[:2]), None)


def _by_name(label: str) -> Province | None:
    short = label.strip()
    for suffix in _SUFFIXES:
        short = short.removesuffix(suffix)
    return next((one for one in PROVINCES if one.name.zh == short), None)
