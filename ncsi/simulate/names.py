"""Fictional brand names, bilingual. Any likeness to a real company is chance; the release says synthetic."""

from __future__ import annotations

import numpy as np

_PREFIXES = (
    ("青禾", "Qinghe"), ("云岭", "Yunling"), ("晨溪", "Chenxi"), ("松屿", "Songyu"), ("澄江", "Chengjiang"),
    ("沐野", "Muye"), ("景和", "Jinghe"), ("安澜", "Anlan"), ("知夏", "Zhixia"), ("远山", "Yuanshan"),
    ("明湖", "Minghu"), ("长汀", "Changting"), ("春和", "Chunhe"), ("禾木", "Hemu"), ("望舒", "Wangshu"),
    ("乐川", "Lechuan"), ("佳屿", "Jiayu"), ("竹里", "Zhuli"), ("南乔", "Nanqiao"), ("白露", "Bailu"),
)  # fmt: skip
_SUFFIXES = {
    "food_beverage": ("食品", "Foods"),
    "apparel_jewellery": ("服饰", "Apparel"),
    "household_goods": ("日用", "Home Care"),
    "home_building": ("家居", "Living"),
    "appliances_digital": ("电器", "Electronics"),
    "construction": ("营造", "Builders"),
    "services": ("服务", "Services"),
    "raw_materials": ("材料", "Materials"),
    "public_services": ("片区", "District"),
}


def brand_names(group: str, count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """`count` distinct names (zh, en) that fit the group."""
    zh, en = _SUFFIXES.get(group, ("品牌", "Brand"))
    names = [(f"{a}{zh}", f"{b} {en}") for a, b in _PREFIXES]
    names += [(f"{a}{c[0]}{zh}", f"{b}-{d} {en}") for a, b in _PREFIXES for c, d in _PREFIXES if a != c]
    chosen = rng.permutation(len(_PREFIXES)) if count <= len(_PREFIXES) else rng.permutation(len(names))
    return [names[k] for k in chosen[:count]]
