"""The function answers events of its cloud: pages, predictions, photos, problems; its folder is only read."""

import base64
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from outclass.base.errors import DataError, InputError, UnavailableError
from outclass.function import Function, open_function, read_roles
from outclass.publish.targets.base import files_in
from outclass.publish.targets.function import TARGET

PREDICT = "/api/v1/challenges/shapes/predict"
HOST = "abc.lambda-url.eu-central-1.on.aws"


def event_of(path, method="GET", body=None, content_type="application/json", query="", gateway=False):
    """Return an event as API Gateway's HTTP API (format 2.0) sends it, or as a function's address does."""
    raw = body if isinstance(body, bytes) else None
    sent = base64.b64encode(raw).decode() if raw is not None else body
    told = {
        "accountId": "anonymous",
        "apiId": "abc",
        "domainName": HOST,
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.7",
            "userAgent": "test",
        },
        "requestId": "one",
        "routeKey": "$default",
        "stage": "$default",
        "time": "01/Jan/2026:00:00:00 +0000",
        "timeEpoch": 1767225600000,
    }
    found = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "host": HOST,
            "content-type": content_type,
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-proto": "https",
        },
        "requestContext": told,
        "isBase64Encoded": raw is not None,
    }
    if sent is not None:
        found["body"] = sent
    if gateway:
        found["requestContext"] = told | {"accountId": "1", "domainPrefix": "abc"}
        found["cookies"] = ["a=1"]
    return found


@pytest.fixture(scope="module")
def made(shapes, context_of, tmp_path_factory):
    into = tmp_path_factory.mktemp("lambda")
    TARGET.generate(context_of(TARGET, shapes, roles="api,data"), into)
    return into


@pytest.fixture(scope="module")
def function(made, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OUTCLASS_HOME", "replaced")
        patch.chdir(tmp_path_factory.mktemp("task"))
        before = {path: (made / path).stat().st_mtime_ns for path in files_in(made)}
        running = open_function(made / "home", "api,data", tmp_path_factory.mktemp("tmp") / "outclass")
        yield lambda *given, **named: running(event_of(*given, **named), None)
        running.close()
        assert {path: (made / path).stat().st_mtime_ns for path in files_in(made)} == before


@pytest.mark.parametrize("gateway", [False, True])
def test_it_answers_a_drawing(function, gateway):
    answer = function(PREDICT, "POST", json.dumps([0.0] * 300 + [1.0] * 20 + [0.0] * 464), gateway=gateway)

    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is False
    assert set(json.loads(answer["body"])["probabilities"]) == {"dot", "bar", "ring", "cross"}


def test_it_answers_a_picture_in_bytes(function):
    pixels = np.zeros((28, 28), np.uint8)
    pixels[8:20, 8:20] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    answer = function(PREDICT, "POST", file.getvalue(), "image/png")

    assert answer["statusCode"] == 200
    assert sum(json.loads(answer["body"])["probabilities"].values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("path", "method", "body", "status", "kind"),
    [
        ("/api/v1/challenges/none/predict", "POST", "[]", 404, "not-found"),
        (PREDICT, "POST", '{"pixels": "no"}', 422, "invalid-input"),
        ("/elsewhere/", "GET", None, 404, "not-found"),
    ],
)
def test_it_says_what_is_wrong(function, path, method, body, status, kind):
    answer = function(path, method, body)

    assert answer["statusCode"] == status
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"])["type"] == f"/api/problems/{kind}"


def test_it_shows_pages_and_pictures_of_the_data(function):
    assert function("/readyz")["statusCode"] == 200
    assert "Shapes" in function("/data/")["body"]
    there = function("/data/shapes", query="a=b")["headers"]["location"]
    name = there.partition("?")[0].rpartition("/")[2]
    page = function(f"/data/{name}/objects.json", query="_shape=array&_size=3&split=train")

    assert page["statusCode"] == 200
    assert len(json.loads(page["body"])) == 3
    assert "immutable" in page["headers"]["cache-control"]
    file = function(f"/data/{name}.db")
    assert file["isBase64Encoded"]
    assert base64.b64decode(file["body"]).startswith(b"SQLite format 3")
    assert function("/")["headers"]["location"] == "/data/"


def test_the_files_are_complete(made, shapes):
    texts = {path.name: path.read_text() for path in made.iterdir() if path.is_file()}

    assert set(texts) == {
        *("README.md", "Dockerfile", "build.sh", "constraints.txt", "handler.py", "requirements.txt"),
        "template.yaml",
    }
    assert [name for name, text in texts.items() if "{{" in text] == []
    subprocess.run(["sh", "-n", made / "build.sh"], check=True, timeout=10)
    assert "numpy==" in texts["constraints.txt"]
    assert "outclass==" not in texts["constraints.txt"]
    assert {path.parts[1] for path in files_in(made) if path.parts[0] == "home"} == {
        "challenges", "data", "models", "published",
    }  # fmt: skip


def test_an_image_is_made_of_what_is_there(made):
    copied = [
        name
        for line in (made / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for name in line.split()[1:-1]
    ]

    assert copied
    assert all((made / name).exists() for name in copied)


def test_the_handler_is_a_module_that_its_cloud_can_load(made, tmp_path):
    code = "import handler; print(handler.handler({'version': '2.0', 'rawPath': '/livez', 'headers': {}, "
    code += "'requestContext': {'http': {'method': 'GET', 'path': '/livez', 'sourceIp': '1.1.1.1'}}}, None))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=made,
        env={"TMPDIR": str(tmp_path), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "'statusCode': 200" in done.stdout
    assert (tmp_path / "outclass" / "models").is_symlink()


def test_the_api_alone_takes_no_data_along(shapes, context_of, tmp_path):
    TARGET.generate(context_of(TARGET, shapes), tmp_path)

    assert not (tmp_path / "home" / "published").exists()
    assert "CodeUri: function.zip" in (tmp_path / "template.yaml").read_text()
    assert "[publish]" not in (tmp_path / "build.sh").read_text()


def test_what_the_licence_forbids_stays(unlicensed, context_of, tmp_path):
    with pytest.raises(DataError, match="licence"):
        TARGET.generate(context_of(TARGET, unlicensed, roles="data"), tmp_path)
    assert not [path for path in files_in(tmp_path) if path.suffix == ".sqlite"]


@pytest.mark.parametrize(
    "options",
    [
        {"roles": "site"},
        {"form": "jar"},
        {"form": "zip", "roles": "data"},
        {"memory": "1"},
        {"memory": "many"},
        {"python": "2.7"},
        {"machine": "x"},
    ],
)
def test_options_are_checked(context_of, options, tmp_path):
    with pytest.raises(InputError):
        TARGET.generate(context_of(TARGET, **options), tmp_path)


def test_a_tool_that_is_missing_is_named(context_of, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="sam is not installed"):
        TARGET.publish(context_of(TARGET), tmp_path)


def test_a_start_that_fails_is_told():
    async def broken(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no models"})

    with pytest.raises(UnavailableError, match="startup failed"):
        Function(broken)
    with pytest.raises(InputError, match="no such role"):
        read_roles("api,site")
