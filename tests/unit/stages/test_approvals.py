"""A release that a second person must approve: it stays a draft until two have signed its figures."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest
import yaml

from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import InputError, PublicationError, SpecError
from ncsi.ledger import Ledger
from ncsi.report.verify import verify_release
from ncsi.signing import SigningKey, fingerprint, read_key
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.approvals import approvals, approve, draft_folder, wanted
from ncsi.stages.notify import due_notices

WAVE = "2026"
KEYS = {"zhang": SigningKey(b"z" * 32), "li": SigningKey(b"l" * 32), "wang": SigningKey(b"w" * 32)}


def settings(root, approvers, needed=2):
    content = {"spec": "ncsi/workspace/1", "approvals": needed, "approvers": approvers}
    (root / "ncsi.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return open_workspace(root)


@pytest.fixture(scope="module")
def drafted(published_example, tmp_path_factory):
    """A workspace of two approvers with a draft, and what publishing came to."""
    root = tmp_path_factory.mktemp("approved") / "ws"
    shutil.copytree(published_example, root, ignore=shutil.ignore_patterns("releases"))
    workspace = settings(root, {name: fingerprint(KEYS[name].public) for name in ("zhang", "li")})
    return workspace, InOrder().publish(load_plan(workspace, WAVE))


def test_without_enough_signatures_it_stays_a_draft_and_with_them_it_goes_out(drafted, tmp_path, capsys):
    workspace, made = drafted
    assert (made.lacking, made.folder) == (2, draft_folder(workspace, WAVE))
    assert verify_release(made.folder).problems == ()
    assert not (workspace.releases / WAVE).exists()
    assert not (workspace.releases / "index.html").exists()

    with pytest.raises(InputError, match=r"belongs to no approver.*approvers:` in ncsi.yaml"):
        approve(workspace, WAVE, KEYS["wang"])
    coming = shutil.copytree(made.folder, made.folder.with_name(".tmp-1-a"))  # a draft that is being made
    (asked,), cautions = due_notices(workspace, datetime.now(UTC))
    shutil.rmtree(coming)
    assert cautions == ()
    assert (asked.kind, asked.key) == ("approval", f"{WAVE} approval {wanted(workspace, WAVE).draft_sha256}")
    assert asked.says.en.endswith("lacks 2 of 2 approvals.")
    assert approve(workspace, WAVE, KEYS["zhang"]).lacking == 1
    assert approve(workspace, WAVE, KEYS["zhang"]).approvers == ("zhang",)
    key = tmp_path / "li.pem"
    key.touch(mode=0o600)
    key.write_text(KEYS["li"].pem(), encoding="ascii")
    main(["wave", "approve", "--wave", WAVE, "--key", str(key), "--workspace", str(workspace.root)])
    assert f"Approved by li, zhang: `ncsi publish --wave {WAVE}` lets it out." in capsys.readouterr().out

    other = shutil.copytree(made.folder, tmp_path / "other")
    assert due_notices(workspace, datetime.now(UTC)) == ((), ())
    out = InOrder().publish(load_plan(workspace, WAVE))
    assert (out.lacking, out.folder) == (0, workspace.releases / WAVE)
    assert not made.folder.exists()
    assert {path.relative_to(other): path.read_bytes() for path in other.rglob("*") if path.is_file()} == {
        path.relative_to(out.folder): path.read_bytes() for path in out.folder.rglob("*") if path.is_file()
    }
    told = [one for one in Ledger.of(workspace).events() if one["event"] == "COMPLETE"]
    assert [one["approver"] for one in told if one["job"] == "approve"] == ["zhang", "zhang", "li"]
    assert [one["approvals_lacking"] for one in told if one["job"] == "publish"][-2:] == [2, 0]

    shutil.copytree(other, draft_folder(workspace, WAVE))
    assert approvals(workspace, WAVE) == ("li", "zhang")
    manifest = draft_folder(workspace, WAVE) / "manifest.json"
    changed = json.loads(manifest.read_text(encoding="utf-8"))
    changed["files"]["data/out_index_national.csv"] = "0" * 64
    manifest.write_text(json.dumps(changed), encoding="utf-8")
    assert approvals(workspace, WAVE) == ()
    with pytest.raises(PublicationError, match=r"the draft fails verification: manifest.sig"):
        approve(workspace, WAVE, KEYS["li"])
    shutil.rmtree(draft_folder(workspace, WAVE))
    with pytest.raises(PublicationError, match=f"there is no draft. Run `ncsi publish --wave {WAVE}` first"):
        approve(workspace, WAVE, KEYS["li"])


def test_the_key_of_the_releases_approves_none(published_example, tmp_path):
    published = open_workspace(published_example)
    shutil.copytree(published.releases / WAVE, tmp_path / "releases" / ".draft" / WAVE)
    own = read_key(published.signing_key)
    workspace = settings(tmp_path, {"zhang": fingerprint(own.public)}, 1)
    with pytest.raises(InputError, match="this key signs the releases themselves"):
        approve(workspace, WAVE, own)
    (tmp_path / "approvals" / WAVE).mkdir(parents=True)
    for rubbish in ("", "{}", "[1]"):
        (tmp_path / "approvals" / WAVE / "zhang.json").write_text(rubbish, encoding="utf-8")
        assert approvals(workspace, WAVE) == ()


@pytest.mark.parametrize(
    ("approvers", "said"),
    [
        ({"zhang": "a" * 64}, "2 must approve, and approvers named are 1"),
        ({"zhang": "a" * 64, "li": "a" * 64}, "two approvers have the same key"),
        ({"zhang": "a" * 63, "li": "b" * 64}, "64 hexadecimal digits in lower case"),
    ],
)
def test_approvers_must_be_enough_and_each_have_a_key(tmp_path, approvers, said):
    with pytest.raises(SpecError, match=said):
        settings(tmp_path, approvers)
