"""What stands in deploy/ and .devcontainer/ can be run: right commands, no root, no secrets."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import typer
import yaml

from outclass.base.settings import Settings
from outclass.cli.main import build_app
from outclass.schedule import Form, write_schedule

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
ROLES = ("api", "site", "data", "trainer", "collector", "stream", "bot", "database")
OURS = tuple(role for role in ROLES if role != "database")
MANIFESTS = sorted(
    path
    for path in [*DEPLOY.glob("kubernetes/*.yaml"), DEPLOY / "stream/kubernetes.yaml"]
    if path.name != "kustomization.yaml"
)
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
STREAM = yaml.safe_load((DEPLOY / "stream/compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"] | {f"{name} of streams": one for name, one in STREAM["services"].items()}
VERSION = "1.33"
"""The oldest Kubernetes against which manifests are checked."""


def dockerfile(role):
    """Return the text of a role's Dockerfile."""
    return (DEPLOY / role / "Dockerfile").read_text(encoding="utf-8")


def documents(path):
    """Return the resources of a manifest."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def pods(document):
    """Yield the pod specifications of a resource."""
    spec = document["spec"]
    for key in ("jobTemplate", "template"):
        if key in spec:
            if key == "template":
                yield spec["template"]["spec"]
            else:
                yield from pods(spec["jobTemplate"])


ALL_PODS = [(path.stem, pod) for path in MANIFESTS for one in documents(path) for pod in pods(one)]


def check_words(words):
    """Let the command line read words, without running them."""
    command, rest = typer.main.get_command(build_app(frozenset(words[:1]))), list(words)
    while rest and hasattr(command, "commands"):
        assert rest[0] in command.commands, f"no command {rest[0]} in {words}"
        command = command.commands[rest.pop(0)]
    options = {name for option in command.params for name in option.opts}
    assert {word for word in rest if word.startswith("--")} <= options, words


@pytest.mark.parametrize("role", ROLES)
def test_an_image_does_not_run_as_root_and_holds_no_secret(role):
    text = dockerfile(role)

    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE)[-1] in {"1000", "outclass", "postgres"}
    assert not re.search(r"(PASSWORD|TOKEN|SECRET|KEY)\S*[= ]\S", text)
    assert f"deploy/{role}/Dockerfile" in text
    assert (DEPLOY / role / "Dockerfile.dockerignore").is_file()


@pytest.mark.parametrize("role", OURS)
def test_an_image_installs_what_its_role_needs_and_runs_a_command(role):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = re.search(r"'(?:/source|\.)\[([a-z0-9,]+)\]'", dockerfile(role))[1].split(",")
    entry = yaml.safe_load(re.search(r"^ENTRYPOINT (.+)$", dockerfile(role), re.MULTILINE)[1])

    assert set(installed) <= set(project["optional-dependencies"])
    assert entry[0] == "outclass"
    if entry[1:]:
        check_words(entry[1:])


@pytest.mark.parametrize("name", list(SERVICES))
def test_a_service_is_locked_down(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not re.search(r"(PASSWORD|TOKEN): (?!null)", yaml.safe_dump(service.get("environment", {})))
    assert {Path(one).name for one in service.get("secrets", [])} <= set(COMPOSE["secrets"])
    if "build" in service:
        assert (ROOT / service["build"]["dockerfile"]).is_file()
    if name in {"database", "site", "api", "proxy", "stream of streams"}:
        assert "healthcheck" in service or "HEALTHCHECK" in dockerfile(name)


def test_only_this_machine_reaches_what_compose_starts():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_role_is_in_compose_or_beside_its_own():
    assert set(ROLES) - {"stream"} <= set(COMPOSE["services"])
    assert (DEPLOY / "stream/compose.yaml").is_file()


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_manifest_is_valid(path):
    for document in documents(path):
        kubernetes_validate.validate(document, VERSION, strict=True)


def test_the_generated_jobs_are_valid():
    for document in yaml.safe_load_all(write_schedule("digits", Form.KUBERNETES)):
        kubernetes_validate.validate(document, VERSION, strict=True)


@pytest.mark.parametrize(("name", "pod"), ALL_PODS, ids=[name for name, _ in ALL_PODS])
def test_a_pod_is_locked_down(name, pod):
    claims = {volume["name"] for volume in pod["volumes"]} if "volumes" in pod else set()

    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} <= set(container["resources"])
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= claims | {"data"}
        role = container["image"].removeprefix("outclass-")
        assert role in ROLES
        if role in OURS and role != "stream" and container.get("args"):
            entry = yaml.safe_load(re.search(r"^ENTRYPOINT (.+)$", dockerfile(role), re.MULTILINE)[1])
            check_words([*entry[1:], *container["args"]])


def test_there_is_one_of_each_kind():
    kinds = {one["kind"] for path in MANIFESTS for one in documents(path)}
    whole = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text(encoding="utf-8"))

    assert {"Deployment", "HorizontalPodAutoscaler", "PersistentVolumeClaim", "Job", "CronJob"} <= kinds
    assert set(whole["resources"]) | {"trainer.yaml", "kustomization.yaml"} == {
        path.name for path in DEPLOY.glob("kubernetes/*.yaml")
    }


def test_every_setting_is_documented():
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    texts = " ".join(path.read_text(encoding="utf-8") for path in files)
    reference = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", reference, re.MULTILINE))

    assert set(re.findall(r"\bOUTCLASS_[A-Z]+(?:_[A-Z]+)*|DATABASE_URL_FILE", texts)) <= documented


def test_secrets_are_made_once_and_fit_together(tmp_path):
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((DEPLOY / "make-secrets.sh").read_bytes())
    subprocess.run(["sh", str(script)], check=True)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", str(script)], check=True)

    assert first == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(first) == set(COMPOSE["secrets"])
    assert all(len(first[name]) == 64 for name in first if not name.endswith("_url"))
    assert first["database_member_password"] in first["database_url"]
    found = Settings.from_environment({"DATABASE_URL_FILE": str(tmp_path / "secrets/database_url")})
    assert found.database_url == first["database_url"]


def test_the_development_container_makes_what_the_tests_need():
    folder = ROOT / ".devcontainer"
    found = yaml.safe_load((folder / "devcontainer.json").read_text(encoding="utf-8"))
    made = shlex.split(found["postCreateCommand"])

    assert made[0] == "make"
    assert made[1].replace(".venv", "$(VENV)") + ":" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert (folder / found["build"]["dockerfile"]).is_file()
