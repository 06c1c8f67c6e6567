"""What an author says that it was, and a summary of how the bot did."""

import re
from collections.abc import Sequence

from outclass.bots.answers import Verdict, is_right, title_of
from outclass.bots.ledger import Entry
from outclass.bots.wording import Speaker
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_bot import Reveal

NOT_WORDS = re.compile(r"[\W_]+")
MENTION = re.compile(r"@[\w.-]+(@[\w.-]+)?")


def truth_of(text: str, challenge: Challenge, reveal: Reveal) -> str | None:
    """Return the class that a text names; None where it names none, or several.

    Names, titles and the declared words count in any letter case, as words or run together in a hashtag; a
    longer name hides the shorter ones within it.
    """
    said = f" {normal(MENTION.sub(' ', text))} "
    phrases = {
        normal(phrase): label.name
        for label in challenge.classes
        for phrase in (label.name, label.title, *reveal.words.get(label.name, ()))
    }
    found = set()
    for phrase in sorted(phrases, key=len, reverse=True):
        for form in {phrase, phrase.replace(" ", "")}:
            if form and f" {form} " in said:
                found.add(phrases[phrase])
                said = said.replace(f" {form} ", "  ")
    return found.pop() if len(found) == 1 else None


def normal(text: str) -> str:
    """Return the words of a text in lower case, with one space between.

    >>> normal("A Mountain-Lion! #CougarOrNot")
    'a mountain lion cougarornot'
    """
    return NOT_WORDS.sub(" ", text).casefold().strip()


def summary_lines(entries: Sequence[Entry], speaker: Speaker) -> list[str]:
    """Return a line for each answer whose truth is known."""
    return [line for entry in entries if (line := summary_line(entry, speaker)) is not None]


def summary_line(entry: Entry, speaker: Speaker) -> str | None:
    """Return what a summary says of one answer."""
    words = speaker.game.words
    if entry.truth is None or entry.truth not in speaker.challenge.class_names:
        return None
    truth = title_of(entry.truth, speaker.challenge)
    if is_right(entry.given_answers(), entry.truth, speaker.game):
        return words.right.format(truth=truth, said=truth)
    return words.wrong.format(truth=truth, said=said_of(entry, speaker))


def said_of(entry: Entry, speaker: Speaker) -> str:
    """Return in few words what was answered."""
    said = []
    for answer in entry.given_answers():
        match answer.verdict:
            case Verdict.SURE if answer.best is not None:
                said.append(title_of(answer.best.name, speaker.challenge))
            case Verdict.GROUP if answer.group is not None:
                said.append(title_of(answer.group.name, speaker.challenge))
            case Verdict.UNSURE | Verdict.UNREADABLE:
                said.append(speaker.game.words.undecided)
            case _:
                said.append(speaker.game.words.nothing)
    return ", ".join(dict.fromkeys(said))


def score_line(entries: Sequence[Entry], speaker: Speaker) -> str:
    """Return how many answers were right, of all whose truth is known."""
    known = [entry for entry in entries if entry.truth is not None]
    right = sum(is_right(entry.given_answers(), str(entry.truth), speaker.game) for entry in known)
    return speaker.game.words.score.format(right=right, total=len(known))
