# ruff: noqa: E501, INP001 - a script, no part of a package; its texts are escaped
"""Make the golden vectors of text models: two small models, hostile texts, and what must come out.

Usage: python docs/reference/make_text_vectors.py [FILE]

All texts were written for this file. The coefficients mean nothing; they only make every step count.
"""

import hashlib
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from outclass.inference.abstain import softmax
from outclass.inference.linear_text import LinearTextModel
from outclass.inference.linear_text.explaining import StageExplanation
from outclass.inference.linear_text.folding import Disguises, tokens_of
from outclass.inference.linear_text.measures import MEASURES

FILE = Path(__file__).with_name("text-vectors.json")
TEMPERATURE = 1.25
DECIMALS = 4
UNIT = 10**DECIMALS
DIGITS = 12
TERMS = 90
LETTERS = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "@": "a",
    "$": "s",
    "!": "i",
    "\u20ac": "e",
}
JOINERS = "._-*+ \u00b7"
HIDDEN = ["free", "prize", "winner", "call", "cash", "casino", "gratis", "hadiah"]

TEXTS = (
    "",
    " \t\n ",
    "\u200b\u2060\ufeff",
    "Are you home for dinner? Mum made soup :)",
    "ok",
    "WINNER!! You have won a FREE prize of \u00a31000. Call 0900 555 01 01 now!!! Reply STOP to end",
    "Your parcel 1Z99 AA1 comes today between 14:00 and 16:00. Track it at https://example.org/t?id=5550101",
    "Your code is 482913. Never tell it to anybody.",
    "Selamat! Anda mendapat hadiah 10 juta rupiah, hubungi 0800-555-0101 segera",
    "Sisa kuota Anda 512 MB, berlaku s/d 31-12-2026. Isi ulang di *100#",
    "FR33 c4$h, fr.ee c-a-l-l! W1NN3R; (pr!ze) gr\u00b7at\u00b7is",
    "F R E E for y o u, C 4 S H and P R I Z E",
    "f r  e e x c a l l",
    "a b",
    "free free free call call FREE Free",
    "caf\u00e9 cafe\u0301 CAFE\u0301 cafe\u0301\u0323",
    "Z\u0310\u0311\u0313\u0314a\u0315\u0316\u0317\u0318l\u0319\u031ag\u031b\u031co call",
    "\uff26\uff32\uff25\uff25 \uff30\uff32\uff29\uff3a\uff25 \uff11\uff12\uff13\uff14\uff15\uff01",
    "\u0130stanbul'da I\u015f\u0131k DI\u015eARI \u0131 i I \u0130",
    "Stra\u00dfe STRA\u1e9eE \u017fhort me\u017f\u017fage \ufb01re \ufb03 \u01c5 \u2160\u2163 \u00bd \u00b2\u00b3",
    "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u039f\u0394\u039f\u03a3 \u03c3\u03c2",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u0442\u044b \u0434\u043e\u043c\u0430? \u0401\u043b\u043a\u0430 \u0439",
    "\u0645\u0631\u062d\u0628\u0627\u060c \u0647\u0644 \u0623\u0646\u062a \u0641\u064a \u0627\u0644\u0628\u064a\u062a\u061f \u0661\u0662\u0663\u0664\u0665",
    "\u05e9\u05dc\u05d5\u05dd \u202efree\u202c call \u2066now\u2069 \u200fcash\u200e",
    "\u0928\u092e\u0938\u094d\u0924\u0947, \u0918\u0930 \u092a\u0930 \u0939\u094b? \u0967\u0968\u0969\u096a \u0915\u094d\u0937",
    "\u4f60\u597d\uff0c\u4f60\u5728\u5bb6\u5417\uff1f\u514d\u8d39 \u3053\u3093\u306b\u3061\u306f \u30ab\u309e\uff76\uff9e",
    "\uc548\ub155\ud558\uc138\uc694 \u1112\u1161\u11ab \u3164 \uffa0x \u110b\u115f\u1161",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0e1f\u0e23\u0e35! \u0e51\u0e52\u0e53",
    "See you \U0001f602\U0001f602 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1ee\U0001f1e9 \u2705 \U0001f389\U0001f389\U0001f389",
    "\U0001d405\U0001d411\U0001d404\U0001d404 \U0001f175\U0001f181\U0001f174\U0001f174 \u24d2\u24d0\u24e2\u24d7 \U0001d7cf\U0001d7d0\U0001d7d1",
    "fr\u00adee c\u200ba\u200cl\u200dl \u034fprize\u2063 x\U000e0041y \U000e0041",
    "\ud800 free \udfff call\ud83d",
    "tab\tnew\nline\r\nform\x0cfeed\x1cseparator\x85next\xa0space\u1680ogham\u2003em\u2028line\u3000wide\u180emongol",
    "\x00\x01free\x7f\x9f call\x08",
    "1,234.56 12/31/2026 +44 (0)7700 900123 00000 \u0660\u0661\u0662 12\u0663",
    "!!!!!!! ?????? !?!? $$$ \u00a3\u20ac\u00a5 %%% ###",
    "http://example.org/a_b-c?d=e&f=g#h www.example.com user@example.org",
    "don\u2019t can't rock'n'roll re-send e.g. i.e. _under_score_",
    "a" * 400,
    "free " * 120,
    "\u0301\u0302 \u0301free \u200d\u0301",
    "\u2167 \u3251 \u33a1 \u2122 \u2126 \u212b \u1e9b\u0323 \u00b5 \ufdfa \u3300",
    "\u00aa\u00ba x\u00b2 \u2075 \u2460 \u0f33 \u09f4",
    "I will call you, love. Call me when you are free; no cash, no prize, just us.",
)  # fmt: skip


