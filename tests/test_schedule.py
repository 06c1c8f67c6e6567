"""Generated schedules are what cron, Kubernetes and Jenkins read."""

import re
import shlex

import pytest
import typer
import yaml
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import InputError
from outclass.cli.main import build_app
from outclass.schedule import Form, Task, check_fields, jobs_of, write_schedule

FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?(,(\*|\d+(-\d+)?)(/\d+)?)*")


@pytest.mark.parametrize("form", list(Form))
def test_the_text_is_the_same_each_time_and_names_every_job(form: Form) -> None:
    text = write_schedule("messages", form)
    assert text == write_schedule("messages", form)
    assert text.endswith("\n")
    for words in ("outclass retrain messages", "outclass evaluate messages", "outclass search messages"):
        assert words in text.replace("\n  - ", " ").replace("\n        - ", " ") or form is Form.KUBERNETES


def test_the_commands_are_there_with_their_options() -> None:
    root = typer.main.get_command(build_app())
    for job in jobs_of("messages", games=True):
        program, name, *rest = job.command
        assert program == "outclass"
        options = {option for parameter in root.commands[name].params for option in parameter.opts}  # type: ignore[attr-defined]
        assert {word for word in rest if word.startswith("--")} <= options


def test_a_crontab_has_five_fields_and_a_command_that_does_not_overlap_itself() -> None:
    lines = write_schedule("messages", Form.CRONTAB).splitlines()
    jobs = [line for line in lines if not line.startswith("#") and not re.match(r"[A-Z_]+=", line)]
    assert len(jobs) == 3
    for line in jobs:
        *fields, command = line.split(maxsplit=5)
        assert len(fields) == 5
        assert all(FIELD.fullmatch(field) for field in fields)
        assert "%" not in command  # which cron reads as a new line
        words = shlex.split(command)
        assert words[:2] == ["flock", "--nonblock"]
        assert "outclass" in words


def test_kubernetes_gets_a_cron_job_for_each() -> None:
    found = list(yaml.safe_load_all(write_schedule("messages", Form.KUBERNETES)))
    assert [one["metadata"]["name"] for one in found] == [
        "outclass-messages-retrain",
        "outclass-messages-benchmark",
        "outclass-messages-search",
    ]
    for one in found:
        assert (one["apiVersion"], one["kind"]) == ("batch/v1", "CronJob")
        spec = one["spec"]
        assert (spec["concurrencyPolicy"], spec["timeZone"]) == ("Forbid", "Etc/UTC")
        check_fields(spec["schedule"], where="schedule")
        job = spec["jobTemplate"]["spec"]
        pod = job["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["restartPolicy"] == "Never"
        assert container["command"][0] == "outclass"
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert pod["securityContext"]["runAsNonRoot"] is True
        for rule in job.get("podFailurePolicy", {}).get("rules", ()):
            assert rule["onExitCodes"] == {
                "containerName": container["name"],
                "operator": "In",
                "values": [3],
            }
    assert "podFailurePolicy" in found[0]["spec"]["jobTemplate"]["spec"]


def test_a_jenkinsfile_is_balanced_and_has_a_stage_for_each() -> None:
    text = write_schedule("messages", Form.JENKINS)
    code = re.sub(r"'''.*?'''|'(\\.|[^'\\\n])*'|\"(\\.|[^\"\\\n])*\"|//[^\n]*", "''", text, flags=re.DOTALL)
    for opening, closing in ("{}", "()", "[]"):
        assert code.count(opening) == code.count(closing)
    depth = 0
    for sign in code:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert code.startswith("''\n''\npipeline {")
    assert re.findall(r"stage\('(\w+)'\)", text) == ["retrain", "benchmark", "search"]
    for section in ("agent", "options", "parameters", "triggers", "environment", "stages", "post"):
        assert len(re.findall(rf"^    {section} \{{", text, re.MULTILINE)) == 1
    times = re.search(r"parameterizedCron\('''(.*?)'''\)", text, re.DOTALL)
    assert times is not None
    for line in times[1].split("\n")[2:-1]:
        fields, _, value = line.strip().partition(" %JOB=")
        check_fields(fields, where=value)
        assert value in tuple(Task)


@pytest.mark.parametrize("form", list(Form))
def test_a_challenge_with_games_has_the_bot_as_well(form: Form) -> None:
    assert "outclass bot" not in write_schedule("cats", form).replace("- outclass\n", "outclass ")
    assert "bot" in write_schedule("cats", form, games=True)
    *_, job = jobs_of("cats", {Task.BOT: "*/2 * * * *"}, games=True)
    assert (job.line, job.when) == ("outclass bot cats --json", "*/2 * * * *")
    *_, last = yaml.safe_load_all(write_schedule("cats", Form.KUBERNETES, games=True))
    (container,) = last["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "outclass-bot:latest"
    assert container["envFrom"] == [{"secretRef": {"name": "outclass-bot"}}]


def test_other_times_are_taken_and_wrong_ones_named() -> None:
    assert "5 6 7 * *" in write_schedule("messages", Form.CRONTAB, {Task.SEARCH: "5 6 7 * *"})
    for wrong in (
        "",
        "5 6 7 *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "a * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "5/2 * * * *",
        "1,,2 * * * *",
        "² * * * *",
    ):
        with pytest.raises(InputError) as caught:
            jobs_of("messages", {Task.SEARCH: wrong})
        assert caught.value.where == "search"


@given(name=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True))
def test_every_challenge_has_its_own_minute(name: str) -> None:
    for job in jobs_of(name):
        check_fields(job.when, where=name)
