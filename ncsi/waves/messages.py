"""Notices as messages: split to what a chat takes, shaped for 企业微信, 钉钉 and Slack, signed where 钉钉 asks for it.

Shapes and limits: the vendors' documents of their group robots; 企业微信 takes 2,048 bytes of text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from ncsi.report.text import phrase
from ncsi.spec import Language
from ncsi.spec.notifications import WebhookShape
from ncsi.waves.notices import Notice

MOST_BYTES = 1_800
"""Of a message, with room for its heading."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once: its subject, its text, a line a notice, and the keys of what it tells."""

    subject: str
    text: str
    keys: tuple[str, ...]

    @property
    def id(self) -> str:
        """The same for the same notices, 32 hexadecimal digits."""
        return hashlib.sha256("\n".join((self.text, *self.keys)).encode()).hexdigest()[:32]


def messages(notices: Sequence[Notice], language: Language) -> Iterator[Message]:
    """The notices in their order, as few messages as hold them."""
    lines: list[Notice] = []
    size = 0
    for one in notices:
        own = len(one.says.of(language).encode()) + 1
        if lines and size + own > MOST_BYTES:
            yield _message(lines, language)
            lines, size = [], 0
        lines.append(one)
        size += own
    if lines:
        yield _message(lines, language)


def trial(channel: str, language: Language) -> Message:
    """What `--test` sends."""
    return Message(
        phrase("notice_test_subject").of(language), phrase("notice_test", channel=channel).of(language), ()
    )


def payload(shape: WebhookShape, message: Message) -> dict[str, Any]:
    """The JSON that a group's robot takes."""
    whole = f"{message.subject}\n{message.text}"
    if shape == "slack":
        for sign, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            whole = whole.replace(sign, escaped)
        return {"text": whole}
    return {"msgtype": "text", "text": {"content": whole}}


def signed_url(url: str, secret: str, milliseconds: int) -> str:
    """The address of a DingTalk robot with the time and HMAC-SHA256 of time and secret, as its document says."""
    told = f"{milliseconds}\n{secret}".encode()
    sign = quote_plus(base64.b64encode(hmac.new(secret.encode(), told, hashlib.sha256).digest()))
    return f"{url}{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={sign}"


def _message(notices: Sequence[Notice], language: Language) -> Message:
    waves = ", ".join(dict.fromkeys(one.wave for one in notices))
    subject = phrase("notice_subject", waves=waves, n=len(notices)).of(language)
    text = "\n".join(one.says.of(language) for one in notices)
    return Message(subject, text, tuple(one.key for one in notices))
