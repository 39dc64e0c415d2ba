"""What makes an image, and what runs it: nothing secret goes in, no network is needed, each name is one there is."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
DOCKERFILE = ROOT / "Dockerfile"
WITH_SECRETS = ROOT / "deploy" / "with-secrets"
EXAMPLES = ROOT / "docs" / "examples"
USER = 10001
pytestmark = pytest.mark.skipif(os.name != "posix", reason="files of an image of Linux")


def instructions() -> list[tuple[str, str]]:
    """Of the Dockerfile: the word, and what follows it on this line and those that it goes on to."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(one.split(" ", 1)[0], one.split(" ", 1)[1]) for one in lines if one.strip()]


def copied() -> list[str]:
    """What the Dockerfile takes from the checkout."""
    words = [shlex.split(rest) for word, rest in instructions() if word == "COPY" and "--from=" not in rest]
    return [one for line in words for one in line[:-1] if not one.startswith("--")]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text(encoding="utf-8")))


def pods(manifests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from (
        one["spec"]["template"]["spec"] for one in manifests if one["kind"] in ("Deployment", "StatefulSet")
    )
    pool = json.loads((EXAMPLES / "kubernetes-pool.json").read_text(encoding="utf-8"))
    yield pool["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]


def test_the_image_is_nobodys_and_holds_what_is_copied_by_name() -> None:
    last: dict[str, str] = {}
    for word, rest in instructions():
        assert word != "ADD", "what an address gives is not what was tried"
        last[word] = rest
    assert last["USER"] == f"{USER}:{USER}"
    assert last["ENTRYPOINT"] == '["with-secrets"]'
    assert f'version="{VERSION}"' in last["LABEL"]
    assert [rest.split(" ")[0] for word, rest in instructions() if word == "FROM"] == ["${BASE}"] * 2
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*", "all is left out that is not named"
    assert sorted(one[1:] for one in lines if one.startswith("!")) == sorted(copied())
    assert all((ROOT / one).exists() for one in copied())


def test_every_image_has_a_tag_and_none_is_the_latest(
    compose: Mapping[str, Any], manifests: list[Any]
) -> None:
    base = next(rest for word, rest in instructions() if word == "ARG" and rest.startswith("BASE="))
    named = [base.removeprefix("BASE="), *(one["image"] for one in compose["services"].values())]
    named += [box["image"] for pod in pods(manifests) for box in pod["containers"]]
    for one in named:
        if one != "{{ image }}":
            assert re.fullmatch(rf"ncsi:{re.escape(VERSION)}|python:3\.\d+-slim|postgres:\d+", one), one
    text = "".join((EXAMPLES / name).read_text() for name in ("kubernetes-pool.json", "prefect.yaml"))
    assert set(re.findall(r"\bncsi:(\d[\d.]*)", text)) == {VERSION}


def test_services_are_shut_in(compose: Mapping[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert one["user"] in (f"{USER}:{USER}", "postgres"), name
        assert "healthcheck" in one or one["restart"] == "no", name
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ())), name
        assert "inside" in one["networks"], name
        wanted = {**one.get("depends_on", {})}
        assert wanted.keys() <= compose["services"].keys(), name
        for other, how in wanted.items():
            healthy = how["condition"] == "service_healthy"
            assert healthy == ("healthcheck" in compose["services"][other]), (name, other)
    assert compose["networks"]["inside"]["internal"]


def test_secrets_come_from_files_that_are_mounted(compose: Mapping[str, Any]) -> None:
    for name, one in compose["services"].items():
        given = {path for key, path in one["environment"].items() if key.endswith("_FILE")}
        assert given == {f"/run/secrets/{secret}" for secret in one.get("secrets", ())}, name
        assert set(one.get("secrets", ())) <= compose["secrets"].keys()
        assert not [key for key in one["environment"] if re.search(r"PASSWORD$|AUTH_STRING$|KEY$", key)]
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/secrets/" in ignored


def test_pods_are_as_a_restricted_namespace_wants_them(manifests: list[Any]) -> None:
    assert manifests[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for pod in pods(manifests):
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        volumes = {one["name"] for one in pod["volumes"]} | {"data"}
        for box in pod["containers"]:
            assert box["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert box["resources"]["limits"]["memory"]
            assert {one["name"] for one in box["volumeMounts"]} <= volumes
        asks_the_cluster = pod.get("serviceAccountName") == "worker"
        assert pod.get("automountServiceAccountToken", True) == asks_the_cluster
    held = {(one["kind"], one["metadata"]["name"]) for one in manifests}
    assert {
        ("ServiceAccount", "worker"),
        ("ServiceAccount", "job"),
        ("PersistentVolumeClaim", "workspace"),
    } <= held
    assert {one["metadata"].get("namespace", "ncsi") for one in manifests} == {"ncsi"}


def test_the_pools_of_prefect_mount_the_workspace_of_the_deployments() -> None:
    file = yaml.safe_load((EXAMPLES / "prefect.yaml").read_text(encoding="utf-8"))
    pools = file["definitions"]["pools"]
    assert pools.keys() == {"process", "docker", "kubernetes"}
    assert {one["parameters"]["workspace"] for one in file["deployments"]} == {"/srv/ncsi"}
    assert [one["name"] for one in file["deployments"] if "concurrency_limit" in one] == ["attend"]
    assert file["deployments"][0]["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert pools["docker"]["job_variables"]["volumes"][0] == "ncsi_workspace:/srv/ncsi"
    for kind, pool in pools.items():
        variables = pool["job_variables"]
        assert variables["env"]["PREFECT_LOGGING_LEVEL"] == "CRITICAL", kind
        if kind != "process":
            assert variables["env"]["NCSI_PSEUDONYM_KEY_FILE"] == "/run/secrets/ncsi/pseudonym_key"
    template = json.loads((EXAMPLES / "kubernetes-pool.json").read_text(encoding="utf-8"))
    named = set(re.findall(r"\{\{ (\w+) \}\}", json.dumps(template["job_configuration"])))
    assert named == template["variables"]["properties"].keys()
    assert pools["kubernetes"]["job_variables"].keys() <= named


def settings_named(compose: Mapping[str, Any], manifests: list[Any]) -> set[str]:
    of_services = (key for one in compose["services"].values() for key in one["environment"])
    of_pods = (one["name"] for pod in pods(manifests) for box in pod["containers"] if isinstance(box["env"], list)
               for one in box["env"])  # fmt: skip
    file = yaml.safe_load((EXAMPLES / "prefect.yaml").read_text(encoding="utf-8"))
    of_pools = (key for pool in file["definitions"]["pools"].values() for key in pool["job_variables"]["env"])
    of_image = (
        one.split("=")[0] for word, rest in instructions() if word == "ENV" for one in shlex.split(rest)
    )
    return {
        key.removesuffix("_FILE") for group in (of_services, of_pods, of_pools, of_image) for key in group
    }


@pytest.mark.slow
def test_every_setting_of_prefect_is_one_that_it_has(
    compose: Mapping[str, Any], manifests: list[Any]
) -> None:
    """A name that is spelt otherwise would be passed over without a word."""
    names = sorted(one for one in settings_named(compose, manifests) if one.startswith("PREFECT_"))
    assert "PREFECT_SERVER_DATABASE_PASSWORD" in names
    known = set(
        subprocess.check_output(
            [sys.executable, "-c", "from prefect.settings import get_current_settings as s; "
             "from prefect.settings.legacy import _get_settings_fields as f; from prefect.settings import Settings; "
             "print(*f(Settings))"], text=True,
        ).split()
    )  # fmt: skip
    assert [one for one in names if one not in known and "_INTEGRATIONS_" not in one] == []


def with_secrets(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        ["/bin/sh", str(WITH_SECRETS), *command], env=env, capture_output=True, text=True, check=False
    )


def test_secrets_become_variables_of_the_command_that_takes_its_place(tmp_path: Path) -> None:
    assert WITH_SECRETS.stat().st_mode & stat.S_IXUSR
    key, login = tmp_path / "a key", tmp_path / "login"
    key.write_text("line 1\n$(touch made) `id` 'quoted'\n")
    login.write_text("ncsi:word")
    show = "import json, os; print(json.dumps([os.getpid(), dict(os.environ)]))"
    done = with_secrets(
        sys.executable, "-c", show, NCSI_SIGNING_KEY_FILE=str(key), PREFECT_API_AUTH_STRING_FILE=str(login),
        DASK_DISTRIBUTED__COMM__TLS__CA_FILE="ca.pem",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    _, env = json.loads(done.stdout)
    assert env["NCSI_SIGNING_KEY"] == "line 1\n$(touch made) `id` 'quoted'"
    assert env["PREFECT_API_AUTH_STRING"] == "ncsi:word"
    assert env["DASK_DISTRIBUTED__COMM__TLS__CA_FILE"] == "ca.pem", "a setting of its own"
    assert not [name for name in env if name.startswith(("NCSI_", "PREFECT_")) and name.endswith("_FILE")]
    assert not Path("made").exists()


@pytest.mark.parametrize("made", [False, True])
def test_a_secret_that_is_missing_or_empty_is_named_and_nothing_begins(tmp_path: Path, made: bool) -> None:
    path = tmp_path / "key"
    if made:
        path.touch()
    done = with_secrets("touch", str(tmp_path / "begun"), NCSI_PSEUDONYM_KEY_FILE=str(path))
    assert done.returncode == 2
    assert f"NCSI_PSEUDONYM_KEY_FILE: {path} cannot be read, or is empty." in done.stderr
    assert not (tmp_path / "begun").exists()


@pytest.mark.slow
def test_what_the_dockerfile_copies_is_enough_to_work_without_network_or_user() -> None:
    """Its own step makes the wheel, of nothing but what it copies; the command then works as the image's user, where
    the system lets us be another, and with no network at all, where it lets us have none."""
    (step,) = (rest for word, rest in instructions() if word == "RUN" and "pip wheel" in rest)
    with tempfile.TemporaryDirectory(prefix="ncsi-image-") as name:
        place = Path(name)
        place.chmod(0o755)
        for one in copied():
            source, target = ROOT / one, place / "src" / one
            target.parent.mkdir(parents=True, exist_ok=True)
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, ignore=ignore) if source.is_dir() else shutil.copy(source, target)
        command = step.replace("/build/bin/pip", f"{shlex.quote(sys.executable)} -m pip -q").replace(
            "/wheels", f"{place}/wheels"
        )
        subprocess.run(command, shell=True, check=True, cwd=place / "src")  # noqa: S602
        (wheel,) = (place / "wheels").iterdir()
        pip = [sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--no-compile", "--target"]
        subprocess.run([*pip, str(place / "site"), str(wheel)], check=True)
        (place / "srv").mkdir(mode=0o777)
        (place / "srv").chmod(0o777)
        shut_in = _shut_in()
        env = {
            **os.environ,
            "PYTHONPATH": str(place / "site"),
            "HOME": "/nowhere",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for words in (
            ["--version"],
            ["init", "ws"],
            ["ingest", "--workspace", "ws", "--engine", "local", "--wave", "2026"],
        ):
            done = subprocess.run(
                [*shut_in, sys.executable, "-m", "ncsi", *words],
                cwd=place / "srv", env=env, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, (words, done.stderr)
        if shut_in:
            assert (place / "srv" / "ws" / "warehouse" / "ncsi.duckdb").stat().st_uid == USER


def _shut_in() -> list[str]:
    """What goes before a command so that it has neither a user nor a network; nothing where the system forbids it."""
    begin = ["unshare", "--net", "setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups"]
    reads = [*begin, sys.executable, "-c", "import duckdb, pydantic"]
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return []
    return begin if subprocess.run(reads, capture_output=True, check=False).returncode == 0 else []
