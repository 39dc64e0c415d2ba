"""Telling what is due, to receivers of this machine: a group's robot, a mail server, a command."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import ReadError
from ncsi.ledger import Ledger
from ncsi.simulate.agencies import WAVE, write_field_workspace
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages import notify, sending
from ncsi.stages.notify import due_notices, failing_told, look

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_field_workspace(tmp_path_factory.mktemp("field"), brands=2, quota=60)


@pytest.fixture
def told(written, tmp_path):
    """A workspace in the field without a file yet, and what sets its channels."""
    root = tmp_path / "ws"
    shutil.copytree(written.root, root)

    def with_channels(**channels):
        content = {"spec": "ncsi/workspace/1", "notifications": {"language": "en", **channels}}
        (root / "ncsi.yaml").write_text(json.dumps(content), encoding="utf-8")
        return open_workspace(root)

    return with_channels


class Robot:
    """A receiver of webhooks that answers what it is told to."""

    def __init__(self) -> None:
        self.status, self.answer, self.slow = 200, {"errcode": 0}, threading.Event()
        self.slow.set()
        self.raw = b""
        self.got: list[tuple[str, dict]] = []
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                robot.slow.wait(600)
                robot.got.append((self.path, body))
                self.send_response(robot.status)
                if robot.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(robot.raw or json.dumps(robot.answer).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send?key=k"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.slow.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def robot():
    one = Robot()
    yield one
    one.close()


def test_each_event_is_told_once_whatever_the_receiver_does_in_between(told, robot):
    workspace = told(webhooks=[{"id": "group", "shape": "wecom", "url": robot.url}])
    robot.status = 500
    first = look(workspace, NOW)
    assert first.taken == ()
    assert first.cautions == (
        f"Notifications: group was not told {len(first.due)} of {len(first.due)}: the receiver answered 500. "
        "It is tried again at the next look.",
    )
    robot.status, robot.answer = 200, {"errcode": 45009}
    assert "errcode 45009" in look(workspace, NOW).cautions[0]
    robot.status = 302
    assert "answered 302" in look(workspace, NOW).cautions[0]
    robot.status, robot.answer, before = 200, {"errcode": 0}, len(robot.got)
    third = look(workspace, NOW)
    assert third.cautions == ()
    assert dict(third.taken)["group"] == tuple(one.key for one in third.due)
    assert len(robot.got) == before + 1
    assert look(workspace, NOW).taken == ()
    assert look(workspace, NOW + timedelta(hours=3)).cautions == ()
    assert len(robot.got) == before + 1
    assert look(workspace, NOW - timedelta(hours=3)).taken == ()  # a clock that was set back
    assert {one.kind for one in third.due} == {"shortfall", "delivery"}
    content = robot.got[-1][1]["text"]["content"]
    assert content.startswith(f"NCSI: {WAVE} ({len(third.due)})\n")
    assert "Agency A was owed by 2026-11-04" in content
    assert str(workspace.root) not in content


def clock_of_who_waits():
    """A clock that begins at 0, and for whom patience is over once a single receiver has not answered."""
    asked = []

    def clock():
        asked.append(None)
        while len(asked) > 1 and sum(one.name.endswith("(told)") for one in threading.enumerate()) > 1:
            time.sleep(0.01)
        return 0.0 if len(asked) == 1 else 600.0

    return clock


def test_what_a_channel_raises_is_told_by_its_kind_alone():
    def fails():
        raise LookupError("https://chat.example.org/?key=SECRET")

    assert sending.send_all({"one": fails}) == {"one": "LookupError"}


def test_a_receiver_that_is_slow_or_away_holds_nobody_and_the_others_are_told(told, robot, monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE_S", 600.0)
    monkeypatch.setattr(sending.send_all, "__defaults__", (600.0,))
    monkeypatch.setattr(sending, "time", clock_of_who_waits())
    quick = Robot()
    hooks = [("slow", robot.url), ("away", "http://127.0.0.1:9/"), ("quick", quick.url)]
    workspace = told(webhooks=[{"id": name, "shape": "slack", "url": url} for name, url in hooks])
    robot.slow.clear()
    found = look(workspace, NOW)
    assert robot.got == []  # it has not answered yet
    assert [name for name, _ in found.taken] == ["quick"]
    assert [line.split()[1] for line in found.cautions] == ["slow", "away"]
    assert "ConnectionRefusedError" in found.cautions[1]
    quick.close()


def test_a_dingtalk_robot_gets_a_signature_and_what_lacks_its_secret_is_said(told, robot, monkeypatch):
    hook = {"id": "ding", "shape": "dingtalk", "url_variable": "DING_URL", "secret_variable": "DING_SECRET"}
    workspace = told(webhooks=[hook | {"tells": ["shortfall"]}])
    monkeypatch.setenv("DING_URL", robot.url)
    assert "the environment variable DING_SECRET is not set" in look(workspace, NOW).cautions[0]
    monkeypatch.setenv("DING_SECRET", "SECtest")
    (taken,) = look(workspace, NOW).taken
    assert all(" pace-" in key for key in taken[1])
    asked = parse_qs(urlsplit(robot.got[0][0]).query)
    assert set(asked) == {"key", "timestamp", "sign"}
    assert "SECtest" not in json.dumps(robot.got)
    monkeypatch.setenv("DING_URL", "http://chat.example.org/?key=k")
    other = open_workspace(workspace.root)
    (workspace.root / "runs" / "notifications.jsonl").unlink()
    (caution,) = look(other, NOW).cautions
    assert "the address in DING_URL is not https" in caution
    assert "key=k" not in caution


def test_a_message_that_was_under_way_when_its_process_was_killed_is_not_sent_again(told, robot):
    workspace = told(webhooks=[{"id": "group", "shape": "slack", "url": robot.url}])
    due, _ = due_notices(workspace, NOW)
    record = Ledger(workspace.root / "runs" / "notifications.jsonl")
    record.record("START", "notify", "", channel="group", keys=[due[0].key])
    ((_, keys),) = look(workspace, NOW).taken
    assert keys == tuple(one.key for one in due[1:])


def test_where_nobody_knows_what_was_told_nothing_is(told, robot):
    workspace = told(webhooks=[{"id": "group", "shape": "slack", "url": robot.url}])
    look(workspace, NOW)
    path = workspace.root / "runs" / "notifications.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("group", "groups", 1), encoding="utf-8")
    (caution,) = look(workspace, NOW).cautions
    assert "notifications.jsonl: line 1" in caution
    assert len(robot.got) == 1


def test_failures_are_told_until_they_are_made_good_and_unreadable_waves_once_a_day(told):
    workspace = told()
    ledger = Ledger.of(workspace)
    with (
        pytest.raises(ReadError),
        failing_told(workspace, WAVE, print),  # known by the step's own line
        ledger.run("collect", wave=WAVE, file="zhang_san.csv"),
    ):
        raise ReadError("zhang_san.csv", "is empty", "Export it again")
    (waves,) = (workspace.root / "waves").glob("*.yaml")
    now = datetime.now(UTC)

    def said(kind="failure"):
        return [one.says.en for one in due_notices(workspace, now)[0] if one.kind == kind]

    (once,) = said()
    assert "taking in files failed on" in once
    assert "(ReadError)" in once
    assert "zhang" not in once
    with ledger.run("collect", wave=WAVE, file="zhang_san.csv"):
        pass
    assert said() == []
    with pytest.raises(ReadError), failing_told(workspace, WAVE, print):  # before any step
        raise ReadError("a.csv", "is empty", "Export it again")
    assert "the scheduled run failed" in said()[0]
    waves.write_text("spec: ncsi/wave/1\nid: ", encoding="utf-8")
    assert said()[-1].startswith(f"{WAVE}: the wave file or what it refers to cannot be read")


def test_a_job_tells_when_the_outermost_is_over_and_a_receiver_that_fails_stops_nothing(told, tmp_path):
    code = f"import sys; open({str(tmp_path / 'got.txt')!r}, 'a').write(sys.stdin.read())"
    workspace = told(
        commands=[
            {"id": "pager", "run": [sys.executable, "-c", code], "tells": ["failure"]},
            {"id": "broken", "run": [sys.executable, "-c", "raise SystemExit(3)"], "tells": ["failure"]},
            {"id": "missing", "run": ["/no/such/program"], "tells": ["failure"]},
        ]
    )
    plan, cautions = load_plan(workspace, WAVE), []
    steps = InOrder(caution=cautions.append)

    def fails():
        with Ledger.of(workspace).run("estimate", wave=WAVE, sector="banks"):
            raise ReadError("a.csv", "is empty", "Export it again")

    def stopped():
        raise KeyboardInterrupt

    assert steps.job("wave", plan, lambda: steps.job("collect", plan, lambda: 7)) == 7
    assert cautions == []
    with pytest.raises(ReadError):
        steps.job("wave", plan, lambda: steps.job("estimate", plan, fails))
    assert [line.split(" was not told")[0] for line in cautions] == [
        "Notifications: broken", "Notifications: missing",
    ]  # fmt: skip
    assert "the command ended with 3" in cautions[0]
    assert "FileNotFoundError" in cautions[1]
    with pytest.raises(KeyboardInterrupt):
        steps.job("wave", plan, stopped)
    assert len(cautions) == 2
    got = (tmp_path / "got.txt").read_text(encoding="utf-8").splitlines()
    assert got[0] == f"NCSI: {WAVE} (1)"
    assert len(got) == 2
    assert "estimation failed on" in got[1]
    assert "(ReadError), of Banks." in got[1]


def certificate(folder):
    """A key and a certificate of 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "certificate.pem", folder / "key.pem"


