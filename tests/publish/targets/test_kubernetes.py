"""`publish k8s` writes valid manifests, locked down, that fit together and the image beside them."""

import kubernetes_validate
import pytest
import yaml

from outclass.base.errors import DataError, InputError, UnavailableError
from outclass.publish.targets.kubernetes import TARGET

VERSION = "1.33"
NAMED = {"host": "play.example.org", "image": "registry.example.org/outclass:1.0"}


def manifests(folder):
    """Return the resources by kind, in the order of the kustomization."""
    names = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    assert sorted([*names, "kustomization.yaml"]) == sorted(path.name for path in folder.iterdir())
    return {one["kind"]: one for name in names for one in yaml.safe_load_all((folder / name).read_text())}


@pytest.fixture(scope="module")
def whole(shapes, context_of, tmp_path_factory):
    into = tmp_path_factory.mktemp("k8s")
    TARGET.generate(context_of(TARGET, shapes, **NAMED), into)
    return into


@pytest.fixture(scope="module")
def api(context_of, tmp_path_factory):
    into = tmp_path_factory.mktemp("k8s-api")
    TARGET.generate(context_of(TARGET, **NAMED, role="api", name="shop"), into)
    return into


def test_manifests_are_valid(whole, api):
    for folder in (whole, api):
        for one in manifests(folder / "manifests").values():
            kubernetes_validate.validate(one, VERSION, strict=True)


def test_the_whole_product_keeps_its_state_and_learns(whole):
    found = manifests(whole / "manifests")

    assert set(found) == {"Deployment", "Service", "Ingress", "PersistentVolumeClaim", "CronJob"}
    assert found["Deployment"]["spec"]["replicas"] == 1
    pods = [
        found["Deployment"]["spec"]["template"]["spec"],
        found["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"],
    ]
    for pod in pods:
        assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "outclass"
    assert pods[1]["containers"][0]["args"] == ["retrain", "shapes", "--json"]
    assert (whole / "image" / "bundles" / "shapes.tar.gz").is_file()


def test_two_copies_of_the_api_share_nothing(api):
    found = manifests(api / "manifests")

    assert set(found) == {"Deployment", "Service", "Ingress"}
    assert found["Deployment"]["spec"]["replicas"] == 2
    assert "emptyDir" in found["Deployment"]["spec"]["template"]["spec"]["volumes"][0]
    assert found["Deployment"]["metadata"]["name"] == "shop"


def test_everything_leads_to_the_pods(whole):
    found = manifests(whole / "manifests")
    pod = found["Deployment"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    (rule,) = found["Ingress"]["spec"]["rules"]

    assert found["Service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert rule["host"] == NAMED["host"]
    assert found["Ingress"]["spec"]["tls"][0]["hosts"] == [NAMED["host"]]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == found["Service"]["metadata"]["name"]
    assert container["image"] == NAMED["image"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_a_pod_is_locked_down(whole, kind):
    spec = manifests(whole / "manifests")[kind]["spec"]
    pod = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"requests", "limits"} <= set(container["resources"])


@pytest.mark.parametrize(
    "options",
    [
        {"host": "a b"},
        {"host": "x}"},
        {"image": "x, y"},
        {"role": "site"},
        {"copies": "2"},
        {"copies": "0", "role": "api"},
        {"name": "No"},
        {"memory": "much"},
        {"storage": "20"},
    ],
)
def test_options_are_checked(context_of, options, tmp_path):
    with pytest.raises(InputError):
        TARGET.generate(context_of(TARGET, **(NAMED | options)), tmp_path)


def test_what_the_licence_forbids_stays(unlicensed, context_of, tmp_path):
    with pytest.raises(DataError, match="does not let it be passed on"):
        TARGET.generate(context_of(TARGET, unlicensed, **NAMED), tmp_path)


def test_a_tool_that_is_missing_is_named(context_of, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="docker is not installed"):
        TARGET.publish(context_of(TARGET, **NAMED), tmp_path)
