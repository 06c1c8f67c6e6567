"""Play one game on one network: read posts, answer each once, learn the truth, tell the score."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from outclass.bots.answers import Verdict
from outclass.bots.judging import Judge
from outclass.bots.ledger import Entry, Ledger, State, entry_id
from outclass.bots.manners import HOUR, Skip, why_not
from outclass.bots.posts import Draft, Post, Sent
from outclass.bots.reveals import score_line, summary_lines, truth_of
from outclass.bots.transport import RefusedError, Transport, TryLaterError
from outclass.bots.wording import Space, Speaker

LOG = logging.getLogger(__name__)

TRIES = 12
"""After so many attempts an entry is given up."""
FIRST_WAIT, LONGEST_WAIT = 30.0, HOUR
REVEAL_SECONDS = 14 * 24 * HOUR
"""Truths are looked for as long."""
SUMMARY_SECONDS = 6 * HOUR
"""Two summaries of one game are at least so far apart."""
DEFAULT_PAUSE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long is waited: in seconds, and in attempts."""

    tries: int = TRIES
    first_wait: float = FIRST_WAIT
    longest_wait: float = LONGEST_WAIT
    summary: float = SUMMARY_SECONDS

    def wait(self, attempts: int) -> float:
        """Return how long is waited after so many attempts: twice as long each time, and not all at once."""
        wait = min(self.first_wait * 2.0 ** max(0, attempts - 1), self.longest_wait)
        return wait * random.uniform(0.75, 1.25)  # noqa: S311 - to spread attempts


