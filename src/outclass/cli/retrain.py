"""`outclass retrain`: from what people said to a new champion, or to the reason why there is none."""

from typing import Annotated

import typer

from outclass.base.errors import GateRefusedError
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table, say
from outclass.cli.progress import progress_bars
from outclass.feedback.trust import TRUST, TrustRule
from outclass.retraining import Outcome, Retraining, Wishes, retrain


def command(
    challenge: ChallengeName,
    *,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same model.")] = 0,
    recipe: Annotated[
        str, typer.Option(metavar="NAME", help="A named change of parameters, such as quick.")
    ] = "full",
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu or cuda.")] = "auto",
    trust: Annotated[
        bool,
        typer.Option(
            "--trust/--no-trust", help="Let new accounts count little until they have shown what they can."
        ),
    ] = True,
    again: Annotated[
        bool, typer.Option("--again", help="Train even where the champion learned from this very data.")
    ] = False,
    json: Json = False,
) -> None:
    """Conclude labels from ballots, collect, train, and promote what the gate finds better."""
    rule = TRUST if trust else TrustRule(enabled=False)
    wishes = Wishes(trust=rule, seed=seed, recipe=recipe, device=device, again=again)
    with progress_bars(quiet=json) as progress:
        made = retrain(
            load_challenge(challenge), Settings.from_environment(), wishes=wishes, progress=progress
        )
    if json:
        print_json(made)
    else:
        tell_outcome(made)
    if made.outcome is Outcome.REFUSED:
        raise typer.Exit(GateRefusedError.exit_code)


def tell_outcome(made: Retraining) -> None:
    """Say what people said, what came of it, and why."""
    heard = made.heard
    say(
        f"{heard.ballots} ballots of {heard.voters} voters, {heard.doubted} of whom count little: "
        f"{heard.labels} labels, {heard.rows} new objects, {heard.unsettled} unsettled"
    )
    for why, count in heard.left_out.items():
        say(f"{count} ballots left out: {why}")
    for sentence in heard.trust:
        say(f"rule: {sentence}")
    kept = ", which is not used" if made.outcome is Outcome.REFUSED and made.data_before else ""
    say(f"data: {made.data_before or 'none'} -> {made.data}{kept}")
    if made.outcome is Outcome.UNCHANGED:
        say(f"not trained: {'; '.join(made.reasons)}")
        return
    say(f"run {made.run}: {made.reference}, {made.outcome.value}")
    if made.verdict is None:
        return
    for sentence in made.verdict.sentences():
        say(sentence)
    if made.verdict.figures:
        columns = ("figure", "challenger", "champion", "allowed", "passed")
        print_table(
            columns,
            ((one.name, one.challenger, one.champion, one.bound, one.passed) for one in made.verdict.figures),
        )