def main(path: Path) -> None:
    """Write the file."""
    path.write_text(written(vectors()), encoding="utf-8")


def vectors() -> dict[str, object]:
    """Return the models, and for each model and text what must come out."""
    models = {"two-stages": two_stages(), "three-groups": three_groups()}
    found = []
    for name, told in models.items():
        model = LinearTextModel.parse(json.dumps(told).encode())
        found += [{"model": name, **vector(model, text)} for text in TEXTS]
    return {"temperature": TEMPERATURE, "models": models, "vectors": found}


def written(told: dict[str, object]) -> str:
    """Return the file's text: one line for each vector, ASCII only, so that nothing is changed on the way."""
    head = json.dumps({"temperature": told["temperature"], "models": told["models"]}, separators=(",", ":"))
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in told["vectors"])  # type: ignore[attr-defined]
    return f'{head[:-1]},\n"vectors":[\n{lines}\n]}}\n'


def vector(model: LinearTextModel, text: str) -> dict[str, object]:
    """Return what must come out for one text."""
    logits = model.logits([text])[0]
    return {
        "text": text,
        "logits": rounded(logits),
        "probabilities": rounded(softmax(logits, TEMPERATURE)),
        "stages": [stage(one) for one in model.explain(text).stages],
    }


def stage(told: StageExplanation) -> dict[str, object]:
    """Return one stage of an explanation; a span is [start, end, token, value]."""
    return {
        "name": told.name,
        "group": list(told.group),
        "score": rounded([told.score])[0],
        "base": rounded([told.base])[0],
        "spans": [[x.start, x.end, x.token, *rounded([x.value])] for x in told.spans],
        "measures": {x.name: rounded([x.value])[0] for x in told.measures},
        "rules": {x.name: rounded([x.value])[0] for x in told.rules},
    }


def rounded(values: Sequence[float]) -> list[float]:
    """Return values to the digits that matter."""
    return [round(value, DIGITS) + 0.0 for value in values]


# --- the models ---


def two_stages() -> dict[str, object]:
    """Return a model as the challenge `messages` has it."""
    blocks = [
        block("words", "words", 1, 2, {"letters": LETTERS, "joiners": JOINERS, "words": HIDDEN}),
        block("characters", "characters", 2, 4, {"letters": {}, "joiners": "", "words": []}),
    ]
    told = common(blocks) | {
        "classes": ["personal", "notification", "spam"],
        "disguises": {"letters": LETTERS, "joiners": JOINERS, "words": HIDDEN},
    }
    groups: list[list[list[str]]] = [
        [["personal"], ["notification", "spam"]],
        [["notification"], ["spam"]],
    ]
    return told | {"stages": [stage_of(f"stage {n}", one, told) for n, one in enumerate(groups)]}


