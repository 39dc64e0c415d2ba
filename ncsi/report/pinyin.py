"""How Chinese names are typed in Latin letters, for searching: the only door to pypinyin."""

from __future__ import annotations

from functools import cache


@cache
def spelled(name: str) -> str:
    """The name in pinyin without tones, then its initials (银行 → `yinhang yh`); nothing for a name without Chinese."""
    if not any("\u4e00" <= one <= "\u9fff" for one in name):
        return ""
    from pypinyin import Style, lazy_pinyin

    whole = "".join(lazy_pinyin(name)).lower()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return f"{whole} {initials}"