class Player:
    """One game of one account on one network.

    Parameters
    ----------
    accounts
        Whose posts are read.
    stopping
        Tells whether to stop after the answer that is being worked on.
    """

    def __init__(
        self,
        *,
        speaker: Speaker,
        transport: Transport,
        ledger: Ledger,
        judge: Judge,
        accounts: Sequence[str],
        clock: Callable[[], float] = time.time,
        stopping: Callable[[], bool] = lambda: False,
        pace: Pace = Pace(),
    ) -> None:
        self.game = speaker.game
        self.quiet_until = 0.0
        self._speaker = speaker
        self._transport = transport
        self._ledger = ledger
        self._judge = judge
        self._accounts = tuple(accounts)
        self._clock = clock
        self._stopping = stopping
        self._pace = pace

    @property
    def transport(self) -> Transport:
        """Return the network that is played on."""
        return self._transport

    def counts(self) -> dict[str, int]:
        """Return how many posts of this game are in each state."""
        return self._ledger.counts()

    def play(self) -> None:
        """Play one round; what fails now is tried again in a later one.

        Where the network asks for a pause, the round ends, and `quiet_until` says when the next may begin.
        """
        if self._clock() < self.quiet_until:
            return
        try:
            self._work()
            self._notice()
            self._work()
            self._listen()
            self._summarize()
        except TryLaterError as error:
            wait = error.wait if error.wait is not None else DEFAULT_PAUSE
            self.quiet_until = self._clock() + wait
            LOG.warning("pause: %s", error.what, extra={"network": self._transport.network, "seconds": wait})

    def preview(self) -> Iterator[tuple[Post, str]]:
        """Yield what would be answered now; nothing is written, nothing posted."""
        for post in self._new_posts():
            if why_not(post, self.game, self._clock()) is None:
                answers = self._judge.look(post.pictures, last=True)
                if any(answer.verdict is not Verdict.UNREADABLE for answer in answers):
                    yield (
                        post,
                        self._speaker.reply(answers, self._space, mention=self._transport.mention(post)),
                    )

    @property
    def _space(self) -> Space:
        """Return how long a post may be."""
        return Space(limit=self._transport.limit, length=self._transport.length)

    def _new_posts(self) -> list[Post]:
        """Return posts with a hashtag of the game that no ledger knows, the oldest first.

        Our own and shared ones are none: a shared post is its author's, who may be read as well.
        """
        since = self._clock() - self.game.fresh_hours * HOUR
        found: dict[str, Post] = {}
        for account in self._accounts:
            if self._stopping():
                break
            for post in self._read(account, self.game.hashtags, since=since):
                if not post.shared and post.author.id != self._transport.account:
                    found[post.uri] = post
        known = self._ledger.known(list(found))
        new = [post for uri, post in found.items() if uri not in known]
        return sorted(new, key=lambda post: post.created_at)

    def _read(
        self, account: str, hashtags: Sequence[str], *, since: float, replies: bool = False
    ) -> Iterator[Post]:
        """Yield posts of an account; what cannot be read now is read in the next round."""
        try:
            yield from self._transport.posts(account, hashtags, since=since, replies=replies)
        except TryLaterError as error:
            if error.all_calls:
                raise
            LOG.warning("account not read: %s", error.what, extra={"account": account})
        except RefusedError as error:
            LOG.error("account not read: %s", error.what, extra={"account": account})

    def _notice(self) -> None:
        """Write new posts down."""
        now = self._clock()
        for place, post in enumerate(self._new_posts()):
            skip = why_not(post, self.game, now)
            self._ledger.note(post, now=now, place=place, skip=skip)

    def _work(self) -> None:
        """Work on what is due."""
        for entry in self._ledger.due(self._clock()):
            if self._stopping():
                return
            leased = self._ledger.take(entry, now=self._clock())
            if leased is not None:
                self._attempt(leased)

    def _attempt(self, entry: Entry) -> None:
        """Work on one entry, and write down how that ended."""
        try:
            self._answer(entry)
        except TryLaterError as error:
            wait = self._pace.wait(entry.attempts) if error.wait is None else error.wait
            LOG.warning("later: %s", error.what, extra={"entry": entry.id, "attempts": entry.attempts})
            self._ledger.later(entry, error.what, at=self._clock() + wait)
            if error.all_calls:
                raise
        except RefusedError as error:
            LOG.warning("refused: %s", error.what, extra={"entry": entry.id})
            self._ledger.end(entry, State.FAILED, Skip.REFUSED)

    def _answer(self, entry: Entry) -> None:
        """Bring one entry to its end: answer, write down, post, write down."""
        draft = entry.planned_draft()
        if draft is not None and entry.state is State.PLANNED:
            self._send_again(entry, draft)
            return
        post = entry.seen_post()
        if post is None:
            self._ledger.end(entry, State.FAILED, "nothing is known of this post")
            return
        answers = self._judge.look(post.pictures, last=entry.attempts >= self._pace.tries)
        if all(answer.verdict is Verdict.UNREADABLE for answer in answers):
            self._ledger.end(entry, State.SKIPPED, Skip.UNREADABLE)
            return
        text = self._speaker.reply(answers, self._space, mention=self._transport.mention(post))
        draft = self._draft(entry.id, text, post)
        planned = self._ledger.plan(entry, draft, answers)
        if planned is not None:
            self._done(planned, self._transport.send(draft))

    def _send_again(self, entry: Entry, draft: Draft) -> None:
        """Look for what may have been posted before; post it where it was not."""
        sent = self._transport.find(draft)
        if sent is None:
            if entry.attempts > self._pace.tries:
                self._ledger.end(entry, State.FAILED, "given up after too many attempts")
                return
            sent = self._transport.send(draft)
        self._done(entry, sent)

    def _done(self, entry: Entry, sent: Sent) -> None:
        """Write down that an entry is posted."""
        self._ledger.sent(entry, sent, now=self._clock())
        LOG.info("posted", extra={"game": self.game.name, "entry": entry.id, "url": sent.url})

    def _draft(self, key: str, text: str, post: Post) -> Draft:
        """Return the answer to a post, as visible as the post."""
        return Draft(
            key=key,
            text=text,
            hashtag=self.game.hashtags[0],
            moment=post.created_at,
            written_at=self._clock(),
            reply_to=post.id,
            version=post.version,
            listed=post.listed,
            content_warning=post.content_warning,
            language="en",
        )

    def _listen(self) -> None:
        """Read what the authors say that it was."""
        reveal = self.game.reveal
        now = self._clock()
        if reveal is None:
            return
        waiting = {
            draft.reply_to: entry
            for entry in self._ledger.unrevealed(since=now - REVEAL_SECONDS)
            if (draft := entry.planned_draft()) is not None
        }
        since = min((entry.created_at for entry in waiting.values()), default=now) - HOUR
        for account in self._accounts if waiting else ():
            for post in self._read(account, reveal.hashtags, since=since, replies=True):
                entry = waiting.get(post.reply_to)
                if entry is None or entry.author != post.author.handle:
                    continue
                truth = truth_of(post.text, self._speaker.challenge, reveal)
                if truth is not None:
                    self._ledger.reveal(entry, truth, now=now)

    def _summarize(self) -> None:
        """Tell how the bot did on answers whose truth became known."""
        now = self._clock()
        entries = self._ledger.revealed(unsummarized=True)
        last = self._ledger.last_summary()
        if not entries or (last is not None and now - last < self._pace.summary):
            return
        score = score_line(self._ledger.revealed(), self._speaker)
        text = self._speaker.summary(summary_lines(entries, self._speaker), score, self._space)
        name = f"summary:{self._transport.network}:{self._transport.account}:{entries[0].id}"
        key = entry_id(self.game.name, name)
        draft = Draft(
            key=key, text=text, hashtag=self.game.hashtags[0], moment=now, written_at=now, language="en"
        )
        if self._ledger.plan_summary(name, draft, entries, now=now):
            self._work()
