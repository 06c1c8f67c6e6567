"""Keys are shown once, kept hashed, counted, rotated and revoked."""

import re

import pytest

from outclass.base.errors import ConflictError, InvalidInputError, NotFoundError
from outclass.base.keys import (
    MOST_ACTIVE_KEYS,
    Scope,
    count_use,
    create_key,
    find_key,
    get_key,
    hash_of,
    list_keys,
    revoke_key,
    rotate_key,
    use_of,
    used_today,
)
from outclass.base.sql import Database

NOON = 1_795_219_200.0


def test_a_key_is_found_by_its_text_only(db: Database) -> None:
    record, text = create_key(db, owner_id=7, name=" robot ", scopes=["read", "predict"], requests_per_day=5)
    assert re.fullmatch(r"oc_[a-z0-9]{12}_[A-Za-z0-9]{32}", text)
    assert find_key(db, text) == record
    assert (record.name, record.scopes, record.active) == ("robot", "predict read", True)
    assert record.allows(Scope.READ)
    assert not record.allows(Scope.FEEDBACK)
    for wrong in ("", text[:-1], text[:-1] + "?", text + "a", f"oc_{record.id}_{'a' * 32}", text.upper()):
        assert find_key(db, wrong) is None


def test_the_text_is_not_kept(db: Database) -> None:
    record, text = create_key(db, owner_id=None, name="a")
    kept = str(db.fetch_all("SELECT * FROM api_key"))
    assert text not in kept
    assert text[-32:] not in kept
    assert record.secret_hash == hash_of(text)


def test_rotation_replaces(db: Database) -> None:
    old, old_text = create_key(db, owner_id=7, name="robot", scopes=["predict"], requests_per_day=5)
    new, new_text = rotate_key(db, old.id, owner_id=7)
    assert (new.name, new.scopes, new.requests_per_day, new.owner_id) == ("robot", "predict", 5, 7)
    assert new_text != old_text
    found = find_key(db, old_text)
    assert found is not None
    assert not found.active
    assert {key.id for key in list_keys(db, 7)} == {old.id, new.id}
    with pytest.raises(ConflictError, match="revoked"):
        rotate_key(db, old.id)


def test_revoking_twice_keeps_the_first_time(db: Database) -> None:
    record, _ = create_key(db, owner_id=7, name="robot")
    first = revoke_key(db, record.id)
    assert first.revoked_at is not None
    assert revoke_key(db, record.id) == first


def test_another_persons_key_is_not_found(db: Database) -> None:
    record, _ = create_key(db, owner_id=7, name="robot")
    for action in (get_key, revoke_key, rotate_key):
        with pytest.raises(NotFoundError):
            action(db, record.id, owner_id=8)  # type: ignore[operator]
    assert get_key(db, record.id, 7).active
    assert list_keys(db, 8) == []


def test_use_adds_up_by_day(db: Database) -> None:
    record, _ = create_key(db, owner_id=7, name="robot")
    count_use(db, {(record.id, "2026-11-20"): 2, (record.id, "2026-11-21"): 3}, now=NOON)
    count_use(db, {(record.id, "2026-11-21"): 4}, now=NOON + 1)
    assert [(use.day, use.requests) for use in use_of(db, record.id, now=NOON)] == [
        ("2026-11-21", 7),
        ("2026-11-20", 2),
    ]
    assert [use.day for use in use_of(db, record.id, days=1, now=NOON)] == ["2026-11-21"]
    assert used_today(db, record.id, now=NOON) == 7
    assert used_today(db, record.id, now=NOON + 86_400) == 0
    assert get_key(db, record.id).last_used_at == NOON + 1
    count_use(db, {})


@pytest.mark.parametrize(
    ("name", "scopes", "quota"),
    [
        ("", ["predict"], 1),
        ("x" * 61, ["predict"], 1),
        ("a\nb", ["predict"], 1),
        ("a\x00", ["predict"], 1),
        ("a", [], 1),
        ("a", ["admin"], 1),
        ("a", ["predict"], 0),
        ("a", ["predict"], 10**9),
    ],
)
def test_bad_wishes_are_refused(db: Database, name: str, scopes: list[str], quota: int) -> None:
    with pytest.raises(InvalidInputError):
        create_key(db, owner_id=1, name=name, scopes=scopes, requests_per_day=quota)
    assert list_keys(db) == []


def test_active_keys_of_a_person_are_limited(db: Database) -> None:
    for number in range(MOST_ACTIVE_KEYS):
        create_key(db, owner_id=7, name=f"robot {number}")
    with pytest.raises(ConflictError, match="no more keys"):
        create_key(db, owner_id=7, name="one more")
    first = list_keys(db, 7)[0]
    rotate_key(db, first.id)
    revoke_key(db, list_keys(db, 7)[0].id)
    create_key(db, owner_id=7, name="one more")
