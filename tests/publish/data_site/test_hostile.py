"""Statements of strangers who mean harm: each is refused, or cut off at the limit."""

import hashlib
import resource
import time
from pathlib import Path

import pytest

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n)"
JOINED = "objects a, objects b, objects c, objects d, objects e"

REFUSED = {
    "insert": "insert into objects (id) values ('x')",
    "update": "update objects set label = 'x'",
    "delete": "delete from objects",
    "replace": "replace into objects (id) values ('x')",
    "drop": "drop table objects",
    "create table": "create table x (a)",
    "create temporary table": "create temp table x as select 1",
    "create view": "create view x as select 1",
    "create trigger": "create trigger x after insert on objects begin select 1; end",
    "create index": "create index x on objects(split)",
    "create virtual table": "create virtual table x using fts5vocab('objects_fts', 'row')",
    "alter": "alter table objects add column x",
    "attach": "attach '/etc/passwd' as x",
    "attach in a memory": "attach ':memory:' as x",
    "detach": "detach main",
    "pragma": "pragma table_info(objects)",
    "pragma writable_schema": "pragma writable_schema = 1",
    "pragma as a table": "select * from pragma_database_list",
    "pragma as a function": "select * from pragma_database_list()",
    "pragma of journals": "select * from pragma_journal_mode('delete')",
    "pragma of options": "select * from pragma_compile_options",
    "vacuum": "vacuum",
    "vacuum into": "vacuum into '/tmp/outclass-harm'",
    "reindex": "reindex",
    "analyze": "analyze",
    "begin": "begin exclusive",
    "savepoint": "savepoint x",
    "with insert": "with x as (select 1) insert into objects (id) select * from x",
    "with delete": "with x as (select 1) delete from objects",
    "with update": "with x as (select 1) update objects set label = ''",
    "explain delete": "explain delete from objects",
    "comment before": "/* select */ delete from objects",
    "comment line before": "-- select\ndelete from objects",
    "two statements": "select 1; delete from objects",
    "only comments": "select -- nothing",
    "values": "values (1)",
    "null character": "select '\0'",
    "rebuild of the index": "insert into objects_fts(objects_fts) values ('rebuild')",
    "load_extension": "select load_extension('/tmp/outclass-harm.so')",
    "fts3_tokenizer": "select fts3_tokenizer('simple', x'00')",
    "writefile": "select writefile('/tmp/outclass-harm', 'y')",
    "readfile": "select readfile('/etc/passwd')",
    "randomblob": "select randomblob(1000000000)",
    "small randomblob": "select hex(randomblob(9))",
    "zeroblob": "select zeroblob(1000000000)",
    "printf": "select printf('%1000000000d', 1)",
    "printf of characters": "select printf('%.*c', 900000000, 'x')",
    "repeated replace": "select replace(replace(replace(printf('%.9000c', 'x'), "
    "'x', printf('%.9000c', 'y')), "
    "'y', printf('%.9000c', 'z')), 'z', 'zz')",
    "group_concat": "select group_concat(a.text || b.text || c.text) from objects a, objects b, objects c",
    "concatenation": "with recursive s(t) as (select 'x' union all select t || t from s) "
    "select max(length(t)) from s",
    "json": "with recursive s(t) as (select '1' union all select json_array(t, t) from s) "
    "select max(t) from s",
    "statements of others": "select sql from sqlite_stmt",
    "pages of the file": "select * from dbstat",
    "other databases": "select * from temp.x",
    "another file": "select * from digits.objects",
    "huge LIKE pattern": f"select 'a' like '{'%a' * 5000}'",
    "huge GLOB pattern": f"select 'a' glob '{'*a' * 5000}'",
    "deep expression": f"select {'(' * 900}1{')' * 900}",
    "long sum": f"select {'1+' * 5000}1",
    "many selects": " union all ".join(["select 1"] * 400),
    "many columns": f"select {','.join('1' for _ in range(2500))}",
    "many functions": f"select {','.join('upper(id)' for _ in range(90))} from objects",
    "long statement": f"select '{'x' * 30_000}'",
    "schema": "update sqlite_master set type = 'x'",
    "schema in a with": "with x as (select 1) update sqlite_master set type = 'x'",
    "raise": "select raise(abort, 'x')",
    "match nonsense": "select * from objects_fts where objects_fts match '\"'",
    "bad named parameter": "select ?1, ?2",
}

