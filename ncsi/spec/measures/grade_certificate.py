"""The certificate of a grade: the line of the signed list that says who was awarded what, by which rules and evidence.

Its SHA-256 stands in the release. Whoever holds the certificate can compute it again and look it up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from ncsi.errors import InputError
from ncsi.spec.building_blocks import FINGERPRINT, Spec
from ncsi.spec.problems import validate

Told = Annotated[str, Field(max_length=200)]


class GradeCertificate(Spec):
    """Who was awarded what: `unit` and `product` (empty text where units are graded as a whole), `grade` by id and as
    it is called in both languages; by the `rule` (measure and version) for the `period`; on `evidence`, the SHA-256
    of the figures that were graded."""

    spec: Literal["ncsi/grade_certificate/1"] = "ncsi/grade_certificate/1"
    measure: Told
    rule: Told
    period: Told
    unit: Told
    product: Told
    grade: Told
    grade_zh: Told
    grade_en: Told
    evidence: Annotated[str, Field(pattern=FINGERPRINT)]

    @property
    def line(self) -> str:
        """As JSON on one line, keys in order: what is hashed."""
        return json.dumps(self.model_dump(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """SHA-256 of the line, 64 hexadecimal digits: the number of the certificate."""
        return hashlib.sha256(self.line.encode()).hexdigest()

    @classmethod
    def read(cls, content: bytes, name: str) -> Self:
        """A certificate from a file. Raises InputError, and SpecError for keys and values that no certificate has."""
        try:
            told = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _no_certificate(name, "it is not JSON") from error
        if not isinstance(told, dict):
            raise _no_certificate(name, "it is no JSON object")
        return validate(_Told(told, name), cls)


class _Told:
    """A JSON object that knows its file."""

    def __init__(self, data: dict[Any, Any], name: str) -> None:
        self.data, self._name = data, name

    def where(self, *keys: str | int) -> str:
        return f"{self._name}: {'.'.join(map(str, keys))}" if keys else self._name


def _no_certificate(name: str, problem: str) -> InputError:
    return InputError(name, problem, "Name the JSON file of a certificate, or its SHA-256")


def evidence_sha256(evidence: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of the figures of an entry, one mapping a quantity, in the order of their ids: quantity, value, se, df,
    n, found, tested, in published digits; None where there is none."""
    rows = sorted(map(dict, evidence), key=lambda one: str(one["quantity"]))
    told = json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
