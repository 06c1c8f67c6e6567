"""`outclass schedule`: jobs on a schedule or on a commit, as text for what runs them."""

from typing import Annotated

import typer

from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json
from outclass.schedule import Form, Task, jobs_of, write_schedule

When = Annotated[
    str | None,
    typer.Option(metavar="CRON", help="When, in the five fields of cron, UTC.", show_default=False),
]


def command(
    challenge: ChallengeName,
    *,
    form: Annotated[Form, typer.Option(help="What the text is for.")] = Form.CRONTAB,
    retrain: When = None,
    benchmark: When = None,
    search: When = None,
    bot: When = None,
    json: Json = False,
) -> None:
    """Print jobs for search, benchmark and retraining: a crontab, Kubernetes CronJobs or a Jenkinsfile.

    A challenge with games has one more: the bot.
    """
    loaded = load_challenge(challenge)
    name, games = loaded.name, loaded.challenge.bot is not None
    wanted = {Task.RETRAIN: retrain, Task.BENCHMARK: benchmark, Task.SEARCH: search, Task.BOT: bot}
    when = {task: fields for task, fields in wanted.items() if fields is not None}
    if json:
        print_json(
            [
                {"task": job.task, "when": job.when, "command": job.command}
                for job in jobs_of(name, when, games=games)
            ]
        )
        return
    typer.echo(write_schedule(name, form, when, games=games), nl=False)
