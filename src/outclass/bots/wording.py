"""Put answers into words that fit each network."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from outclass.bots.answers import Answer, Chance, Verdict, title_of
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_bot import BotGame

LEAST_SHOWN = 0.01
"""Runner-ups that are less probable are not named."""
MOST_SHOWN = 0.999
ELLIPSIS = "\u2026"


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """How long a text may be, and how that is counted."""

    limit: int
    length: Callable[[str], int]

    def holds(self, text: str) -> bool:
        """Tell whether a text is short enough."""
        return self.length(text) <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says what one game has to say."""

    game: BotGame
    challenge: Challenge

    @property
    def hashtag(self) -> str:
        """Return the hashtag that every post carries."""
        return f"#{self.game.hashtags[0]}"

    def reply(self, answers: Sequence[Answer], space: Space, *, mention: str = "") -> str:
        """Return one text for the photos of a post, as much of it as fits.

        Whatever is left out, the mention, what is said of each photo, the hashtag and the warning stay; if
        even these are too long, what is said is cut.
        """
        for text in self._versions(answers, mention):
            if space.holds(text):
                return text
        return self.squeeze(" ".join(self._briefly(answers)), space, mention)

    def squeeze(self, body: str, space: Space, mention: str = "") -> str:
        """Return a text whose middle is cut so that it fits."""
        low, high = 0, len(body)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (
                (middle, high)
                if space.holds(self._whole(mention, self._cut(body, middle)))
                else (low, middle - 1)
            )
        return self._whole(mention, self._cut(body, low))

    def summary(self, lines: Sequence[str], score: str, space: Space) -> str:
        """Return the text of a summary: as many lines as fit, and the score of all."""
        for count in range(len(lines), 0, -1):
            left = len(lines) - count
            more = [f"... and {left} more"] if left else []
            text = self._whole(
                "", "\n".join([f"{self.game.title}: the answers", *lines[:count], *more, score])
            )
            if space.holds(text):
                return text
        return self.squeeze(score, space)

    def _versions(self, answers: Sequence[Answer], mention: str) -> Iterator[str]:
        """Yield the text, then shorter ones that say less."""
        one = len(answers) == 1
        for facts in (True, False):
            for runner_ups in range(self.game.runner_ups, -1, -1):
                sentences = self._sentences(answers, runner_ups=runner_ups, facts=facts)
                yield self._whole(mention, "\n".join(sentences), one=one)
        yield self._whole(mention, "\n".join(self._briefly(answers)), one=one)

    def _whole(self, mention: str, body: str, *, one: bool = False) -> str:
        """Return a post: mention, body, hashtag, warning."""
        if one:
            first, line, rest = body.partition("\n")
            body = f"{first} {self.hashtag}{line}{rest}"
        else:
            body = f"{body}\n{self.hashtag}" if body else self.hashtag
        parts = [f"{mention} {body}".strip(), self.challenge.warning]
        return "\n\n".join(part for part in parts if part)

    @staticmethod
    def _cut(body: str, length: int) -> str:
        """Return the beginning of a text, which says that it was cut."""
        return body if length >= len(body) else body[:length].rstrip() + ELLIPSIS

    def _sentences(self, answers: Sequence[Answer], *, runner_ups: int, facts: bool) -> list[str]:
        """Return what is said of each photo, numbered where there are several."""
        said = [self._sentence(answer, runner_ups=runner_ups, facts=facts) for answer in answers]
        if len(said) == 1:
            return said
        return [f"{place}. {sentence}".replace("\n", " ") for place, sentence in enumerate(said, 1)]

    def _sentence(self, answer: Answer, *, runner_ups: int, facts: bool) -> str:
        """Return what is said of one photo."""
        words = self.game.words
        others = self._listed(answer.others, runner_ups)
        match answer.verdict:
            case Verdict.SURE if answer.best is not None:
                fact = self._fact(answer.best) if facts else ""
                lines = [
                    words.sure.format(answer=self._title(answer.best), confidence=shown(answer.best)),
                    fact,
                    words.others.format(others=others) if others else "",
                ]
                return "\n".join(line for line in lines if line)
            case Verdict.GROUP if answer.best is not None and answer.group is not None:
                said = words.group.format(
                    group=self._title(answer.group),
                    group_confidence=shown(answer.group),
                    answer=f"{self._title(answer.best)} ({shown(answer.best)})",
                )
                fact = self._fact(answer.group) if facts else ""
                return f"{said}\n{fact}".rstrip()
            case Verdict.UNSURE if answer.best is not None:
                return words.unsure.format(others=self._listed((answer.best, *answer.others), runner_ups + 1))
            case Verdict.UNREADABLE:
                return words.unreadable
            case _:
                return words.nothing

    def _briefly(self, answers: Sequence[Answer]) -> list[str]:
        """Return as little as may be said of each photo."""
        said = []
        for answer in answers:
            match answer.verdict:
                case Verdict.SURE if answer.best is not None:
                    said.append(f"{self._title(answer.best)} ({shown(answer.best)})")
                case Verdict.GROUP if answer.group is not None:
                    said.append(f"{self._title(answer.group)} ({shown(answer.group)})")
                case Verdict.UNSURE | Verdict.GROUP | Verdict.SURE:
                    said.append(self.game.words.undecided)
                case Verdict.UNREADABLE:
                    said.append(self.game.words.unreadable)
                case _:
                    said.append(self.game.words.nothing)
        return said if len(said) == 1 else [f"{place}. {one}" for place, one in enumerate(said, 1)]

    def _fact(self, chance: Chance) -> str:
        """Return what is added for a class or a group, by its facts."""
        facts = {label.name: label.facts for label in self.challenge.classes}
        facts |= {group.name: group.facts for group in self.challenge.groups}
        said = self.game.facts
        added = (said[name].get(value, "") for name, value in facts[chance.name].items() if name in said)
        return " ".join(text for text in added if text)

    def _listed(self, chances: Sequence[Chance], most: int) -> str:
        """Return runner-ups with their probabilities."""
        named = [chance for chance in chances[:most] if chance.probability >= LEAST_SHOWN]
        return ", ".join(f"{self._title(chance)} ({shown(chance)})" for chance in named)

    def _title(self, chance: Chance) -> str:
        """Return what people read for a class or a group."""
        return title_of(chance.name, self.challenge)


def shown(chance: Chance) -> str:
    """Return a probability as people read it; nothing is ever certain.

    >>> shown(Chance(name="cougar", probability=0.9534)), shown(Chance(name="cougar", probability=1.0))
    ('0.953', '0.999')
    """
    return f"{min(chance.probability, MOST_SHOWN):.3f}"
