"""Photos over HTTP: every way in which one may come, and what must not."""

import asyncio
import base64
import hashlib
import io
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import numpy as np
import pytest
from PIL import Image

from apis import PREDICT as DIGITS
from apis import STROKE, Api, client_of
from databases import make_shared_tables, sqlite_url
from models import tiny_digits_version
from outclass.api.app import create_api
from outclass.api.examples import PHOTOS
from outclass.api.fetching import MOST_FOR_CALLER
from outclass.api.options import ApiOptions
from outclass.api.photos import KEPT_SIDE, MOST_URLS
from outclass.base.fetch import Fetcher
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from photo_models import CLASSES, color_version, colors
from photographs import corners, encoded, exif, png_bomb, scene
from raw_host import RawHost, ok, raw_host, to

pytestmark = pytest.mark.anyio
PREDICT = "/api/v1/challenges/colors/predict"
BATCH = "/api/v1/challenges/colors/batch"
WARNING = "These are only colors."
Problem = Callable[[httpx.Response, int, str], dict[str, object]]


def plain(color: str, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, color)


RED = encoded(plain("red"))


@pytest.fixture(scope="module")
def host() -> Iterator[RawHost]:
    with raw_host() as running:
        running.answers["/red.jpg"] = ok(RED)
        yield running


@pytest.fixture(scope="module")
async def photos(tmp_path_factory: pytest.TempPathFactory, host: RawHost) -> AsyncIterator[Api]:
    """Return a running API of colors and digits that may fetch from the local host."""
    home = tmp_path_factory.mktemp("photos")
    settings = Settings(home=home, database_url=sqlite_url(home))
    color_version(settings.models_folder, groups={"warm": ("red", "green")})
    tiny_digits_version(settings.models_folder, favorite=7)
    classes = [{"name": name, "title": name.title(), "facts": {"wave": name[0]}} for name in CLASSES]
    groups = [
        {"name": "warm", "title": "a warm color", "members": ["red", "green"], "facts": {"wave": "long"}}
    ]
    folder = colors(
        home / "colors", warning=WARNING, classes=classes, groups=groups, limits={"pixels": 1_000_000}
    )
    db = make_shared_tables(settings.database_url)
    app = create_api(
        settings,
        options=ApiOptions(anonymous_burst=10_000),
        challenges={
            "colors": load_challenge(folder).challenge,
            "digits": load_challenge("digits").challenge,
        },
        fetcher=Fetcher(allow_private=host.place, seconds=1.0),
    )
    async with app.service.running(), client_of(app) as client:
        yield Api(app=app, client=client, db=db)
    db.close()


