"""Messages that were written for this challenge: templates, and what fills their gaps.

Nobody sent or received them. Names are common first names, telephone numbers are of ranges kept for fiction,
addresses end in .example. Those to learn from and those to play with share no template.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outclass.challenges.messages import phrases_played, phrases_taught

GAP = re.compile(r"\{(\w+)\}")

FILLINGS: Mapping[str, tuple[str, ...]] = {
    "name": (
        "Anna",
        "Ben",
        "Carla",
        "David",
        "Emma",
        "Farid",
        "Grace",
        "Hugo",
        "Ines",
        "Jonas",
        "Lena",
        "Maya",
    ),
    "place": ("the station", "the park", "school", "the office", "the cafe", "home", "the gym", "the market"),
    "city": (
        "Leeds",
        "Berlin",
        "Lisbon",
        "Jakarta",
        "Lyon",
        "Madrid",
        "Dublin",
        "Austin",
        "Porto",
        "Utrecht",
    ),
    "shop": (
        "Northgate Books",
        "Lumen Energy",
        "Parcel Point",
        "Hillside Dental",
        "City Library",
        "Alpine Bank",
    ),
    "bank": ("Alpine Bank", "First Harbor", "Union Savings", "Meridian Bank", "Bank of the North"),
    "carrier": ("Telenova", "BlueCell", "Skytel", "Mobilis"),
    "time": ("9:15", "10:30", "13:00", "14:45", "16:20", "17:05", "18:40", "7:50 am", "6 pm"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "tomorrow"),
    "date": ("12/03", "4 June", "28-08", "2 Oct", "17.11.", "Mar 9", "23/05/2024", "30 September"),
    "food": ("pasta", "curry", "pizza", "soup", "tacos", "leftovers", "noodles"),
    "thing": (
        "the keys",
        "your jacket",
        "the charger",
        "my umbrella",
        "the tickets",
        "your book",
        "the bread",
    ),
    "product": ("phone", "TV", "laptop", "tablet", "watch", "voucher", "holiday for two"),
    "link": (
        "https://track.example/a7",
        "www.my-account.example",
        "https://t.example/9kd",
        "http://info.example/s",
    ),
    "trap": (
        "http://claim-now.example",
        "https://verify-login.example/x",
        "www.big-win.example",
        "http://bit.example/3q",
    ),
}
"""What fills a gap of some name; numbers are made up by `number`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A message, its class and the template it was made from."""

    text: str
    label: str
    template: str


def taught(seed: int = 1) -> list[Phrase]:
    """Return the messages to learn from."""
    return list(_fill(phrases_taught.TEMPLATES, copies=2, seed=seed, prefix="t"))


def played(seed: int = 2) -> list[Phrase]:
    """Return the messages to play with."""
    return list(_fill(phrases_played.TEMPLATES, copies=2, seed=seed, prefix="p"))


def _fill(templates: Mapping[str, str], *, copies: int, seed: int, prefix: str) -> Iterator[Phrase]:
    """Yield each template filled a few times, all different; one without gaps comes once."""
    chance = random.Random(seed)  # noqa: S311 # no secret
    for label, lines in templates.items():
        for number, template in enumerate(lines.strip().splitlines()):
            known: set[str] = set()
            for _ in range(copies):
                text = GAP.sub(lambda gap: _filling(gap[1], chance), template)
                if text not in known:
                    known.add(text)
                    yield Phrase(text=text, label=label, template=f"{prefix}-{label}-{number:03d}")


def _filling(name: str, chance: random.Random) -> str:
    """Return what fills a gap."""
    if name in FILLINGS:
        return chance.choice(FILLINGS[name])
    return number(name, chance)


def number(name: str, chance: random.Random) -> str:
    """Return a made-up number of some kind."""
    match name:
        case "code":
            return str(chance.randrange(10 ** (length := chance.choice((3, 5, 5, 7))), 10 ** (length + 1)))
        case "amount":
            return chance.choice(
                (f"{chance.randrange(5, 400)}.{chance.randrange(100):02d}", str(chance.randrange(5, 900)))
            )
        case "large":
            return chance.choice(("500", "1000", "2,000", "5000", "10,000", "250.000"))
        case "ref":
            return "".join(chance.choices("ABCDEFGHKLMNPRSTUVWXYZ", k=2)) + str(
                chance.randrange(10**5, 10**6)
            )
        case "short":
            return str(chance.randrange(60000, 90000))
        case "phone":
            return f"07700 900{chance.randrange(1000):03d}"
        case "last":
            return str(chance.randrange(1000, 10000))
        case _:
            return str(chance.randrange(2, 60))
