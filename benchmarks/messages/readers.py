"""Measure the readers of `model.json` in three languages: whether they agree on real messages, and times.

Usage: python benchmarks/messages/readers.py FOLDER [MODEL.json]

FOLDER holds the collections of messages; the model is the champion that comes with Outclass. JavaScript runs
in the system's Chromium, Java where a compiler is installed.
"""

import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Page, Route, sync_playwright

import outclass
from outclass.base.settings import Settings
from outclass.inference.abstain import softmax
from outclass.inference.linear_text import LinearTextModel
from outclass.registry.store import Registry

SOURCE = Path(outclass.__file__).parent
DESIGN = SOURCE / "charts" / "design"
JAVA = Path(__file__).resolve().parents[2] / "examples" / "java" / "LinearText.java"
HOST = "http://readers.example/"
FLAGS = ("--no-sandbox", "--disable-gpu")
IN_BROWSER = """async ([model, texts]) => {
    const { LinearText } = await import("/linear-text.js");
    const parsed = performance.now();
    const scorer = LinearText.parse(model);
    const started = performance.now();
    const quickest = (work) => {
        const times = [];
        for (let from = 0; from + 200 <= texts.length; from += 200) {
            const begun = performance.now();
            texts.slice(from, from + 200).forEach(work);
            times.push((performance.now() - begun) / 200);
        }
        return Math.min(...times);
    };
    const found = texts.map((text) => Object.values(scorer.probabilities(text)));
    const each = quickest((text) => scorer.probabilities(text));
    return { found, times: [started - parsed, each, quickest((text) => scorer.explain(text))] };
}"""
PART = 200
Table = list[list[float]]


def main(folder: Path, model: Path) -> None:
    """Print what was measured."""
    texts = [" ".join(text.splitlines()) for text in messages(folder)]
    content = model.read_bytes()
    started = time.perf_counter()
    reader = LinearTextModel.parse(content)
    parsed = time.perf_counter()
    wanted = [softmax(row, 1.0) for row in reader.logits(texts)]
    print(f"{len(texts)} messages, {len(content)} bytes of model; times are of the quickest {PART} messages")
    each, explaining = (
        quickest(work, texts) for work in (lambda text: reader.logits([text]), reader.explain)
    )
    report("Python", 1e3 * (parsed - started), each, explaining, 0.0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        found, (parsing, each, explaining) = in_browser(browser.new_page(), content, texts)
        report("JavaScript", parsing, each, explaining, difference(found, wanted))
        browser.close()
    if shutil.which("javac"):
        print(f"Java: largest difference {difference(in_java(model, texts), wanted):.1e}")


def messages(folder: Path) -> Iterator[str]:
    """Yield all texts."""
    for line in (folder / "SMSSpamCollection.tsv").read_text(encoding="utf-8").splitlines():
        yield line.partition("\t")[2]
    for name in ("indonesian_sms_3class.csv", "smishing_3class.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            yield from (row["text"] for row in csv.DictReader(file))


def quickest(work: Callable[[str], object], texts: list[str]) -> float:
    """Return milliseconds of one message, of the part of the messages that took least."""
    times = []
    for start in range(0, len(texts) - PART + 1, PART):
        begun = time.perf_counter()
        for text in texts[start : start + PART]:
            work(text)
        times.append(1e3 * (time.perf_counter() - begun) / PART)
    return min(times)


def report(language: str, parsing: float, each: float, explaining: float, worst: float) -> None:
    """Print one row; times in milliseconds."""
    print(
        f"{language:11} reads the file in {parsing:6.1f} ms, scores a message in {1e3 * each:6.1f} us, "
        f"explains one in {1e3 * explaining:6.1f} us; largest difference {worst:.1e}"
    )


def in_browser(page: Page, content: bytes, texts: list[str]) -> tuple[Table, list[float]]:
    """Score in Chromium."""

    def answer(route: Route) -> None:
        path = DESIGN / route.request.url.removeprefix(HOST)
        if path.suffix == ".js":
            route.fulfill(body=path.read_text(encoding="utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route(f"{HOST}**", answer)
    page.goto(HOST)
    told = page.evaluate(IN_BROWSER, [content.decode(), texts])
    return told["found"], told["times"]


def in_java(model: Path, texts: list[str]) -> Table:
    """Score in Java."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["javac", "-d", folder, str(JAVA)], check=True)
        command = ["java", "-cp", folder, "LinearText", str(model)]
        done = subprocess.run(command, input="\n".join(texts).encode(), check=True, capture_output=True)
    return [list(map(float, line.split())) for line in done.stdout.splitlines()]


def difference(found: Table, wanted: Table) -> float:
    """Return the largest difference of two tables."""
    return max(
        abs(a - b) for one, other in zip(found, wanted, strict=True) for a, b in zip(one, other, strict=True)
    )


if __name__ == "__main__":
    champion = Registry(Settings.from_environment()).champion("messages").folder / "model.json"
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else champion)
