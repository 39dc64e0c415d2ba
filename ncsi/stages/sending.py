"""How a message leaves this machine: to a program, a mail server, a group chat's robot. Secrets come from the
environment, and nothing that is raised holds one, or an address with a key."""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from time import time
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from ncsi.spec.notifications import (
    CommandChannel,
    EmailChannel,
    WebhookChannel,
    is_loopback,
    webhook_problem,
)
from ncsi.waves.messages import Message, payload, signed_url

Destination = CommandChannel | EmailChannel | WebhookChannel

PATIENCE_S = 15.0
"""How long a receiver may take, in all."""
_LONGEST_ANSWER = 65_536


class NotSent(Exception):
    """Why a message was not taken, for whoever reads the caution."""


def send_all(jobs: Mapping[str, Callable[[], None]], patience_s: float = PATIENCE_S) -> dict[str, str | None]:
    """Do all jobs side by side; of each, why it failed, or None. No job is waited for longer than that, whatever its
    receiver does: a thread that is left ends with the process."""
    found: dict[str, str | None] = {}

    def told(name: str, job: Callable[[], None]) -> None:
        try:
            job()
        except NotSent as error:
            found.setdefault(name, str(error))
        except Exception as error:  # what it says may hold an address with its key
            found.setdefault(name, type(error).__name__)
        else:
            found.setdefault(name, None)

    threads = {name: Thread(target=told, args=(name, job), daemon=True) for name, job in jobs.items()}
    for one in threads.values():
        one.start()
    end = time() + patience_s
    for name, one in threads.items():
        one.join(max(0.0, end - time()))
        found.setdefault(name, f"no answer within {patience_s:g} s")
    return found


def send(channel: Destination, message: Message, root: Path) -> None:
    """Send one message; returns once it was taken. `root`: folder that commands run in.

    Raises NotSent, OSError, SMTPException or SubprocessError where it was not.
    """
    match channel:
        case CommandChannel():
            _to_command(channel, message, root)
        case EmailChannel():
            _to_mail(channel, message)
        case WebhookChannel():
            _to_webhook(channel, message)


def _to_command(channel: CommandChannel, message: Message, root: Path) -> None:
    done = subprocess.run(  # noqa: S603 - the workspace's own settings name it
        channel.run, input=f"{message.subject}\n{message.text}\n".encode(), cwd=root, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotSent(f"the command ended with {done.returncode}")


def _to_mail(channel: EmailChannel, message: Message) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.subject, channel.sender, ", ".join(channel.to)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{message.id}.{channel.id}@ncsi.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text + "\n")
    context = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(channel.host, channel.port, timeout=PATIENCE_S, context=context)
        if channel.security == "tls"
        else smtplib.SMTP(channel.host, channel.port, timeout=PATIENCE_S)
    )
    with server:
        if channel.security == "starttls":
            server.starttls(context=context)
        if channel.user_variable and channel.password_variable:
            server.login(_secret(channel.user_variable), _secret(channel.password_variable))
        refused = server.send_message(mail)
    if refused:
        raise NotSent(f"the mail server refuses {len(refused)} of {len(channel.to)} addresses")


def _to_webhook(channel: WebhookChannel, message: Message) -> None:
    url = channel.url or _secret(channel.url_variable or "")
    problem = webhook_problem(url)
    if problem is not None:
        raise NotSent(f"the address in {channel.url_variable} {problem}")
    if channel.secret_variable:
        url = signed_url(url, _secret(channel.secret_variable), round(time() * 1000))
    body = json.dumps(payload(channel.shape, message), ensure_ascii=False).encode()
    asked = Request(url, body, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 - checked above
    try:
        with _opener(url).open(asked, timeout=PATIENCE_S) as answer:
            told = answer.read(_LONGEST_ANSWER)
    except HTTPError as error:
        raise NotSent(f"the receiver answered {error.code}") from None
    except URLError as error:
        raise NotSent(type(error.reason).__name__) from None
    if channel.shape != "slack":
        _refuse_error_code(told)


def _refuse_error_code(answer: bytes) -> None:
    """企业微信 and 钉钉 answer 200 whatever they think; whether a message was taken stands in `errcode`."""
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotSent("the receiver's answer has no errcode") from None
    if code != 0:
        raise NotSent(f"the receiver answered errcode {str(code)[:20]}")


def _opener(url: str) -> OpenerDirector:
    """With the machine's proxy, except to this machine itself; follows no redirection: what is sent goes to the address
    that is declared, or nowhere."""
    opener = OpenerDirector()
    proxy = ProxyHandler({} if is_loopback(urlsplit(url).hostname or "") else None)
    handlers = (HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler())
    for one in (proxy, *handlers):
        opener.add_handler(one)
    return opener


def _secret(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise NotSent(f"the environment variable {variable} is not set")
    return value
