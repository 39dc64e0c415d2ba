"""Channels of ncsi.yaml: what is safe to declare, and what a mistake says."""

import json

import pytest

from ncsi.errors import SpecError
from ncsi.spec import open_workspace

MAIL = {"id": "mail", "host": "mail.example.org", "sender": "ncsi@example.org", "to": ["field@example.org"]}
ROBOT = {"id": "group", "shape": "wecom", "url": "https://chat.example.org/send?key=k"}


def opened(root, **channels):
    content = {"spec": "ncsi/workspace/1", "notifications": channels}
    (root / "ncsi.yaml").write_text(json.dumps(content), encoding="utf-8")
    return open_workspace(root).settings.notifications


def test_a_workspace_tells_nobody_unless_it_says_whom(tmp_path):
    (tmp_path / "ncsi.yaml").write_text("spec: ncsi/workspace/1\n", encoding="utf-8")
    assert open_workspace(tmp_path).settings.notifications.channels == ()


def test_channels_of_each_kind_are_read(tmp_path):
    pager = {"id": "pager", "run": ["/bin/cat", "-"], "tells": ["failure"]}
    local = MAIL | {"id": "local", "host": "127.0.0.1", "security": "none", "port": 25}
    ding = {"id": "ding", "shape": "dingtalk", "url_variable": "DING_URL", "secret_variable": "DING_SECRET"}
    here = ROBOT | {"id": "here", "url": "http://localhost:8080/hook"}
    found = opened(
        tmp_path, language="en", commands=[pager], emails=[MAIL, local], webhooks=[ROBOT, ding, here]
    )
    assert [one.id for one in found.channels] == ["pager", "mail", "local", "group", "ding", "here"]
    assert found.commands[0].tells == ("failure",)
    assert found.emails[0].security == "starttls"
    assert len(found.emails[0].tells) == 5


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ({"webhooks": [ROBOT | {"url": "http://chat.example.org/send?key=k"}]}, "the address is not https"),
        ({"webhooks": [ROBOT | {"url": "https://user:pw@chat.example.org/"}]}, "the address is no address"),
        ({"webhooks": [ROBOT | {"url": "ftp://127.0.0.1/"}]}, "the address is not https"),
        ({"webhooks": [ROBOT | {"url_variable": "URL"}]}, "a webhook has one address"),
        ({"webhooks": [{"id": "a", "shape": "slack"}]}, "a webhook has one address"),
        ({"webhooks": [ROBOT | {"secret_variable": "S"}]}, "only dingtalk signs"),
        ({"webhooks": [ROBOT | {"shape": "teams"}]}, "It must be"),
        ({"emails": [MAIL | {"security": "none"}]}, "would send in the clear"),
        ({"emails": [MAIL | {"user_variable": "NCSI_USER"}]}, "a login needs a user and a password"),
        ({"emails": [MAIL | {"password": "secret"}]}, "unknown key 'password'"),
        ({"emails": [MAIL | {"password_variable": "not a name"}]}, "environment variable"),
        ({"emails": [MAIL | {"to": ["a@b.org\nBcc: c@d.org"]}]}, "is no e-mail address"),
        ({"emails": [MAIL | {"to": []}]}, "Give at least 1"),
        ({"commands": [{"id": "a", "run": "rm -rf"}]}, "should be a list"),
        ({"commands": [{"id": "mail", "run": ["true"]}], "emails": [MAIL]}, "declared twice"),
        ({"commands": [{"id": "a", "run": ["true"], "tells": ["all"]}]}, "It must be"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_key_and_the_cure_and_no_secret(tmp_path, channels, said):
    with pytest.raises(SpecError) as error:
        opened(tmp_path, **channels)
    assert said in str(error.value)
    assert "notifications" in str(error.value)
    assert "key=k" not in str(error.value)
    assert "pw" not in str(error.value)