CUT = {
    "endless recursion": f"{ENDLESS} select count(*) from n",
    "endless rows": f"{ENDLESS} select i from n",
    "endless recursion in order": f"{ENDLESS} select i from n order by -i",
    "endless distinct": f"{ENDLESS} select count(distinct i) from n",
    "recursion that grows": "with recursive n(i) as (select 1 union all select i + 1 from n "
    "union all select i from n)"
    " select count(*) from n",
    "cross join": f"select count(*) from {JOINED}",
    "cross join in order": f"select a.id from {JOINED} order by a.weight * b.weight * random()",
    "cross join of rows": f"select * from {JOINED}",
    "cross join of groups": f"select a.id, b.id, c.id, count(*) from {JOINED} group by 1, 2, 3, d.id, e.id",
    "window": f"select sum(a.weight) over (order by b.weight, c.weight, random()) from {JOINED}",
    "slow function in each row": "select count(*) from objects a, objects b, objects c "
    "where instr(printf('%.20000c', 'a') || a.id, printf('%.9999c', 'a') || b.id || c.id)",
    "pattern in each row": f"select count(*) from {JOINED} "
    "where printf('%.9000c', 'a') || a.id || b.id || c.id || d.id || e.id like '%a%a%a%a%a%a%a%a%a%b'",
    "many words": f"select count(*) from {JOINED} where a.rowid in "
    "(select rowid from objects_fts where objects_fts match 'a* OR t* OR c*' "
    "and objects_fts.rowid > b.weight)",
    "joins of JSON": "select count(*) from json_each('[1,2,3,4,5,6,7,8]') x, "
    "objects a, objects b, objects c, objects d "
    "where json_extract(a.facts, '$.age') + x.value > 0",
    "printf in each row": f"select count(*) from {JOINED} where length(printf('%.9000c', a.id || e.id)) > 9",
}


@pytest.fixture(scope="module")
def untouched(cats):
    """Hold the data file, its folder and this process's memory to what they were."""
    path = next(iter(cats.app._look().files)).path
    cats.sql("select 1")
    before, files = hashlib.sha256(path.read_bytes()).digest(), set(path.parent.iterdir())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield cats
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert set(path.parent.iterdir()) == files
    assert not Path("/tmp/outclass-harm").exists()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 150_000  # kilobytes


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_what_would_harm_is_refused(untouched, statement):
    start = time.monotonic()

    response = untouched.sql(statement)

    answer = response.json()
    if answer.get("rows") != [[None]]:  # which SQLite says where a text would be too long
        assert response.status_code == 400, response.text[:300]
        assert answer["error"]
        assert not answer.get("rows")
    assert time.monotonic() - start < 3
    assert str(next(iter(untouched.app._look().files)).path) not in response.text


@pytest.mark.parametrize("statement", CUT.values(), ids=CUT.keys())
def test_what_would_take_for_ever_is_cut_off(untouched, statement):
    start = time.monotonic()

    response = untouched.sql(statement, _timelimit="80")

    assert time.monotonic() - start < 1.5
    if response.status_code == 200:
        assert response.json()["truncated"]
        assert len(response.json()["rows"]) == 1000
    else:
        assert response.status_code == 400
        assert "too long" in response.json()["error"]


def test_the_list_of_hostile_statements_is_long_enough():
    assert len(REFUSED) + len(CUT) >= 40


def test_the_time_limit_is_one_second_and_can_only_be_lowered(untouched):
    start = time.monotonic()
    response = untouched.sql(CUT["cross join"], _timelimit="600000")
    spent = time.monotonic() - start

    assert response.status_code == 400
    assert 0.9 < spent < 2.5


def test_rows_of_large_values_are_cut_off_by_their_bytes(untouched):
    response = untouched.sql(
        "select printf('%.200000c', 'x') as x from objects a, objects b", _timelimit="900"
    )

    answer = response.json()
    assert response.status_code == 200
    assert answer["truncated"]
    assert len(answer["rows"]) < 200


@pytest.mark.parametrize(
    "query",
    [
        "_where=1=1) or (1=1",
        "_where=id in (select id from nothing)",
        "_where=load_extension('x')",
        "_where=1; drop table objects",
        f"_timelimit=50&_where=({ENDLESS.replace('+', '%2B')} select max(i) from n)",
        "_sort=nothing",
        "_sort=id&_sort_desc=id",
        "_next=$x",
        "_next=1,2,3",
        "_timelimit=abc",
        "_timelimit=-5",
        "_size=-1",
        "_size=1001",
        "_size=²",
        "_facet={",
        "_facet={}",
        "_facet_size=²&_facet=split",
        "_through={",
        '_through={"table":"x","column":"y","value":"z"}',
        "_col=nothing",
        "_search=x&_fts_table=nothing",
        "_shape=odd",
    ],
)
def test_arguments_that_mean_harm_are_told_and_never_a_fault_of_ours(untouched, query):
    response = untouched.get(f"/data/cats-0123456789ab/objects.json?{query}")

    assert response.status_code in {200, 400, 404}, response.text[:300]
    assert response.json()


HIDDEN = (
    "_internal _memory _internal/tables -/databases -/databases.json -/settings.json -/plugins -/threads "
    "-/actor.json -/permissions -/messages -/allow-debug -/patterns -/auth-token -/logout -/static/app.css "
    ":memory: nothing ../cats cats-0123456789ab/../../x %2e%2e/x"
)


@pytest.mark.parametrize("path", HIDDEN.split())
def test_what_tells_of_the_process_is_not_there(cats, path):
    assert cats.get(f"/data/{path}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_reading_methods_are_known(cats, method):
    response = cats.ask(method, "/data/cats-0123456789ab/objects")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