class Mailbox:
    def __init__(self) -> None:
        self.got: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, _server, _session, envelope):
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def test_mail_goes_by_starttls_after_a_login_from_the_environment_and_not_otherwise(
    told, tmp_path, monkeypatch, capsys
):
    public, private = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)

    def knows(server, session, envelope, mechanism, data):
        known = data.login == b"ncsi" and data.password == b"pw-of-mail"
        return AuthResult(success=known, handled=False)

    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True, authenticator=knows,
        auth_required=True, ready_timeout=600,
    )  # fmt: skip
    server.start()
    try:
        mail = {
            "id": "mail", "host": "127.0.0.1", "port": port, "sender": "ncsi@example.org", "to": ["field@example.org"],
            "user_variable": "MAIL_USER", "password_variable": "MAIL_PASSWORD",
        }  # fmt: skip
        workspace = told(language="zh", emails=[mail])
        monkeypatch.setenv("MAIL_USER", "ncsi")
        monkeypatch.setenv("MAIL_PASSWORD", "wrong")
        assert "SSLCertVerificationError" in look(workspace, NOW).cautions[0]
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        assert "SMTPAuthenticationError" in look(workspace, NOW).cautions[0]
        monkeypatch.setenv("MAIL_PASSWORD", "pw-of-mail")
        assert look(workspace, NOW).cautions == ()
        with pytest.raises(SystemExit) as ended:
            main(["wave", "notify", "--test", "--workspace", str(workspace.root)])
        assert ended.value.code == 0
        assert capsys.readouterr().out == "mail: taken.\n"
    finally:
        server.stop()
    (told_of, trial) = (message_from_bytes(one, policy=policy.default) for _, _, one in box.got)
    assert box.got[0][:2] == ("ncsi@example.org", ["field@example.org"])
    assert told_of["Subject"].startswith(f"NCSI：{WAVE}")
    assert "甲调查公司应于" in told_of.get_content()
    assert "测试" in trial["Subject"]
    assert told_of["Message-ID"] != trial["Message-ID"]


