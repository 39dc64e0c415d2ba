"""Fictional brand names, bilingual. Any likeness to a real company is chance; the release says synthetic."""

from __future__ import annotations

import numpy as np

_PREFIXES = (
    ("青禾", "Qinghe"), ("云岭", "Yunling"), ("晨溪", "Chenxi"), ("松屿", "Songyu"), ("澄心", "Chengxin"),
    ("沐野", "Muye"), ("景和", "Jinghe"), ("安澜", "Anlan"), ("知夏", "Zhixia"), ("远山", "Yuanshan"),
    ("明湖", "Minghu"), ("汀兰", "Tinglan"), ("春和", "Chunhe"), ("禾木", "Hemu"), ("望舒", "Wangshu"),
    ("乐川", "Lechuan"), ("佳屿", "Jiayu"), ("竹里", "Zhuli"), ("苇岸", "Weian"), ("白露", "Bailu"),
)  # fmt: skip
_TRADES = {
    "dairy": ("乳业", "Dairy"), "edible_oil": ("粮油", "Oils"), "bottled_water": ("山泉", "Springs"),
    "beer": ("啤酒", "Brewery"), "casual_wear": ("服饰", "Apparel"), "sportswear": ("运动", "Sports"),
    "jewellery": ("珠宝", "Jewellery"), "laundry_care": ("洗护", "Home Care"),
    "tissue_paper": ("纸品", "Paper"), "skin_care": ("护肤", "Skincare"), "furniture": ("家居", "Living"),
    "flooring": ("木业", "Flooring"), "ceramic_tiles": ("陶瓷", "Ceramics"),
    "air_conditioners": ("空调", "Climate"), "refrigerators": ("电器", "Appliances"),
    "televisions": ("影音", "Vision"), "smartphones": ("数码", "Mobile"),
    "residential_building": ("家园", "Homes"), "home_renovation": ("装饰", "Interiors"),
    "banks": ("银行", "Bank"), "insurance": ("保险", "Insurance"), "express_delivery": ("速运", "Express"),
    "telecom": ("通信", "Telecom"), "e_commerce": ("优选", "Market"), "catering": ("餐饮", "Kitchen"),
    "tourism": ("旅行", "Travel"), "property_management": ("物业", "Property Care"),
    "elderly_care": ("颐养", "Senior Care"), "steel": ("钢铁", "Steel"), "cement": ("水泥", "Cement"),
    "aluminium": ("铝业", "Aluminium"), "flat_glass": ("玻璃", "Glass"),
    "schools": ("教育集团", "School Group"), "hospitals": ("医院", "Hospital"),
    "water_power": ("水电", "Utilities"), "government_service": ("政务大厅", "Service Hall"),
    "railway_passenger": ("客运段", "Rail Section"), "post": ("邮区", "Postal Area"),
    "city": ("市", "City"),
    "product_test": ("电器", "Appliances"), "visits": ("连锁", "Stores"), "builders": ("建设", "Construction"),
}  # fmt: skip
MOST_BRANDS = len(_PREFIXES) ** 2


def brand_names(sector: str, count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """`count` distinct names (zh, en) that fit the sector. Raises ValueError above MOST_BRANDS."""
    if count > MOST_BRANDS:
        raise ValueError(f"{count} brands in '{sector}': there are names for {MOST_BRANDS}. Ask for fewer")
    zh, en = _TRADES.get(sector, ("品牌", "Brand"))
    names = [(f"{a}{zh}", f"{b} {en}") for a, b in _PREFIXES]
    if count > len(names):
        names += [(f"{a}{c[0]}{zh}", f"{b}-{d} {en}") for a, b in _PREFIXES for c, d in _PREFIXES if a != c]
    return [names[k] for k in rng.permutation(len(names))[:count]]
