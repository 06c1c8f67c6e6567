"""POST /api/v1/challenges/{c}/rows: rows for the next data-set version, confirmed when they are on disk."""

import math
from collections.abc import Iterator
from typing import Annotated

import msgspec
from litestar import Router, post
from msgspec import Meta

from outclass.api.asgi import Reply
from outclass.api.exchange import Exchange
from outclass.api.idempotent import done_once
from outclass.api.routing import InPath, TheExchange, TheService, guarded
from outclass.api.service import Service
from outclass.base.document import parse_json
from outclass.base.errors import (
    AuthenticationError,
    InputError,
    InvalidInputError,
    TooLargeError,
    UnsupportedMediaError,
)
from outclass.base.keys import Scope
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.inbox_rows import InboxRow, keep_rows
from outclass.inputs.table import coder_of
from outclass.inputs.text import check_text, is_blank

MOST_ROWS = 10_000
JSON_LINES = frozenset(
    {"application/x-ndjson", "application/jsonl", "application/jsonlines", "application/ndjson"}
)
JSON = "application/json"
ACCEPTED = f"{JSON}, application/x-ndjson, application/jsonl"


class IngestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken; it is on the disk."""

    challenge: str
    batch: Annotated[str, Meta(description="name of these rows: the same rows have the same name")]
    rows: Annotated[int, Meta(description="how many rows were sent")]
    new: Annotated[bool, Meta(description="false: the same rows were taken before, and are kept once")]
    next: Annotated[str, Meta(description="what makes a new data-set version of them")]


_decode_row = msgspec.json.Decoder(InboxRow).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


@post("/challenges/{challenge:str}/rows", opt=guarded(Scope.INGEST))
async def add_rows(service: TheService, exchange: TheExchange, challenge: InPath) -> Reply:
    """Take rows for a challenge."""
    if exchange.key is None:
        raise AuthenticationError(
            "rows are taken from keys only", where="Authorization", accepted="a key with the scope ingest"
        )
    found = service.challenge(challenge)
    exchange.challenge = found.name
    body = await service.bodies.read(exchange, found.limits.body_bytes)
    rows = await service.in_decoder(read_rows, body, exchange.headers.get(b"content-type"), found)
    return Reply(await service.in_database(take_rows, service, exchange, found, rows, body))


def read_rows(body: bytes, content_type: bytes | None, challenge: Challenge) -> list[InboxRow]:
    """Return the rows of a body; one that is broken refuses them all.

    Raises
    ------
    InputError
        Or one of its kinds; `where` is the line, or the place in the list, from 1.
    """
    if challenge.input.kind not in (InputKind.TEXT, InputKind.TABLE):
        raise InvalidInputError(
            "rows are taken for challenges of texts and tables only",
            got=challenge.input.kind.value,
            accepted="text, table",
        )
    rows = [
        check_row(parse_row(content, where), where, challenge) for where, content in split(body, content_type)
    ]
    if not rows:
        raise InputError("there are no rows", accepted=f"1 to {MOST_ROWS} rows")
    contents: dict[str, object] = {}
    for row in rows:
        content = (row.text, row.record)
        if row.id is not None and contents.setdefault(row.id, content) != content:
            what = f"two rows with the same id have different {'texts' if row.text else 'records'}"
            raise InvalidInputError(what, where="id", got=row.id)
    return rows


def split(body: bytes, content_type: bytes | None) -> Iterator[tuple[str, bytes]]:
    """Yield each row with where it stands."""
    media = (content_type or b"").partition(b";")[0].strip().lower().decode("latin-1")
    if media not in JSON_LINES | {"", JSON}:
        raise UnsupportedMediaError(
            "this kind of body is not read here", where="Content-Type", got=media, accepted=ACCEPTED
        )
    if media == JSON or (not media and body.lstrip()[:1] == b"["):
        parts = [("row", number, bytes(raw)) for number, raw in enumerate(parse_json(body, _decode_list), 1)]
    else:
        lines = enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
        parts = [("line", number, line) for number, line in lines if line.strip()]
    if len(parts) > MOST_ROWS:
        raise TooLargeError(
            "there are too many rows", got=f"{len(parts)} rows", accepted=f"at most {MOST_ROWS}"
        )
    yield from ((f"{kind} {number}", content) for kind, number, content in parts)


def parse_row(content: bytes, where: str) -> InboxRow:
    """Return one row; an error says where it stands."""
    try:
        return parse_json(content, _decode_row)
    except InputError as error:
        place = f"{where}, {error.where}" if error.where else where
        raise type(error)(error.what.replace("the body", "this"), where=place, got=error.got) from None


def check_row(row: InboxRow, where: str, challenge: Challenge) -> InboxRow:
    """Return a row that the challenge can use, or refuse it."""
    if challenge.input.kind is InputKind.TABLE:
        check_record(row, where, challenge)
    else:
        check_own_text(row, where, challenge)
    if row.label is not None and row.label not in challenge.class_names:
        raise InvalidInputError(
            "this is no class of the challenge",
            where=f"{where}, label",
            got=row.label,
            accepted=", ".join(challenge.class_names),
        )
    if row.group is not None and not row.group.isprintable():
        raise InvalidInputError("this group has characters that cannot be seen", where=f"{where}, group")
    return row


def check_own_text(row: InboxRow, where: str, challenge: Challenge) -> None:
    """Refuse a row without a text."""
    if row.record is not None:
        raise InvalidInputError("this challenge is of texts", where=f"{where}, record", accepted="text")
    check_text(row.text, challenge.limits, f"{where}, text")
    if is_blank(row.text):
        raise InvalidInputError("the text is empty", where=f"{where}, text")


def check_record(row: InboxRow, where: str, challenge: Challenge) -> None:
    """Refuse a row without a record of the declared columns."""
    if row.text:
        raise InvalidInputError("this challenge is of a table", where=f"{where}, text", accepted="record")
    values = coder_of(challenge.input.columns).row(row.record or {}, f"{where}, record")
    if all(math.isnan(value) for value in values):
        raise InvalidInputError("the record is empty", where=f"{where}, record")


def take_rows(
    service: Service, exchange: Exchange, challenge: Challenge, rows: list[InboxRow], body: bytes
) -> bytes:
    """Keep the rows, once for each Idempotency-Key, and return the answer."""
    caller = f"key {exchange.key_id}"
    return done_once(service, exchange, caller, body, lambda: keep(service, challenge, rows))


def keep(service: Service, challenge: Challenge, rows: list[InboxRow]) -> bytes:
    """Write the rows and return the answer."""
    name, new = keep_rows(service.settings.data_folder / challenge.name, rows)
    return msgspec.json.encode(
        IngestAnswer(
            challenge=challenge.name,
            batch=name,
            rows=len(rows),
            new=new,
            next=f"outclass collect {challenge.name}",
        )
    )


ROUTER = Router("/api/v1", route_handlers=[add_rows])
