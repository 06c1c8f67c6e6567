"""How much poison the gate lets through: new accounts give wrong labels to a share of the training messages.

``python benchmarks/messages/poison.py --data FOLDER`` collects messages from FOLDER into temporary homes.
Five accounts of one day agree on a wrong label for a share of the training objects; then labels are concluded
with and without the rule of trust, a model is trained where the data changed, and the gate compares it with
the shipped champion on the frozen hold-out.
"""

import argparse
import json
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random

from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.base.tables import TABLES, create_statements
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.feedback.ballots import UPSERT, Voter, ballot_id
from outclass.feedback.checkers import account_checker
from outclass.feedback.trust import DAY, TrustRule
from outclass.retraining import Wishes, retrain

WRONG = {"personal": "spam", "spam": "personal", "notification": "personal"}
ACCOUNTS = range(1, 6)


def main() -> None:
    """Poison, retrain, print."""
    arguments = parse()
    rows = []
    for share in arguments.shares:
        for trusting in (True, False):
            with tempfile.TemporaryDirectory() as home:
                rows.append(poisoned(Path(home), arguments.data, share, trusting=trusting))
                print(json.dumps(rows[-1]), flush=True)


def poisoned(home: Path, data: Path, share: float, *, trusting: bool) -> dict[str, object]:
    """Return how one retraining ended."""
    url = f"sqlite:///{(home / 'site.sqlite3').as_posix()}"
    settings = Settings(home=home, database_url=url, mirror=str(data))
    loaded = load_challenge("messages")
    version = collect(loaded, settings)
    with closing(Database.connect(url, create=True)) as db:
        for table in TABLES:
            for statement in create_statements(table, db.dialect):
                db.execute(statement)
        cast = vote_wrongly(db, version, share)
    started, processor = time.perf_counter(), time.process_time()
    made = retrain(loaded, settings, wishes=Wishes(trust=TrustRule(enabled=trusting)))
    verdict = made.verdict
    return {
        "share": share,
        "trust": trusting,
        "ballots": cast,
        "labels": made.heard.labels,
        "outcome": made.outcome.value,
        "rows": None if verdict is None else verdict.rows,
        "better": None if verdict is None or verdict.better is None else round(verdict.better, 4),
        "lower": None if verdict is None or verdict.lower is None else round(verdict.lower, 4),
        "against": 0 if verdict is None else len(verdict.refused),
        "seconds": round(time.perf_counter() - started, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
    }


def vote_wrongly(db: Database, version: DatasetVersion, share: float) -> int:
    """Let new accounts agree on wrong labels; return how many ballots they cast."""
    table, chance, now = version.objects("train"), Random(1), time.time()
    wrong = {
        name: WRONG[label]
        for name, label in zip(table.ids, table.labels, strict=True)
        if chance.random() < share
    }
    rows = []
    for account in ACCOUNTS:
        account_checker(db, user_id=account, name=f"new {account}", staff=False, known_since=now - DAY)
        voter = Voter(user_id=account)
        for name, label in wrong.items():
            identity = ballot_id("messages", f"object:{name}", voter)
            who = (account, None, None, None)
            rows.append((identity, "messages", None, name, label, *who, "check", now))
    db.execute_many(UPSERT, rows)
    return len(rows)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.02, 0.1, 0.3])
    return parser.parse_args()


if __name__ == "__main__":
    main()
