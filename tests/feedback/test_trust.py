"""What each person's ballots count."""

from outclass.feedback.ballots import UNSURE, Ballot
from outclass.feedback.checkers import Checker
from outclass.feedback.trust import DAY, TrustRule, ballot_weights, standings

NOW = 1_000 * DAY


def ballot(voter: int, thing: str, label: str) -> Ballot:
    """Return a ballot of an account on an object."""
    return Ballot(
        id=f"{voter}/{thing}",
        challenge="shapes",
        prediction_id=None,
        object_id=thing,
        label=label,
        user_id=voter,
        key_id=None,
        address_hash=None,
        source="check",
        created_at=NOW,
    )


def checker(user_id: int, *, days: float, staff: bool = False) -> Checker:
    """Return an account of some age."""
    return Checker(
        id=str(user_id),
        user_id=user_id,
        invitation_id=None,
        name=f"person {user_id}",
        staff=staff,
        known_since=NOW - days * DAY,
        created_at=NOW,
    )


def weigh(ballots, *checkers, gold=None, concluded=None, rule=None):
    """Return the standings by account."""
    found = standings(
        ballots,
        gold={f"object:{name}": label for name, label in (gold or {}).items()},
        concluded={f"object:{name}": label for name, label in (concluded or {}).items()},
        checkers={one.voter.name: one for one in checkers},
        rule=rule or TrustRule(),
        now=NOW,
    )
    return {int(name.removeprefix("user:")): one for name, one in found.items()}


def test_new_accounts_count_little_old_ones_wholly_and_staff_more() -> None:
    ballots = [ballot(person, "a", "dot") for person in (1, 2, 3, 4)]
    found = weigh(ballots, checker(1, days=1), checker(2, days=8), checker(3, days=0, staff=True))
    assert {name: one.weight for name, one in found.items()} == {1: 0.2, 2: 1.0, 3: 3.0, 4: 0.2}
    assert [found[1].reason, found[3].reason, found[4].name] == ["new", "staff", "user"]


def test_gold_makes_a_new_account_count_and_an_old_one_count_nothing() -> None:
    gold = {str(place): "dot" for place in range(5)}
    ballots = [ballot(1, name, "dot") for name in gold]
    ballots += [ballot(2, name, "bar" if int(name) > 1 else "dot") for name in gold]
    found = weigh(ballots, checker(1, days=0), checker(2, days=99), gold=gold)
    assert (found[1].weight, found[1].fresh) == (1.0, False)
    assert (found[2].weight, found[2].gold_share) == (0.0, 0.4)
    assert found[2].reason == "right on 2 of 5 test items"


def test_so_does_agreement_on_many_items_that_others_settled() -> None:
    concluded = {str(place): "dot" for place in range(20)}
    ballots = [ballot(1, name, "dot" if int(name) > 2 else "bar") for name in concluded]
    ballots += [ballot(2, name, "dot" if int(name) > 3 else "bar") for name in concluded]
    found = weigh(ballots, checker(1, days=0), checker(2, days=0), concluded=concluded)
    assert (found[1].weight, found[1].agreed_share) == (1.0, 0.85)
    assert found[2].weight == 0.2


def test_not_to_know_is_no_mistake() -> None:
    gold = {str(place): "dot" for place in range(9)}
    ballots = [ballot(1, name, UNSURE if int(name) < 4 else "dot") for name in gold]
    found = weigh(ballots, checker(1, days=0), gold=gold)
    assert (found[1].unsure, found[1].gold_seen, found[1].weight) == (4, 5, 1.0)


def test_all_new_accounts_together_count_less_than_a_conclusion_needs() -> None:
    ballots = [ballot(person, "a", "dot") for person in range(100)] + [ballot(0, "b", "dot")]
    rule = TrustRule()
    found = standings(ballots, gold={}, concluded={}, checkers={}, rule=rule, now=NOW)
    weights = ballot_weights(ballots, found, rule)
    assert abs(sum(weights[:100]) - rule.new_together) < 1e-9
    assert weights[100] == rule.new_weight


def test_without_the_rule_everybody_counts_alike() -> None:
    found = weigh([ballot(1, "a", "dot")], checker(1, days=0), rule=TrustRule(enabled=False))
    assert found[1].weight == 1.0
    assert TrustRule(enabled=False).sentences() == ["Every ballot counts 1, whoever casts it."]
    assert "younger than 7 days count 0.2" in " ".join(TrustRule().sentences())
