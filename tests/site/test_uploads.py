"""Uploads: who may send what, what becomes of it, and who may see it."""

import csv
import io
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from outclass.base.errors import InputError, RateLimitedError
from outclass.base.jobs import Job, JobKind, JobState
from outclass.base.settings import Settings
from outclass.catalog.loader import list_challenges
from outclass.catalog.uploads import Upload, read_upload, uploads_folder, write_upload
from outclass.site.play.challenges import all_challenges
from outclass.site.upload import forms, looking, looks, making, staging, views
from outclass.site.upload.looking import Asked, Seen
from outclass.site.upload.rows import UploadRow
from outclass.worker import Worker, WorkerOptions
from playing import BACKEND, NewUser, text
from sites import migrated_site

MADE = ("challenges", "uploads", "data", "models", "runs", "published")
NAME = "measures"


def flowers(rows: int = 120) -> bytes:
    """Return a table of two classes that overlap."""
    chance = random.Random(1)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["petal length", "petal width", "color", "species"])
    for row in range(rows):
        big = row % 2
        size = [round(chance.gauss(middle + 2 * big, 1.0), 2) for middle in (4, 2)]
        writer.writerow([*size, "rg"[row % 3 == 0], ["rose", "lily"][big]])
    return lines.getvalue().encode()


@pytest.fixture(autouse=True)
def empty_home(site: Settings) -> Iterator[None]:
    """Begin and end without uploads, in a project without challenges."""
    for name in ("challenges", "uploads"):
        shutil.rmtree(site.home / name, ignore_errors=True)
    yield
    for name in ("challenges", "uploads"):
        shutil.rmtree(site.home / name, ignore_errors=True)
    for place in MADE[2:]:
        shutil.rmtree(site.home / place / NAME, ignore_errors=True)


@pytest.fixture
def staff(browser: Client, new_user: NewUser) -> Client:
    """Return a browser of the staff."""
    browser.force_login(new_user("Staff", staff=True), BACKEND)
    return browser


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files be looked at in this process: it is the same code, and starts sooner."""
    monkeypatch.setattr(looks, "ask", looking.look)
    monkeypatch.setattr(making, "ask", looking.look)


def send(browser: Client, content: bytes, name: str = "measures.csv") -> str:
    """Send a file that is taken; return the address of what was found in it."""
    answer = browser.post("/uploads/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, text(answer)
    return str(answer.headers["Location"])


def refused(browser: Client, content: bytes, name: str = "measures.csv") -> str:
    """Send a file that is refused; return the page."""
    answer = browser.post("/uploads/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    return text(answer)


def made(browser: Client, name: str = NAME, **other: str) -> Job:
    """Send a file and make a challenge of it; return its job."""
    values = {"label": "species", "title": "Measures", "question": "Which?", "seconds": "5", "name": name}
    answer = browser.post(send(browser, flowers()), values | other)
    assert answer.status_code == 302, text(answer)
    assert answer.headers["Location"] == f"/uploads/{name}/"
    job = making.jobs().latest(name)
    assert job is not None
    return job


def finish(site: Settings, code: str = "") -> None:
    """Let a worker do what is waiting, by another command than the real one."""
    Worker(site, WorkerOptions(), lambda _job, _settings: ["-c", code]).run(once=True)


def with_model(settings: Settings, name: str, upload: Upload) -> UploadRow:
    """Return an upload that looks as if it had a model."""
    return UploadRow(name=name, upload=upload, job=making.jobs().latest(name), playable=True)


def test_only_staff_and_whom_they_allow_may_upload(browser: Client, new_user: NewUser) -> None:
    """A stranger is asked to log in, a player is told that this is not allowed."""
    assert browser.get("/uploads/").headers["Location"].startswith("/accounts/login/")
    ada = new_user("ada")
    browser.force_login(ada, BACKEND)
    assert browser.get("/uploads/").status_code == 403
    assert browser.post("/uploads/", {"file": SimpleUploadedFile("a.csv", b"a,b\n")}).status_code == 403
    ada.user_permissions.add(Permission.objects.get(codename="upload_data"))
    assert browser.get("/uploads/").status_code == 200


def test_forms_need_their_token(new_user: NewUser) -> None:
    """No form is taken that another site sent."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(new_user("Staff", staff=True), BACKEND)
    assert browser.post("/uploads/", {"file": SimpleUploadedFile("a.csv", b"a,b\n")}).status_code == 403
    assert browser.post("/uploads/measures/stop/").status_code == 403
    assert browser.post("/uploads/measures/delete/").status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty"),
        ("a.exe", b"a,b\n", "no CSV"),
        ("a.csv", b"PK\x03\x04rest", "ZIP"),
        ("a.csv", b"\x1f\x8brest", "gzip"),
        ("a.csv", b"SQLite format 3\x00", "SQLite"),
        ("a.csv", b"PAR1", "Parquet"),
        ("a.csv", b" <!DOCTYPE html><html>", "web page"),
        ("a.csv", b"\xef\xbb\xbf<script>alert(1)</script>", "web page"),
        ("a.csv", b"a,b\n\x00\x01", "no text"),
        ("a.csv", b"a,b\n" + b"1,2\n" * 4_000_000, "too large"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(
    staff: Client, site: Settings, name: str, content: bytes, reason: str
) -> None:
    """Nothing of it is kept."""
    assert reason in refused(staff, content, name)
    assert staging.staged(site.home) == []


def test_no_file_at_all(staff: Client) -> None:
    """The form says what is missing."""
    answer = staff.post("/uploads/", {})
    assert answer.status_code == 422
    assert "Choose a file" in text(answer)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../etc/cron.csv", "cron.csv"),
        ("..\\..\\windows.CSV", "windows.csv"),
        ("my data (1).csv", "my-data-1.csv"),
        ("größe.tsv", "gr-e.tsv"),
        ("....csv", "table.csv"),
        ("a" * 300 + ".csv", "a" * 60 + ".csv"),
        ("x.php.csv", "x-php.csv"),
    ],
)
def test_names_of_files_lead_nowhere(sent: str, kept: str) -> None:
    """A file is kept under a plain name in a folder of its own."""
    assert staging.stored_name(sent) == kept