def three_groups() -> dict[str, object]:
    """Return a model with more groups than two, n-grams of all lengths, and nothing in disguise."""
    nothing = {"letters": {}, "joiners": "", "words": []}
    blocks = [
        block("tokens", "words", 1, 3, nothing),
        block("letters", "characters", 1, 8, nothing),
        block("pairs", "words", 2, 2, nothing),
    ]
    told = common(blocks) | {"classes": ["a", "b", "c", "d"], "disguises": nothing, "longest": 300}
    told |= {"measures": ["emoji", "length"]}
    groups = [[["c", "d"], ["a"], ["b"]], [["d"], ["c"]]]
    return told | {"stages": [stage_of(f"stage {n}", one, told) for n, one in enumerate(groups)]}


def common(blocks: list[dict[str, object]]) -> dict[str, object]:
    """Return what both models have."""
    conditions: dict[str, object] = {
        "offer": {"words": ["free", "prize", "cash", "gratis", "hadiah"]},
        "address": {"starts": ["http", "www"]},
        "code": {"digits": [4, 6]},
        "you": {"words": ["you", "anda", "u"]},
    }
    rules: list[dict[str, object]] = [
        {"name": "offer-to-you", "title": "offers you something", "all": ["offer", "you"], "none": []},
        {
            "name": "plain-code",
            "title": "a code without an offer",
            "all": ["code"],
            "none": ["offer", "address"],
        },
        {"name": "address", "title": "a web address", "all": ["address"], "none": []},
    ]
    return {
        "format": "outclass-linear-text",
        "version": 1,
        "decimals": DECIMALS,
        "longest": 1000,
        "blocks": blocks,
        "measures": list(MEASURES),
        "conditions": conditions,
        "rules": rules,
    }


def block(name: str, kind: str, least: int, most: int, hidden: dict[str, object]) -> dict[str, object]:
    """Return a block whose terms occur in the texts."""
    seen = {gram for text in TEXTS for gram in grams(text, kind, least, most, hidden)}
    seen = {gram for gram in seen if not any("\ud800" <= x <= "\udfff" for x in gram)}  # no UTF-8
    terms = sorted(sorted(seen, key=lambda term: chance(name, term))[:TERMS])
    idf = [round(UNIT * (1 + 6 * chance("idf", name, term))) for term in terms]
    return {"name": name, "kind": kind, "least": least, "most": most, "terms": terms, "idf": idf}


def grams(text: str, kind: str, least: int, most: int, hidden: dict[str, object]) -> Iterator[str]:
    """Yield the n-grams of a text."""
    told = Disguises(
        letters=dict(hidden["letters"]),  # type: ignore[call-overload]
        joiners=frozenset(str(hidden["joiners"])),
        words=frozenset(hidden["words"]),  # type: ignore[call-overload]
    )
    tokens = tokens_of(text, told, 1000)
    for n in range(least, most + 1):
        if kind == "words":
            yield from (" ".join(tokens[at : at + n]) for at in range(len(tokens) - n + 1))
        else:
            for token in (f" {token} " for token in tokens):
                yield from (token[at : at + n] for at in range(len(token) - n + 1))


def stage_of(name: str, groups: list[list[str]], told: dict[str, object]) -> dict[str, object]:
    """Return a stage with coefficients that come from names alone."""
    widths = {one["name"]: one["terms"] for one in told["blocks"]}  # type: ignore[attr-defined]
    widths |= {"measures": told["measures"], "rules": [one["name"] for one in told["rules"]]}  # type: ignore[attr-defined]
    count = 1 if len(groups) == 2 else len(groups)
    rows = [
        {
            "intercept": round(chance("intercept", name, row) - 0.5, DECIMALS),
            "coefficients": {
                part: [round(UNIT * (4 * chance(name, row, part, each) - 2)) for each in names]
                for part, names in widths.items()
            },
        }
        for row in range(count)
    ]
    offsets = [round(0.4 * chance("offset", name, row) - 0.2, DECIMALS) for row in range(count)]
    return {"name": name, "groups": groups, "rows": rows, "scale": 1.1, "offsets": offsets}


def chance(*parts: object) -> float:
    """Return a number from 0 to 1 that depends on nothing but the parts."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return math.ldexp(int.from_bytes(digest[:4]), -32)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
