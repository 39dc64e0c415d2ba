"""Answers that are a number with its label: `8分`, `1分（非常不满意）`, `10 - very satisfied`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ncsi.ingest.cells import normalised, spelling

_LABEL = r"(?:一般|一直|一定|[^\d一二三四五六七八九十百]){1,60}"
"""Without a number of its own; 一般 (so-so) is none."""

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_SCORED = re.compile(
    rf"(\d{{1,3}})\s*分?\s*(?:[(（\[【]\s*({_LABEL})\s*[)）\]】]|\s*[-–—:：=、]\s*({_LABEL}))|(\d{{1,3}})\s*分"
)


def _is_chinese(label: str) -> bool:
    return _CHINESE.search(label) is not None


def any_labelled(words: Iterable[str]) -> bool:
    """Whether some word is a number with a label."""
    hits = (_SCORED.fullmatch(normalised(word)) for word in words if not word.isdigit())
    return any(hit is not None and hit[1] is not None for hit in hits)


def scored(words: Iterable[str]) -> dict[str, str]:
    """Word → code, of the words that begin with a number and go on with its label.

    A label that holds a number of its own (`1（1-3次）`) says nothing for sure, nor does a number that has two labels
    in one language: such words are left as they are. One in Chinese and one in English are those of two versions.
    """
    found: dict[str, tuple[str, str]] = {}
    for word in words:
        hit = _SCORED.fullmatch(normalised(word))
        if hit:
            found[word] = (spelling(hit[1] or hit[4]), (hit[2] or hit[3] or "").strip())
    labels: dict[tuple[str, bool], set[str]] = {}
    for code, label in found.values():
        labels.setdefault((code, _is_chinese(label)), set()).update([label] if label else [])
    unsure = {code for (code, _), said in labels.items() if len(said) > 1}
    return {word: code for word, (code, _) in found.items() if code not in unsure}


def labels_of_numbers(words: Iterable[str]) -> dict[int, str]:
    """Number → label, of the words that are a number with one; several labels of a number one after the other."""
    found: dict[int, set[str]] = {}
    for word in words:
        hit = _SCORED.fullmatch(normalised(word))
        label = (hit[2] or hit[3] or "").strip() if hit else ""
        if hit and label:
            found.setdefault(int(hit[1]), set()).add(label)
    return {number: " / ".join(sorted(labels)) for number, labels in found.items()}