FORMS = {
    "jpeg": {"content": RED, "headers": {"Content-Type": "image/jpeg"}},
    "png": {"content": encoded(plain("red"), "PNG"), "headers": {"Content-Type": "image/png"}},
    "webp": {"content": encoded(plain("red"), "WEBP"), "headers": {"Content-Type": "image/webp"}},
    "another type": {"content": RED, "headers": {"Content-Type": "image/png"}},
    "no type": {"content": RED},
    "as a command line sends it": {
        "content": RED,
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    },
    "json without a type": {"content": b' {"photo": "%s", "id": "mine"}' % base64.b64encode(RED)},
    "octets": {"content": RED, "headers": {"Content-Type": "application/octet-stream"}},
    "form": {"files": {"photo": ("cat.jpg", RED, "image/jpeg")}},
    "form with more": {"files": {"file": ('a;b ".jpg', RED)}, "data": {"note": "hello", "other": "x"}},
    "json": {"json": {"photo": base64.b64encode(RED).decode(), "id": "mine"}},
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_photo_comes_in_many_ways(photos: Api, form: str) -> None:
    response = await photos.client.post(PREDICT, **FORMS[form])
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["answer"] == "red"
    assert answer["warning"] == WARNING
    assert answer["facts"] == {"wave": "r"}
    assert (answer["photo"]["width"], answer["photo"]["height"], answer["photo"]["frames"]) == (64, 48, 1)
    assert answer.get("object") == ("mine" if "json" in form else None)
    assert not {"seen", "looked", "group", "explanation"} & answer.keys()


async def test_a_photo_comes_from_an_address(photos: Api, host: RawHost) -> None:
    got = await photos.client.get(PREDICT, params={"url": host.url("/red.jpg")})
    posted = await photos.client.post(PREDICT, json={"url": host.url("/red.jpg")})
    for response in (got, posted):
        assert response.status_code == 200, response.text
        assert response.json()["answer"] == "red"
    assert got.headers["cache-control"] == "no-store"


async def test_a_box_says_what_counts(photos: Api) -> None:
    pixels = corners(400, 400)
    request = {"photo": base64.b64encode(encoded(pixels, "PNG")).decode()}
    whole = (await photos.client.post(PREDICT, json=request)).json()
    part = (await photos.client.post(PREDICT, json=request | {"box": [260, 60, 80, 60]})).json()
    assert part["answer"] == "green"
    assert whole["probabilities"] != part["probabilities"]
    assert (part["photo"]["width"], part["photo"]["height"]) == (400, 400)
    assert whole["photo"]["seen"] == [0, 0, 400, 400]
    left, top, width, height = part["photo"]["seen"]
    assert 200 <= left < 260
    assert left + width > 340
    assert 0 <= top < 60
    assert 120 < top + height <= 200


async def test_a_group_is_named_where_no_class_is_sure(photos: Api) -> None:
    answer = (await photos.client.post(PREDICT, content=encoded(plain("yellow")))).json()
    assert answer["group"] == "warm"
    assert answer["group_confidence"] > 0.9 > answer["confidence"]
    assert answer["facts"] == {"wave": "long"}


async def test_an_animation_says_so(photos: Api) -> None:
    moving = encoded(plain("red"), "WEBP", save_all=True, append_images=[plain("blue"), plain("green")])
    answer = (await photos.client.post(PREDICT, content=moving)).json()
    assert (answer["answer"], answer["photo"]["frames"]) == ("red", 3)


async def test_where_the_model_looked(photos: Api) -> None:
    pixels = np.zeros((224, 224, 3), dtype=np.uint8)
    pixels[:32, :64] = (255, 0, 0)
    response = await photos.client.post(f"{PREDICT}?explain=1", content=encoded(pixels, "PNG"))
    looked = np.array(response.json()["looked"])
    assert looked.shape == (7, 7)
    assert looked.max() == looked[0, :2].max() == 1.0
    assert looked[3:, 4:].max() < 0.3


async def test_each_of_a_batch_is_answered_as_alone(photos: Api, host: RawHost) -> None:
    def request(color: str) -> dict[str, object]:
        return {"photo": base64.b64encode(encoded(plain(color))).decode(), "id": color}

    objects = [*(request(color) for color in ("red", "lime", "blue") * 5), {"url": host.url("/red.jpg")}]
    response = await photos.client.post(BATCH, json={"objects": objects})
    assert response.status_code == 200, response.text
    found = response.json()["predictions"]
    assert [one["answer"] for one in found] == [*(("red", "green", "blue") * 5), "red"]
    assert [one.get("object") for one in found[:4]] == ["red", "lime", "blue", "red"]
    assert {one["warning"] for one in found} == {WARNING}
    alone = (await photos.client.post(PREDICT, json=objects[1])).json()
    assert alone["probabilities"] == found[1]["probabilities"]


async def test_a_batch_says_which_photo_is_wrong(photos: Api, problem: Problem) -> None:
    good = {"photo": base64.b64encode(RED).decode()}
    for bad, status, kind in (
        ({"photo": base64.b64encode(RED[:300]).decode()}, 400, "bad-input"),
        ({"photo": ""}, 400, "bad-input"),
        ({"url": "http://127.0.0.1/"}, 422, "invalid-input"),
        ({"photo": base64.b64encode(png_bomb(9000, 9000)).decode()}, 413, "too-large"),
        ({"photo": base64.b64encode(b"GIF89a" + bytes(20)).decode()}, 415, "unsupported-media"),
        ({}, 422, "invalid-input"),
    ):
        response = await photos.client.post(BATCH, json={"objects": [good, good, bad]})
        assert str(problem(response, status, kind)["where"]).startswith("objects[2]")


async def test_a_batch_has_limits(photos: Api, problem: Problem) -> None:
    many = {"objects": [{"url": "http://example.org/"}] * (MOST_URLS + 1)}
    problem(await photos.client.post(BATCH, json=many), 413, "too-large")
    problem(await photos.client.post(BATCH, json={"objects": []}), 422, "invalid-input")
    problem(await photos.client.post(BATCH, json={"objects": [{"photo": ""}] * 257}), 413, "too-large")
    problem(await photos.client.post(BATCH, content=RED), 400, "bad-input")


async def test_the_example_works(photos: Api) -> None:
    response = await photos.client.post(PREDICT, json=PHOTOS["photo in base64"])
    assert response.json()["answer"] == "red"


BAD = [
    ("nothing", b"", 400, "bad-input"),
    ("half a JPEG", RED[: len(RED) // 2], 400, "bad-input"),
    ("the beginning of a JPEG", RED[:20], 400, "bad-input"),
    ("a PNG without its end", encoded(scene(200, 200), "PNG")[:-3000], 400, "bad-input"),
    ("a WebP without its end", encoded(scene(200, 200), "WEBP")[:-800], 400, "bad-input"),
    ("a bomb", png_bomb(30_000, 30_000), 413, "too-large"),
    ("more bytes than the limit", RED + bytes(10_000_001), 413, "too-large"),
    ("SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 415, "unsupported-media"),
    ("HTML as JPEG", b"<!doctype html><html><body>photo.jpg</body></html>", 415, "unsupported-media"),
    ("a GIF", encoded(plain("red"), "GIF"), 415, "unsupported-media"),
    ("a BMP", encoded(plain("red"), "BMP"), 415, "unsupported-media"),
    ("a TIFF", encoded(plain("red"), "TIFF"), 415, "unsupported-media"),
    ("a PDF", b"%PDF-1.7\n" + bytes(100), 415, "unsupported-media"),
    ("a JPEG that is a page, too", RED[:2] + b"\xff\xfe\0\x20<html><script>alert(1)//</b>" + RED[2:], 415,
     "unsupported-media"),
    ("a JPEG that is an archive, too", RED + b"PK\x05\x06" + bytes(18), 415, "unsupported-media"),
    ("one pixel", encoded(plain("red", (1, 1)), "PNG"), 422, "invalid-input"),
    ("a thin strip", encoded(plain("red", (5000, 2)), "PNG"), 422, "invalid-input"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "status", "kind"), BAD, ids=[one[0] for one in BAD])
async def test_what_is_no_photo_is_a_documented_error(
    photos: Api, problem: Problem, host: RawHost, name: str, body: bytes, status: int, kind: str
) -> None:
    found = problem(await photos.client.post(PREDICT, content=body), status, kind)
    assert found["detail"]
    assert "0x" not in str(found["got"]) or "byte 0x" in str(found["got"])
    if 0 < len(body) < 5_000_000:
        host.answers["/bad"] = ok(body)
        fetched = await photos.client.get(PREDICT, params={"url": host.url("/bad")})
        problem(fetched, status, kind)


FORM_TYPE = {"Content-Type": "multipart/form-data; boundary=x"}
DISPOSITION = b"Content-Disposition: form-data; filename=a\r\n"
OUTSIDE = {"photo": base64.b64encode(RED).decode(), "box": [0, 0, 999, 9]}
ELSEWHERE = "http://example.org/"
FAULTY = [
    ("two photos", {"files": [("a", ("a.jpg", RED)), ("b", ("b.jpg", RED))]}, 422),
    ("a form without a file", {"data": {"a": "b"}, "files": {"c": (None, "d")}}, 422),
    ("no boundary", {"content": RED, "headers": {"Content-Type": "multipart/form-data"}}, 400),
    ("another boundary", {"content": b"--y\r\n\r\n--y--", "headers": FORM_TYPE}, 400),
    ("a form that is cut", {"content": b"--x\r\n" + DISPOSITION + b"\r\nab", "headers": FORM_TYPE}, 400),
    ("a field without an end", {"content": b"--x\r\n" + DISPOSITION + b"--x--", "headers": FORM_TYPE}, 400),
    ("many fields", {"content": b"--x\r\n\r\n\r\n" * 5000 + b"--x--", "headers": FORM_TYPE}, 400),
    ("text", {"content": b"hello", "headers": {"Content-Type": "text/plain"}}, 415),
    ("CSV", {"content": b"a,b", "headers": {"Content-Type": "text/csv"}}, 415),
    ("no JSON", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ("no base64", {"json": {"photo": "***"}}, 422),
    ("neither", {"json": {}}, 422),
    ("both", {"json": {"photo": "", "url": ELSEWHERE}}, 422),
    ("an unknown key", {"json": {"image": "", "url": ELSEWHERE}}, 422),
    ("a box outside", {"json": OUTSIDE}, 422),
    ("a list", {"json": [1, 2]}, 422),
    ("a switch that is none", {"content": RED, "params": {"keep": "yes"}}, 422),
    ("an address beside a body", {"content": RED, "params": {"url": ELSEWHERE}}, 422),
]
KINDS = {400: "bad-input", 415: "unsupported-media", 422: "invalid-input"}


@pytest.mark.parametrize(("name", "request_", "status"), FAULTY, ids=[one[0] for one in FAULTY])
async def test_a_faulty_request_is_a_documented_error(
    photos: Api, problem: Problem, name: str, request_: dict[str, object], status: int
) -> None:
    problem(await photos.client.post(PREDICT, **request_), status, KINDS[status])


@pytest.mark.parametrize(
    "url",
    [
        "", "http://127.0.0.1:1/", "http://localhost/", "file:///etc/passwd", "http://169.254.169.254/",
        "http://2130706433/", "http://[::1]/", "http://user:pass@example.org/", "http://example.org:22/",
        "//example.org", "\r\nHost: a", "http://\uff11\uff12\uff17.0.0.1/", "http://" + "a" * 3000,
    ],
)  # fmt: skip
async def test_an_address_that_is_not_public_is_a_documented_error(
    photos: Api, problem: Problem, url: str
) -> None:
    found = problem(await photos.client.get(PREDICT, params={"url": url}), 422, "invalid-input")
    assert found["where"] == "url"
    posted = await photos.client.post(PREDICT, json={"url": url})
    assert posted.status_code == 422


async def test_the_address_is_needed_and_only_for_photos(photos: Api, problem: Problem) -> None:
    problem(await photos.client.get(PREDICT), 422, "invalid-input")
    elsewhere = await photos.client.get(DIGITS, params={"url": "http://example.org/"})
    problem(elsewhere, 405, "method-not-allowed")
    problem(await photos.client.get(PREDICT, params={"url": "a", "nonsense": "1"}), 422, "invalid-input")


async def test_faults_of_a_host_are_documented_errors(photos: Api, problem: Problem, host: RawHost) -> None:
    host.answers |= {
        "/loop": to("/loop"),
        "/inside": to("http://127.0.0.1:9/"),
        "/big": b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n",
    }
    for path, status, kind in (
        ("/nothing", 422, "invalid-input"),
        ("/loop", 422, "invalid-input"),
        ("/inside", 422, "invalid-input"),
        ("/big", 413, "too-large"),
    ):
        problem(await photos.client.get(PREDICT, params={"url": host.url(path)}), status, kind)


async def test_slow_hosts_hold_up_nobody(photos: Api, problem: Problem, host: RawHost) -> None:
    over = threading.Event()
    reached = threading.Semaphore(0)

    def never(connection: socket.socket) -> None:
        reached.release()
        over.wait(20)

    host.answers |= {f"/slow{n}": never for n in range(MOST_FOR_CALLER)}
    slow = [
        asyncio.create_task(photos.client.get(PREDICT, params={"url": host.url(f"/slow{n}")}))
        for n in range(MOST_FOR_CALLER)
    ]
    for _ in slow:
        assert await asyncio.to_thread(reached.acquire, True, 10)
    refused = await photos.client.get(PREDICT, params={"url": host.url("/red.jpg")})
    problem(refused, 429, "rate-limited")
    assert "retry-after" in refused.headers
    begun = time.perf_counter()
    assert (await photos.client.post(PREDICT, content=RED)).json()["answer"] == "red"
    assert (await photos.client.post(DIGITS, json=STROKE)).status_code == 200
    other = photos.key("predict")
    fetched = await photos.client.get(PREDICT, params={"url": host.url("/red.jpg")}, headers=other)
    assert fetched.json()["answer"] == "red"
    assert time.perf_counter() - begun < 0.9
    for response in await asyncio.gather(*slow):
        problem(response, 422, "invalid-input")
    over.set()
    assert (await photos.client.get(PREDICT, params={"url": host.url("/red.jpg")})).status_code == 200


async def stored(api: Api, prediction: str) -> tuple[str, bytes | None]:
    """Return the hash and the input that are kept of a prediction."""
    api.app.service.journal.flush()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        row = api.db.fetch_one("select input_sha256, input from prediction where id = ?", (prediction,))
        if row is not None:
            return row["input_sha256"], row["input"]
        await asyncio.sleep(0.01)
    raise AssertionError(prediction)


async def test_with_consent_a_smaller_photo_without_exif_is_stored(photos: Api) -> None:
    large = encoded(scene(1200, 800), quality=90, exif=exif(6))
    answer = (await photos.client.post(f"{PREDICT}?keep=1", content=large)).json()
    digest, content = await stored(photos, answer["id"])
    assert content is not None
    assert digest == hashlib.sha256(content).hexdigest()
    kept = Image.open(io.BytesIO(content))
    assert (kept.format, max(kept.size)) == ("JPEG", KEPT_SIDE)
    assert kept.height > kept.width
    assert not kept.getexif()
    plain_answer = (await photos.client.post(PREDICT, content=large)).json()
    assert plain_answer["probabilities"] == answer["probabilities"]
    digest, content = await stored(photos, plain_answer["id"])
    assert content is None
    assert digest == hashlib.sha256(large).hexdigest()


async def test_the_warning_stands_in_every_answer(photos: Api) -> None:
    answer = (await photos.client.post(PREDICT, content=RED)).json()
    again = await photos.client.get(f"/api/v1/predictions/{answer['id']}")
    said = await photos.client.post(f"/api/v1/predictions/{answer['id']}/feedback", json={"label": "red"})
    one = await photos.client.get("/api/v1/challenges/colors")
    for response in (again, said, one):
        assert response.json()["warning"] == WARNING
    digits = await photos.client.get("/api/v1/challenges/digits")
    assert "warning" not in digits.json()
    tensor = {"inputs": [{"name": "features", "shape": [1, 3], "datatype": "FP32", "data": [1, 0, 0]}]}
    inferred = await photos.client.post("/v2/models/colors/infer", json=tensor)
    assert inferred.json()["parameters"] == {"warning": WARNING}
    assert np.argmax(inferred.json()["outputs"][1]["data"]) == 0


async def test_many_at_once_are_all_answered(photos: Api) -> None:
    bodies = {
        color: encoded(plain(name)) for color, name in (("red", "red"), ("green", "lime"), ("blue", "blue"))
    }
    asked = [color for color in bodies for _ in range(20)]
    found = await asyncio.gather(*(photos.client.post(PREDICT, content=bodies[color]) for color in asked))
    assert [response.json()["answer"] for response in found] == asked


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
async def test_photos_stand_back_before_the_event_loop(photos: Api) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    service = photos.app.service
    assert await service.in_decoder(priority) > priority()
    assert await service.in_photo_thread(priority) > priority()
    assert await service.in_database(priority) == priority()


async def test_too_much_at_once_is_refused_and_not_kept_in_memory(photos: Api, problem: Problem) -> None:
    room = photos.app.service.room
    with room.taken("somebody", 50_000_000 - len(RED)):
        assert (await photos.client.post(PREDICT, content=RED)).status_code == 200
        refused = await photos.client.post(PREDICT, content=RED + bytes(1))
        problem(refused, 503, "unavailable")
    assert (await photos.client.post(PREDICT, content=RED)).status_code == 200


async def test_a_caller_cannot_have_all_the_work_done_for_himself(photos: Api, problem: Problem) -> None:
    large = encoded(plain("red", (1000, 1000)), "PNG")
    with photos.app.service.room.taken("192.0.2.7", 0, 59_500_000):
        problem(await photos.client.post(PREDICT, content=large), 429, "rate-limited")
        assert (await photos.client.post(PREDICT, content=RED)).status_code == 200
        other = await photos.client.post(PREDICT, content=large, headers=photos.key("predict"))
        assert other.json()["answer"] == "red"
    assert (await photos.client.post(PREDICT, content=large)).json()["answer"] == "red"


async def test_a_batch_of_small_bombs_is_refused(photos: Api, problem: Problem) -> None:
    bomb = base64.b64encode(png_bomb(5000, 5000)[:3000]).decode()
    found = await photos.client.post(BATCH, json={"objects": [{"photo": bomb}] * 9})
    assert "pixels" in str(problem(found, 413, "too-large")["got"])