def test_an_account_has_few_files_and_old_ones_go(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nothing was made of is deleted after a day."""
    for number in range(staging.MOST_OF_ONE):
        staging.keep(site.home, [b"a,b\n"], f"f{number}.csv", owner=1, by="ada", most=100)
    with pytest.raises(RateLimitedError):
        staging.keep(site.home, [b"a,b\n"], "f.csv", owner=1, by="ada", most=100)
    staging.keep(site.home, [b"a,b\n"], "f.csv", owner=2, by="bob", most=100)
    monkeypatch.setattr(staging, "KEPT_SECONDS", -1)
    staging.sweep(site.home)
    assert staging.staged(site.home) == []


@pytest.mark.parametrize("token", ["..", "../../challenges", "short", "a" * 41, "AAAAAAAAAAAA"])
def test_tokens_lead_nowhere(site: Settings, staff: Client, token: str) -> None:
    """A token is a random word, and no path."""
    assert staff.get(f"/uploads/files/{token}/").status_code in {404, 405}
    assert not (site.home / "uploads" / token / "upload.json").exists()


@pytest.mark.usefixtures("seen")
def test_what_was_found_is_shown_and_another_label_can_be_tried(staff: Client) -> None:
    """The likeliest label is chosen; a column that is none says why."""
    address = send(staff, flowers())
    page = text(staff.get(address))
    assert "120 objects, 2 classes" in page
    assert "rose" in page
    assert 'value="measures"' in page
    page = text(staff.get(address, {"label": "petal length"}))
    assert "No challenge can be made of it so." in page
    assert "Make it and learn" not in page
    assert staff.post(f"{address}discard/").status_code == 302
    assert staff.get(address).status_code == 404


@pytest.mark.usefixtures("seen")
def test_what_a_file_says_is_only_text(staff: Client) -> None:
    """Names, values and formulas in cells are shown as they are, and run nowhere."""
    rows = "".join(f"{row % 9},=1+{row % 2},{'<img src=x>' if row % 2 else 'b'}\n" for row in range(80))
    page = text(staff.get(send(staff, f"<b>x</b>,formula,label\n{rows}".encode())))
    assert "<img src=x>" not in page
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


@pytest.mark.usefixtures("seen")
def test_a_refusal_gives_the_true_reason(staff: Client) -> None:
    """One class, few rows, too many columns, a line without an end."""
    one = b"a,label\n" + b"".join(b"%d,x\n" % row for row in range(50))
    assert "same label" in text(staff.get(send(staff, one)))
    assert "too few rows" in text(staff.get(send(staff, b"a,label\n1,x\n2,y\n")))
    wide = b",".join(b"c%d" % n for n in range(3000)) + b"\n"
    assert "3,000 columns" in text(staff.get(send(staff, wide)))
    assert "first line is longer" in text(staff.get(send(staff, b"a" * 300_000)))


def test_the_program_that_looks_answers_whatever_breaks(tmp_path: Path) -> None:
    """It is a process of its own, with JSON in and out."""
    path = tmp_path / "measures.csv"
    path.write_bytes(flowers())
    found = looks.ask(Asked(path=str(path)))
    assert (found.label, found.objects, found.kind) == ("species", 120, "table")
    assert looks.ask(Asked(path=str(tmp_path / "none.csv"))).problem == "this file cannot be read"


def test_what_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is said, and not kept for ever."""
    monkeypatch.setattr(looks, "SECONDS", 0.01)
    path = tmp_path / "measures.csv"
    path.write_bytes(flowers())
    assert "too much time" in str(looks.ask(Asked(path=str(path))).problem)


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize("name", ["digits", "../digits", "Iris", "a/b", "", "-a", "a" * 41, "a\nb"])
def test_a_name_must_be_free_and_plain(staff: Client, site: Settings, name: str) -> None:
    """No upload takes the place of another challenge, or of a folder elsewhere."""
    values = {"label": "species", "title": "T", "question": "Q?", "seconds": "5", "name": name}
    answer = staff.post(send(staff, flowers()), values)
    assert answer.status_code == 422
    assert making.jobs().active() == []
    assert not uploads_folder(site.home).exists()


@pytest.mark.usefixtures("seen")
def test_a_draft_is_made_and_trained_as_a_job(staff: Client, site: Settings) -> None:
    """The challenge is there at once, as a draft of its owner; its page shows how far the job is."""
    job = made(staff)
    folder = uploads_folder(site.home) / NAME
    upload = read_upload(folder)
    assert upload is not None
    assert (upload.by, upload.file, upload.draft) == ("Staff", "measures.csv", True)
    assert (job.kind, job.state, job.argument("seconds")) == (JobKind.TRAIN, JobState.QUEUED, 5)
    assert (folder / "measures.csv").read_bytes() == flowers()
    assert staging.staged(site.home) == []
    assert NAME not in list_challenges(home=site.home)
    page = text(staff.get(f"/uploads/{NAME}/"))
    assert "Waiting for its turn" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert staff.get(f"/c/{NAME}/").status_code == 200
    again = staff.post(
        send(staff, flowers()),
        {"label": "species", "title": "T", "question": "Q", "seconds": 5, "name": NAME},
    )
    assert again.status_code == 422
    assert "here already" in text(again)


@pytest.mark.usefixtures("seen")
def test_hostile_words_of_a_form_stay_words(staff: Client, site: Settings) -> None:
    """Title and question may hold whatever they like, and the file is still a challenge."""
    job = made(staff, title='a: "b" # <script>', question="'{{ x }}' - [c]: &d ?")
    assert job.state is JobState.QUEUED
    page = text(staff.get(f"/c/{NAME}/"))
    assert "<script>" not in page.replace("<script type", "").replace("<script src", "")
    assert "&lt;script&gt;" in page


@pytest.mark.usefixtures("seen")
def test_drafts_are_for_their_owner_and_staff(new_user: NewUser, site: Settings) -> None:
    """Everybody else finds no such challenge, on any page."""
    owner, other, stranger, boss = Client(), Client(), Client(), Client()
    for browser, name in ((owner, "ada"), (other, "bob")):
        user = new_user(name)
        user.user_permissions.add(Permission.objects.get(codename="upload_data"))
        browser.force_login(user, BACKEND)
    boss.force_login(new_user("Boss", staff=True), BACKEND)
    token = send(owner, flowers())
    assert (other.get(token).status_code, boss.get(token).status_code) == (404, 200)
    made(owner)
    pages = (
        f"/c/{NAME}/",
        f"/c/{NAME}/try/",
        f"/c/{NAME}/leaderboard/",
        f"/lab/{NAME}/models/",
        f"/check/{NAME}/",
    )
    for page in pages:
        assert owner.get(page).status_code != 404, page
        assert boss.get(page).status_code != 404, page
        assert (other.get(page).status_code, stranger.get(page).status_code) == (404, 404), page
    for page in (f"/uploads/{NAME}/", f"/uploads/{NAME}/delete/"):
        assert other.get(page).status_code == 404
    assert other.post(f"/uploads/{NAME}/stop/").status_code == 404
    assert NAME not in text(other.get("/uploads/"))
    assert NAME in text(boss.get("/uploads/"))
    assert owner.post(f"/uploads/{NAME}/publish/").status_code == 404


@pytest.mark.usefixtures("seen")
def test_progress_stopping_and_learning_again(staff: Client, site: Settings) -> None:
    """A waiting job is stopped at once; what failed says why; it can be tried again."""
    made(staff)
    store = making.jobs()
    job = store.claim("w")
    assert job is not None
    store.tell(job, step="fit", progress=0.4, message="boosted: log loss 0.1")
    part = staff.get(f"/uploads/{NAME}/", headers={"HX-Request": "true"})
    assert 'value="40"' in text(part)
    assert "<html" not in text(part)
    staff.post(f"/uploads/{NAME}/stop/")
    assert "It is being stopped" in text(staff.get(f"/uploads/{NAME}/"))
    store.end(job, JobState.FAILED, "there is one class; got rose")
    part = staff.get(f"/uploads/{NAME}/", headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    assert "There is one class; got rose" in text(part)
    staff.post(f"/uploads/{NAME}/again/")
    latest = store.latest(NAME)
    assert latest is not None
    assert latest.state is JobState.QUEUED
    staff.post(f"/uploads/{NAME}/stop/")
    assert "It was stopped." in text(staff.get(f"/uploads/{NAME}/"))
    assert staff.post(f"/uploads/{NAME}/nonsense/").status_code == 404
    assert staff.get(f"/uploads/{NAME}/stop/").status_code == 405


@pytest.mark.usefixtures("seen")
def test_an_account_has_few_jobs_at_a_time(staff: Client) -> None:
    """The next one waits until one is done."""
    for number in range(making.MOST_ACTIVE):
        making.jobs().add(JobKind.TRAIN, f"other-{number}", owner_id=int(staff.session["_auth_user_id"]))
    values = {"label": "species", "title": "T", "question": "Q?", "seconds": "5", "name": NAME}
    answer = staff.post(send(staff, flowers()), values)
    assert answer.status_code == 422
    assert "enough jobs" in text(answer)


@pytest.mark.usefixtures("seen")
def test_publishing_and_hiding(staff: Client, site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Staff let everybody see it, and take it back; without a model there is nothing to publish."""
    made(staff)
    finish(site)
    staff.post(f"/uploads/{NAME}/publish/")
    assert NAME not in [one.name for one in all_challenges()]
    monkeypatch.setattr(views, "upload_row", with_model)
    staff.post(f"/uploads/{NAME}/publish/")
    assert NAME in [one.name for one in all_challenges()]
    assert Client().get(f"/c/{NAME}/").status_code == 200
    assert "Measures" in text(Client().get("/"))
    staff.post(f"/uploads/{NAME}/hide/")
    assert Client().get(f"/c/{NAME}/").status_code == 404


@pytest.mark.usefixtures("seen")
def test_deleting(staff: Client, site: Settings) -> None:
    """Everything goes, but not while a job is at work; the name is free again."""
    made(staff)
    (site.home / "models" / NAME / "x").mkdir(parents=True)
    assert "cannot be undone" in text(staff.get(f"/uploads/{NAME}/delete/"))
    staff.post(f"/uploads/{NAME}/delete/")
    assert (uploads_folder(site.home) / NAME).is_dir()
    finish(site)
    assert staff.post(f"/uploads/{NAME}/delete/").headers["Location"] == "/uploads/"
    assert not (uploads_folder(site.home) / NAME).exists()
    assert not (site.home / "models" / NAME).exists()
    assert staff.get(f"/c/{NAME}/").status_code == 404
    assert making.jobs().latest(NAME) is None
    made(staff)


def test_a_damaged_upload_is_a_draft_of_nobody(site: Settings, new_user: NewUser) -> None:
    """Where it cannot be read whose it is, nobody sees it."""
    folder = uploads_folder(site.home) / NAME
    folder.mkdir(parents=True)
    write_upload(folder, Upload(owner=1, by="ada", file="a.csv", created=0.0))
    (folder / "upload.json").write_text("{broken")
    (folder / "challenge.yaml").write_text("name: measures\n")
    assert NAME not in list_challenges(home=site.home)
    boss = Client()
    boss.force_login(new_user("Boss", staff=True), BACKEND)
    assert boss.get(f"/c/{NAME}/").status_code == 404


@pytest.mark.usefixtures("seen")
def test_from_a_file_to_a_game(staff: Client, site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real command learns: the draft is played and tried without a restart."""
    monkeypatch.setenv("OUTCLASS_HOME", str(site.home))
    monkeypatch.setenv("DATABASE_URL", site.database_url)
    job = made(staff)
    Worker(site).run(once=True)
    found = making.jobs().get(job.id)
    assert (found.state, found.message) == (JobState.DONE, "")
    page = text(staff.get(f"/uploads/{NAME}/"))
    assert "It is ready to be played." in page
    assert staff.post(f"/uploads/{NAME}/publish/").status_code == 302
    assert "Everybody can see it" in text(staff.get(f"/uploads/{NAME}/"))
    answer = Client().post(f"/c/{NAME}/deal/", {"once": "one-time-token"})
    assert answer.status_code == 302
    assert Client().get(f"/c/{NAME}/try/").status_code == 200
    log = (site.home / "log" / "jobs" / f"{job.id}.log").read_text()
    assert any("progress" in json.loads(line) for line in log.splitlines())


@pytest.mark.usefixtures("seen")
def test_columns_that_tell_the_label_can_be_kept(staff: Client) -> None:
    """They are refused with the reason; a box in the form keeps them; nothing speaks of the command line."""
    lines = [b"code,size,label"] + [b"k%d,%d,%s" % (n % 2, n % 11, [b"x", b"y"][n % 2]) for n in range(200)]
    address = send(staff, b"\n".join(lines), "codes.csv")
    page = text(staff.get(address))
    assert "the label in other words" in page
    assert "--keep" not in page
    assert "200 objects" in text(staff.get(address, {"label": "label", "keep": "on"}))
    values = {"label": "label", "title": "T", "question": "Q?", "seconds": "5", "name": NAME, "keep": "on"}
    assert staff.post(address, values).status_code == 302
    assert "name: code" in (uploads_folder(migrated_site().home) / NAME / "challenge.yaml").read_text()


def test_names_that_are_suggested_are_allowed() -> None:
    """From any file name comes a name that a challenge may have."""
    for file in ("My-data_2.csv", "1.csv", "-.csv", "a" * 60 + ".csv"):
        name = forms.suggested_name(file)
        assert name[0].isalpha()
        assert len(name) <= 40
    form = forms.MakeForm({"label": "x"}, seen=Seen(columns=("a",)))
    assert not form.is_valid()
    with pytest.raises(InputError):
        staging.stored_name("noending")


def test_a_table_without_a_label_becomes_a_data_site(
    staff: Client, site: Settings, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staff alone may make one, as everybody sees it; the real command makes it."""
    monkeypatch.setattr(looks, "ask", looking.look)
    monkeypatch.setenv("OUTCLASS_HOME", str(site.home))
    trees = b"height,age\n" + b"".join(b"%d.5,%d.25\n" % (row * 3, row) for row in range(60))
    address = send(staff, trees, "trees.csv")
    page = text(staff.get(address))
    assert "No challenge can be made of it so." in page
    assert "No label? Make a data site of it" in page
    ada = new_user("ada")
    ada.user_permissions.add(Permission.objects.get(codename="upload_data"))
    other = Client()
    other.force_login(ada, BACKEND)
    assert other.post(f"{send(other, trees)}data/", {"name": NAME, "title": "Trees"}).status_code == 404
    assert staff.post(f"{address}data/", {"name": "digits", "title": "Trees"}).headers["Location"] == address
    answer = staff.post(f"{address}data/", {"name": NAME, "title": "Trees"})
    assert answer.headers["Location"] == f"/uploads/{NAME}/"
    Worker(site).run(once=True)
    job = making.jobs().latest(NAME)
    assert job is not None
    assert (job.kind, job.state, job.message) == (JobKind.DATA_SITE, JobState.DONE, "")
    assert "The data site is ready." in text(staff.get(f"/uploads/{NAME}/"))
    shown = json.loads((site.home / "published" / NAME / "site.json").read_text())
    assert (shown["name"], shown["rows"]) == (NAME, {"rows": 60})
    assert NAME not in list_challenges(home=site.home)
    assert staff.get(f"/c/{NAME}/").status_code == 404
    staff.post(f"/uploads/{NAME}/delete/")
    assert not (site.home / "published" / NAME).exists()


def test_a_name_that_addresses_of_uploads_have_is_taken(tmp_path):
    assert making.is_taken("files", tmp_path)
    assert not making.is_taken("file", tmp_path)
