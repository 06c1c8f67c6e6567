"""A deal as its player sees it: the rounds, and the bets on them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest

from outclass.site.play.models import Bet, Deal, Round
from outclass.site.play.players import current_player


@dataclass(frozen=True, slots=True, kw_only=True)
class DealTable:
    """A deal with its rounds in order and its player's bets by object."""

    deal: Deal
    rounds: tuple[Round, ...]
    bets: Mapping[str, Bet]

    def round_at(self, position: int) -> Round:
        """Return a round by its place from 1, or answer 404."""
        if not 1 <= position <= len(self.rounds):
            raise Http404
        return self.rounds[position - 1]

    def bet_on(self, round_: Round) -> Bet | None:
        """Return the bet that settled a round's object, in this deal or in another."""
        return self.bets.get(round_.object_id)

    @property
    def next(self) -> Round | None:
        """Return the first round that is not settled."""
        return next((round_ for round_ in self.rounds if self.bet_on(round_) is None), None)

    def progress(self, current: Round | None = None) -> list[str]:
        """Return the state of each round, as the marks of the progress bar are called."""
        return [self._mark(round_, round_ is current) for round_ in self.rounds]

    def _mark(self, round_: Round, now: bool) -> str:  # noqa: FBT001 - only used above
        """Return the mark of one round."""
        bet = self.bet_on(round_)
        if bet is None:
            return "is-now" if now else ""
        return "is-won" if bet.winnings_cents > 100 * self.deal.stake else "is-lost"


def table_or_404(request: HttpRequest, challenge: str, token: str) -> DealTable:
    """Return a deal of the player who asks; to anybody else it does not exist."""
    deal = deal_or_404(request, challenge, token)
    rounds = {round_.pk: round_ for round_ in deal.rounds.all()}
    for round_ in rounds.values():
        round_.deal = deal
    objects = [round_.object_id for round_ in rounds.values()]
    found = Bet.objects.filter(player=deal.player, challenge=deal.challenge, object_id__in=objects)
    bets = sorted(found, key=lambda bet: bet.round_id in rounds)
    for bet in bets:
        if bet.round_id in rounds:
            bet.round = rounds[bet.round_id]
    return DealTable(deal=deal, rounds=tuple(rounds.values()), bets={bet.object_id: bet for bet in bets})


def deal_or_404(request: HttpRequest, challenge: str, token: str) -> Deal:
    """Return a deal alone, without its rounds."""
    player = current_player(request)
    deal = None if player is None else Deal.objects.filter(token=token, player=player).first()
    if player is None or deal is None or deal.challenge != challenge:
        raise Http404
    deal.player = player
    return deal
