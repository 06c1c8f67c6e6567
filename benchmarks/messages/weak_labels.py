"""Time of many rules on many messages on one core, with and without looking for their texts first.

``python benchmarks/messages/weak_labels.py FILE.tsv`` draws messages from a file of texts (each with a few
words of another one put in, so that hardly two are alike), makes rules of the kinds that people write from
its words, and prints what the rules take, in all and each. Both ways must give the same answer.
"""

import argparse
import json
import os
import random
import re
import time
from collections import Counter
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"  # before polars is loaded

from outclass.catalog.weak_labels import Fired, WeakLabels
from outclass.training.text_tables import read_text_file

CLASSES = ("personal", "notification", "spam")
LEET = {"a": "[a4@]", "e": "[e3]", "i": "[i1!]", "o": "[o0]", "s": "[s5$]"}
# What has no word that must be there: such a rule is tried on every message.
SHAPES = (
    r"\b\d{5}\b",
    r"[!?]{3,}",
    r"\b\w*\d[a-z]+\d\w*\b",
    r"\b0\d{9,10}\b",
    r"[\u{1F300}-\u{1FAFF}]",
    r"\d+ ?%",
)


def main() -> None:
    """Measure and print."""
    arguments = parse()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    dice = random.Random(arguments.seed)
    source = [str(text) for text in read_text_file(arguments.file, None).rows]
    messages = make_messages(source, arguments.messages, dice)
    weak = WeakLabels.of(make_rules(source, arguments.rules, dice), CLASSES)
    quick, quick_seconds = run(weak, messages)
    found = {
        "messages": len(messages),
        "bytes": sum(len(text.encode()) for text in messages),
        "rules": len(weak),
        "seconds": round(quick_seconds, 2),
        "shared_seconds": round(quick.shared_seconds, 2),
        "microseconds_a_rule_and_message": round(1e6 * quick_seconds / len(messages) / len(weak), 4),
        "coverage": round(weak_coverage(quick), 3),
    }
    if not arguments.quick_only:
        plain, plain_seconds = run(WeakLabels(weak.rules, prefilter=False), messages)
        same = all((one == other).all() for one, other in zip(quick.places, plain.places, strict=True))
        found |= {"plain_seconds": round(plain_seconds, 2), "same": bool(same)}
    print(json.dumps(found, indent=2))
    print_dearest(weak, quick)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="texts in CSV, TSV or Parquet")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick-only", action="store_true", help="leave out the plain way")
    return parser.parse_args()


def make_messages(source: list[str], count: int, dice: random.Random) -> list[str]:
    """Return messages that are hardly ever alike."""
    found = []
    for text, other in zip(dice.choices(source, k=count), dice.choices(source, k=count), strict=True):
        at = dice.randrange(len(text) + 1)
        found.append(f"{text[:at]} {other[: dice.randrange(20)]} {text[at:]}")
    return found


def make_rules(source: list[str], count: int, dice: random.Random) -> list[dict[str, str]]:
    """Return rules of the kinds that people write, from words that are neither rare nor everywhere."""
    counted = Counter(word for text in source for word in set(re.findall(r"[a-z]{4,12}", text.lower())))
    words = sorted(word for word, texts in counted.items() if 3 <= texts <= len(source) / 20)
    return [
        {
            "name": f"rule-{number}",
            "class": dice.choice(CLASSES),
            "pattern": make_pattern(number, words, dice),
        }
        for number in range(count)
    ]


def make_pattern(number: int, words: list[str], dice: random.Random) -> str:
    """Return one pattern; one in fifty has no word in it."""
    one, two, three, four = dice.sample(words, 4)
    kinds = (
        rf"\b{one}\b",
        rf"\b(?:{one}|{two}|{three}|{four})s?\b",
        rf"\b{one}\b.{{0,40}}\b(?:{two}|{three})\b",
        rf"\b(?:{one}|{two})\W+\d{{2,6}}\b",
        rf"(?:£|\$|rs\.?)\s?\d+.{{0,20}}\b{one}",
        r"\b" + "".join(LEET.get(letter, letter) for letter in one) + r"\b",
        rf"^(?:dear|hi|hello)?\W*{one}",
    )
    return SHAPES[(number // 50) % len(SHAPES)] if number % 50 == 49 else kinds[number % len(kinds)]


def run(weak: WeakLabels, messages: list[str]) -> tuple[Fired, float]:
    """Apply rules; return what fired and the processor time."""
    begin = time.process_time()
    fired = weak.apply(messages)
    labels = fired.labels
    assert len(labels) == len(messages)
    return fired, time.process_time() - begin


def weak_coverage(fired: Fired) -> float:
    """Return the share of messages on which a rule fired."""
    return float((fired.deciding >= 0).mean())


def print_dearest(weak: WeakLabels, fired: Fired) -> None:
    """Print the cost of each rule, the dearest first; the rest in one line."""
    order = sorted(range(len(weak)), key=lambda rule: -fired.seconds[rule])
    print(f"{'us/message':>10}  {'fired':>8}  pattern")
    for rule in order[:12]:
        cost = 1e6 * fired.seconds[rule] / fired.count
        print(f"{cost:10.4f}  {len(fired.places[rule]):8}  {weak.rules[rule].pattern}")
    rest = order[12:]
    cost = 1e6 * sum(fired.seconds[rule] for rule in rest) / fired.count / max(1, len(rest))
    print(f"{cost:10.4f}  {'':8}  mean of the other {len(rest)}")


if __name__ == "__main__":
    main()
