"""Rules as features: which tokens a message must hold, declared as data that goes into `model.json`."""

from collections.abc import Mapping
from dataclasses import dataclass

from outclass.base.errors import DataError
from outclass.inference.linear_text.document import Condition, Rule

MOST_CONDITIONS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Conditions by name, and the rules that name them."""

    conditions: Mapping[str, Condition]
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        """Refuse rules of unknown conditions."""
        named = {name for rule in self.rules for name in (*rule.all, *rule.none)}
        if unknown := sorted(named - set(self.conditions)):
            raise DataError("a rule names an unknown condition", got=", ".join(unknown))


NO_RULES = RuleBook(conditions={}, rules=())


def rule(name: str, title: str, *every: str, none: tuple[str, ...] = ()) -> Rule:
    """Return a rule that holds where all of these conditions do and none of the others."""
    return Rule(name=name, title=title, all=every, none=none)


def words(text: str) -> Condition:
    """Return the condition that a token is one of these, given with spaces between."""
    return Condition(words=frozenset(text.split()))


def starts(text: str) -> Condition:
    """Return the condition that a token begins with one of these."""
    return Condition(starts=tuple(sorted(set(text.split()))))


def digits(least: int, most: int) -> Condition:
    """Return the condition that a token is a number of so many digits."""
    return Condition(digits=(least, most))
