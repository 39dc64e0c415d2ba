"""Whom a workspace tells what goes wrong or is ready: a command, an e-mail, a webhook of a group chat.

Secrets never stand in the file: it names the environment variables that hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ncsi.spec.building_blocks import Identifier, Language, Spec, Whole
from ncsi.spec.problems import Where, check_unique

NoticeKind = Literal["shortfall", "delivery", "failure", "ready", "approval"]
"""A quota is behind or was missed; a file is owed; a run failed; a wave is closed or estimated; a draft waits for
approvals."""
KINDS: tuple[NoticeKind, ...] = ("shortfall", "delivery", "failure", "ready", "approval")

WebhookShape = Literal["wecom", "dingtalk", "slack"]

Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,79}$")]
"""The name of an environment variable."""

Security = Literal["starttls", "tls", "none"]


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, which no network carries messages to."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def webhook_problem(url: str) -> str | None:
    """What is wrong with the address of a webhook; None where nothing is. Does not say it: it may hold a key."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if (
        not host
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or parts.username
        or parts.fragment
    ):
        return "is no address"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return None
    return "is not https"


def _a_webhook(url: str) -> str:
    problem = webhook_problem(url)
    if problem is not None:
        raise PydanticCustomError(
            "webhook",
            "the address {problem}",
            {"problem": problem, "cure": "Write https://… as the service shows it"},
        )
    return url


def _an_address(text: str) -> str:
    if (
        len(text) > 254
        or not re.fullmatch(r"[^\s@,;:<>()\"\\]+@[^\s@,;:<>()\"\\]+", text)
        or not text.isascii()
    ):
        raise PydanticCustomError(
            "address", "is no e-mail address", {"cure": "Write the address alone, as in field@example.org"}
        )
    return text


Address = Annotated[str, AfterValidator(_an_address)]


class Channel(Spec):
    """One way to tell: `id` is what it is called where it fails; `tells`: which notices it gets, by default all."""

    id: Identifier
    tells: Annotated[tuple[NoticeKind, ...], Field(min_length=1)] = KINDS


class CommandChannel(Channel):
    """A program and its arguments, no shell; the message comes on its standard input, and 0 says that it was told."""

    run: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class EmailChannel(Channel):
    """A mail server. `user_variable` and `password_variable` name environment variables; without them nobody logs in.

    `security: none` is for this machine's own server only.
    """

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$")]
    port: Annotated[Whole, Field(ge=1, le=65_535)] = 587
    security: Security = "starttls"
    sender: Address
    to: Annotated[tuple[Address, ...], Field(min_length=1)]
    user_variable: Variable | None = None
    password_variable: Variable | None = None

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.security == "none" and not is_loopback(self.host):
            raise PydanticCustomError(
                "security", "`security: none` would send in the clear", {"cure": "Use starttls or tls"}
            )
        if (self.user_variable is None) != (self.password_variable is None):
            raise PydanticCustomError(
                "login",
                "a login needs a user and a password",
                {"cure": "Give both `user_variable` and `password_variable`, or neither"},
            )
        return self


class WebhookChannel(Channel):
    """A group chat's robot: 企业微信 (`wecom`), 钉钉 (`dingtalk`) or Slack.

    Its address holds a key: `url_variable` names an environment variable that has it, `secret_variable` one with the
    secret that DingTalk's robot wants signed.
    """

    shape: WebhookShape
    url: Annotated[str, AfterValidator(_a_webhook)] | None = None
    url_variable: Variable | None = None
    secret_variable: Variable | None = None

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        if (self.url is None) == (self.url_variable is None):
            raise PydanticCustomError(
                "one_address", "a webhook has one address", {"cure": "Give either `url` or `url_variable`"}
            )
        if self.secret_variable is not None and self.shape != "dingtalk":
            raise PydanticCustomError(
                "no_secret", "only dingtalk signs with a secret", {"cure": "Remove `secret_variable`"}
            )
        return self


class Notifications(Spec):
    """`notifications:` of ncsi.yaml: channels, and the language of what they are told."""

    language: Language = "zh"
    commands: tuple[CommandChannel, ...] = ()
    emails: tuple[EmailChannel, ...] = ()
    webhooks: tuple[WebhookChannel, ...] = ()

    @property
    def channels(self) -> tuple[CommandChannel | EmailChannel | WebhookChannel, ...]:
        """All of them, commands first."""
        return (*self.commands, *self.emails, *self.webhooks)


def check_channels(found: Notifications, where: Where) -> None:
    """Raise SpecError where two channels have one id: what was told is kept by it."""
    check_unique("channel", _places(found), where)


def _places(found: Notifications) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for kind in ("commands", "emails", "webhooks"):
        for k, one in enumerate(getattr(found, kind)):
            yield one.id, ("notifications", kind, k, "id")