def test_the_command_says_what_is_due_what_was_told_and_what_lacks(told, robot, capsys):
    workspace = told(webhooks=[{"id": "group", "shape": "slack", "url": robot.url}])
    ahead = ["wave", "notify", "--workspace", str(workspace.root)]

    def ended(*more):
        with pytest.raises(SystemExit) as end:
            main([*ahead, *more])
        out = capsys.readouterr()
        return end.value.code, out.out, out.err

    code, out, _ = ended("--dry-run", "--json")
    due = json.loads(out)["due"]
    assert code == 0
    assert robot.got == []
    assert not (workspace.root / "runs" / "notifications.jsonl").exists()
    robot.status = 500
    code, _, err = ended()
    assert (code, "answered 500" in err) == (1, True)
    robot.status = 200
    code, out, err = ended("--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["told"] == {"group": [one["key"] for one in due]}
    assert ended()[1] == "Nothing new to tell.\n"
    told()
    code, _, err = ended()
    assert code == 2
    assert "declares no channel" in err


def test_two_processes_do_not_tell_at_once(told, robot, monkeypatch):
    workspace = told(webhooks=[{"id": "group", "shape": "slack", "url": robot.url}])
    monkeypatch.setattr(notify, "_WAIT_S", 0.1)
    with notify._alone(workspace):
        (caution,) = look(workspace, NOW).cautions
    assert "another process sends notifications" in caution
    assert robot.got == []


@pytest.mark.parametrize(
    "fact",
    [{"time": 5}, {"time": "2026-11-01T00:00:00"}, {"time": NOW.isoformat(), "sector": [1]}, None],
)
def test_a_ledger_that_somebody_wrote_into_is_a_caution_naming_the_line(told, robot, fact):
    workspace = told(webhooks=[{"id": "group", "shape": "slack", "url": robot.url}])
    event = {"event": "FAIL", "job": "collect", "run": "", "pid": 1, "hash": ""}
    path = workspace.root / "runs" / "ledger.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("[" * 100_000 if fact is None else json.dumps(event | fact))
    (caution,) = look(workspace, NOW).cautions
    assert "ledger.jsonl: line 1" in caution


def test_a_record_of_something_else_is_a_caution_and_nothing_is_sent(told, robot):
    workspace = told(webhooks=[{"id": "group", "shape": "slack", "url": robot.url}])
    Ledger(workspace.root / "runs" / "notifications.jsonl").record("START", "notify", "", channel="group")
    (caution,) = look(workspace, NOW).cautions
    assert "notifications.jsonl: line 1: it is of no notification" in caution
    assert robot.got == []


def test_an_answer_that_nests_without_end_is_no_answer(told, robot):
    workspace = told(webhooks=[{"id": "group", "shape": "wecom", "url": robot.url}])
    robot.raw = b"[" * 65_000
    (caution,) = look(workspace, NOW).cautions
    assert "the receiver's answer has no errcode" in caution
