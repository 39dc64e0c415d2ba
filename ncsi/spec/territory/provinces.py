"""The provinces of China: their codes, their names, where the seat of each one's government lies."""

from __future__ import annotations

from dataclasses import dataclass

_SUFFIXES = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")


@dataclass(frozen=True, slots=True)
class Province:
    """A province: its code of GB/T 2260 (two digits), its short names, its seat of government in degrees."""

    code: str
    zh: str
    en: str
    longitude: float
    latitude: float


PROVINCES = (
    Province("11", "北京", "Beijing", 116.40, 39.90), Province("12", "天津", "Tianjin", 117.20, 39.13),
    Province("13", "河北", "Hebei", 114.51, 38.04), Province("14", "山西", "Shanxi", 112.55, 37.87),
    Province("15", "内蒙古", "Inner Mongolia", 111.75, 40.84), Province("21", "辽宁", "Liaoning", 123.43, 41.80),
    Province("22", "吉林", "Jilin", 125.32, 43.90), Province("23", "黑龙江", "Heilongjiang", 126.64, 45.76),
    Province("31", "上海", "Shanghai", 121.47, 31.23), Province("32", "江苏", "Jiangsu", 118.77, 32.06),
    Province("33", "浙江", "Zhejiang", 120.15, 30.27), Province("34", "安徽", "Anhui", 117.28, 31.86),
    Province("35", "福建", "Fujian", 119.30, 26.08), Province("36", "江西", "Jiangxi", 115.89, 28.68),
    Province("37", "山东", "Shandong", 117.02, 36.67), Province("41", "河南", "Henan", 113.65, 34.76),
    Province("42", "湖北", "Hubei", 114.30, 30.59), Province("43", "湖南", "Hunan", 112.94, 28.23),
    Province("44", "广东", "Guangdong", 113.26, 23.13), Province("45", "广西", "Guangxi", 108.33, 22.82),
    Province("46", "海南", "Hainan", 110.34, 20.02), Province("50", "重庆", "Chongqing", 106.55, 29.56),
    Province("51", "四川", "Sichuan", 104.07, 30.67), Province("52", "贵州", "Guizhou", 106.71, 26.60),
    Province("53", "云南", "Yunnan", 102.71, 25.04), Province("54", "西藏", "Tibet", 91.12, 29.65),
    Province("61", "陕西", "Shaanxi", 108.94, 34.27), Province("62", "甘肃", "Gansu", 103.83, 36.06),
    Province("63", "青海", "Qinghai", 101.78, 36.62), Province("64", "宁夏", "Ningxia", 106.23, 38.49),
    Province("65", "新疆", "Xinjiang", 87.62, 43.82), Province("71", "台湾", "Taiwan", 121.52, 25.04),
    Province("81", "香港", "Hong Kong", 114.17, 22.28), Province("82", "澳门", "Macao", 113.55, 22.19),
)  # fmt: skip
"""All 34, in the order of their codes."""
_BY_CODE = {one.code: one for one in PROVINCES}
_BY_NAME = {one.zh: one for one in PROVINCES}


def by_code(text: str) -> Province | None:
    """The province of a code: GB/T 2260 (44, 440000), that after the country's (156440000), ISO 3166-2 (CN-44)."""
    digits = text.strip().upper().removeprefix("CN-")
    if len(digits) == 9 and digits.startswith("156"):
        digits = digits[3:]
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (2, 6):
        return None
    return _BY_CODE.get(digits[:2]) if digits[2:] in ("", "0000") else None


def by_name(text: str) -> Province | None:
    """The province of a Chinese name, short (广东) or full (广东省)."""
    short = text.strip()
    for suffix in _SUFFIXES:
        short = short.removesuffix(suffix)
    return _BY_NAME.get(short)
