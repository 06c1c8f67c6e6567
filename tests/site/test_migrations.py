"""Migrations: the shared tables are as declared, nothing is forgotten, and every way leads back."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ledger import stress_deal
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.base.tables import schema_problems
from outclass.site.play.models import Bet, Player, Round
from outclass.site.play.settle import settle
from outclass.site.setup import migrate

OURS = ("accounts", "play", "shared")
TABLES = {
    "accounts_user",
    "play_bet",
    "play_deal",
    "play_player",
    "play_round",
    "play_standing",
    "prediction",
}


def problems_of(url: str) -> list[str]:
    """Return how a database differs from what is declared."""
    with closing(Database.connect(url)) as database:
        return schema_problems(database)


def test_the_shared_tables_are_those_that_are_declared(site: Settings) -> None:
    assert problems_of(site.database_url) == []


def test_no_change_of_a_model_lacks_its_migration() -> None:
    call_command("makemigrations", *OURS, check=True, dry_run=True, verbosity=0)


def test_down_and_up_again(site: Settings) -> None:
    for label in ("play", "shared", "admin", "axes", "accounts"):
        MigrationExecutor(connection).migrate([(label, None)])
    assert not TABLES & set(connection.introspection.table_names())
    migrate(site)
    assert set(connection.introspection.table_names()) >= TABLES
    player = Player.objects.create(kind="guest")
    keys = stress_deal(player, 1)
    settle(Round.objects.select_related("deal__player").get(pk=keys[0]), {"a": 100})
    assert Bet.objects.count() == 3


def test_processes_that_start_at_once_migrate_once(site: Settings, tmp_path: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'new.sqlite3').as_posix()}"
    code = (
        "import sys; from pathlib import Path\n"
        "from outclass.base.settings import Settings; from outclass.site.setup import migrate\n"
        "migrate(Settings(home=Path(sys.argv[1]), database_url=sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), url]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        _, said = process.communicate(timeout=110)
        assert process.returncode == 0, said.decode()
    assert problems_of(url) == []
