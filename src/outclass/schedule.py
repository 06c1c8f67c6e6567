"""Jobs on a schedule or on a commit, as text for what runs them: cron, Kubernetes, Jenkins.

The same challenge gives the same text, to the byte. Minutes are spread by the challenge's name, so that not
all begin at once.
"""

import hashlib
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import yaml

from outclass.base.errors import InputError

IMAGE = "outclass-trainer:latest"
CLAIM = "outclass-home"
HOME = "/var/lib/outclass"
SECRET = "outclass"  # noqa: S105 - the name of a secret, not one
BOT_IMAGE = "outclass-bot:latest"
BOT_SECRET = "outclass-bot"  # noqa: S105 - the name of a secret, not one
REFUSED = 3
"""The exit code of a retraining that the gate refused: no fault of the job."""


class Form(StrEnum):
    """What the text is for."""

    CRONTAB = "crontab"
    KUBERNETES = "kubernetes"
    JENKINS = "jenkins"


class Task(StrEnum):
    """What is done on a schedule."""

    SEARCH = "search"
    BENCHMARK = "benchmark"
    RETRAIN = "retrain"
    BOT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job: its command as words, and when it runs, in the five fields of cron (UTC).

    Attributes
    ----------
    refusable
        Whether it may end with the exit code of a refusal, which is an answer and no failure.
    image
        The container image that has what it needs.
    secret
        A secret of Kubernetes whose keys become variables of the environment.
    """

    task: Task
    command: tuple[str, ...]
    when: str
    title: str
    memory: str
    refusable: bool = False
    image: str = IMAGE
    secret: str = ""

    @property
    def line(self) -> str:
        """Return the command as a shell reads it."""
        return shlex.join(self.command)


def jobs_of(
    challenge: str, when: Mapping[Task, str] | None = None, *, games: bool = False
) -> tuple[Job, ...]:
    """Return the jobs of a challenge: retraining every night, benchmark each Monday, search each month.

    Parameters
    ----------
    when
        Other times, by task, as the five fields of cron.
    games
        Whether it has games that the bot plays: then the bot runs every five minutes.

    Raises
    ------
    InputError
        A time is none.
    """
    minute = int.from_bytes(hashlib.sha256(challenge.encode()).digest()[:2], "big") % 60
    times = {
        Task.RETRAIN: f"{minute} 2 * * *",
        Task.BENCHMARK: f"{minute} 4 * * 1",
        Task.SEARCH: f"{minute} 5 1 * *",
        Task.BOT: "*/5 * * * *",
    } | dict(when or {})
    for task, fields in times.items():
        check_fields(fields, where=task.value)
    jobs = (
        Job(
            task=Task.RETRAIN,
            command=("outclass", "retrain", challenge, "--json"),
            when=times[Task.RETRAIN],
            title="learn from what people said, promote what is better",
            memory="2Gi",
            refusable=True,
        ),
        Job(
            task=Task.BENCHMARK,
            command=("outclass", "evaluate", challenge, "--record", "--json"),
            when=times[Task.BENCHMARK],
            title="score the champion, and note it in the history",
            memory="1Gi",
        ),
        Job(
            task=Task.SEARCH,
            command=("outclass", "search", challenge, "--json"),
            when=times[Task.SEARCH],
            title="try other parameters by cross-validation",
            memory="2Gi",
        ),
    )
    return (*jobs, bot_job(challenge, times[Task.BOT])) if games else jobs


def bot_job(challenge: str, when: str) -> Job:
    """Return the job that plays the games of a challenge."""
    return Job(
        task=Task.BOT,
        command=("outclass", "bot", challenge, "--json"),
        when=when,
        title="answer new posts of the photo games",
        memory="512Mi",
        image=BOT_IMAGE,
        secret=BOT_SECRET,
    )


RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NAMES = ("minute", "hour", "day of month", "month", "day of week")


def check_fields(fields: str, *, where: str) -> None:
    """Refuse a time that cron would refuse: five fields of numbers, ranges, steps and lists.

    >>> check_fields("*/15 2-4 1,15 * 1", where="search")
    """
    words = fields.split()
    if len(words) != len(RANGES):
        raise InputError(
            "this is no time", where=where, got=fields, accepted="the five fields of cron: 0 2 * * *"
        )
    for word, name, (least, most) in zip(words, NAMES, RANGES, strict=True):
        if not all(is_part(part, least, most) for part in word.split(",")):
            raise InputError(
                f"this is no {name}",
                where=where,
                got=word,
                accepted=f"*, or numbers from {least} to {most}, with ranges (1-5), steps (*/2) and commas",
            )


def is_part(text: str, least: int, most: int) -> bool:
    """Tell whether a text is one part of a field of cron.

    >>> is_part("*/5", 0, 59), is_part("5-1", 0, 59), is_part("60", 0, 59), is_part("x", 0, 59)
    (True, False, False, False)
    """
    body, slash, step = text.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
        return False
    if body == "*":
        return True
    first, dash, last = body.partition("-")
    numbers = [first, last] if dash else [first]
    if not all(one.isascii() and one.isdigit() and least <= int(one) <= most for one in numbers):
        return False
    return not (slash and not dash) and int(numbers[0]) <= int(numbers[-1])


def crontab(challenge: str, jobs: tuple[Job, ...]) -> str:
    """Return lines for a crontab; a job that still runs is not begun again."""
    lines = [
        f"# Jobs of the challenge {challenge}; times are UTC, where this cron knows CRON_TZ, else local.",
        f"# Install them: outclass schedule {challenge} | crontab -",
        "CRON_TZ=UTC",
        "PATH=/usr/local/bin:/usr/bin:/bin",
        f"OUTCLASS_HOME={HOME}",
    ]
    for job in jobs:
        lock = f"flock --nonblock --conflict-exit-code 0 $OUTCLASS_HOME/schedule-{challenge}-{job.task}.lock"
        log = f">> $OUTCLASS_HOME/schedule-{challenge}-{job.task}.log 2>&1"
        lines += [f"# {job.title}", f"{job.when} {lock} {job.line} {log}"]
    return "\n".join(lines) + "\n"


def kubernetes(challenge: str, jobs: tuple[Job, ...]) -> str:
    """Return a CronJob for each job."""
    return yaml.safe_dump_all(
        [cron_job(challenge, job) for job in jobs], sort_keys=False, explicit_start=True, width=110
    )


def cron_job(challenge: str, job: Job) -> dict[str, object]:
    """Return the manifest of one job: one at a time, no privileges, the home on a claim."""
    labels = {
        "app.kubernetes.io/name": "outclass",
        "app.kubernetes.io/component": job.task.value,
        "outclass/challenge": challenge,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": f"outclass-{challenge}-{job.task}", "labels": labels},
        "spec": {
            "schedule": job.when,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "spec": {
                    "backoffLimit": 1,
                    "activeDeadlineSeconds": 6 * 3600,
                    **failure_policy(job),
                    "template": {"metadata": {"labels": labels}, "spec": pod(job)},
                }
            },
        },
    }


def failure_policy(job: Job) -> dict[str, object]:
    """Return that a refusal by the gate is not tried again."""
    if not job.refusable:
        return {}
    rule = {
        "action": "FailJob",
        "onExitCodes": {"containerName": job.task.value, "operator": "In", "values": [REFUSED]},
    }
    return {"podFailurePolicy": {"rules": [rule]}}


def pod(job: Job) -> dict[str, object]:
    """Return the pod of one job."""
    environment = [
        {"name": "OUTCLASS_HOME", "value": HOME},
        {
            "name": "DATABASE_URL",
            "valueFrom": {"secretKeyRef": {"name": SECRET, "key": "database_url", "optional": True}},
        },
    ]
    from_secret = {"envFrom": [{"secretRef": {"name": job.secret}}]} if job.secret else {}
    container = {
        "name": job.task.value,
        "image": job.image,
        "command": list(job.command),
        "env": environment,
        **from_secret,
        "resources": {"requests": {"cpu": "1", "memory": job.memory}, "limits": {"memory": job.memory}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "home", "mountPath": HOME}, {"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108
    }
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 1000},
        "containers": [container],
        "volumes": [
            {"name": "home", "persistentVolumeClaim": {"claimName": CLAIM}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }


def jenkins(challenge: str, jobs: tuple[Job, ...]) -> str:
    """Return a declarative Jenkinsfile: each job at its time, the benchmark on each commit, all by hand."""
    choices = ", ".join(f"'{job.task}'" for job in jobs)
    times = "\n".join(f"            {job.when} %JOB={job.task}" for job in jobs)
    stages = "\n".join(stage(job) for job in jobs)
    return f"""\
// Jobs of the challenge {challenge}. Needs the plugins Pipeline and Parameterized Scheduler, and an agent
// labeled `outclass` on which the command `outclass` runs.
pipeline {{
    agent {{ label 'outclass' }}
    options {{
        disableConcurrentBuilds()
        timeout(time: 6, unit: 'HOURS')
        buildDiscarder(logRotator(numToKeepStr: '30'))
    }}
    parameters {{
        choice(name: 'JOB', choices: ['commit', {choices}], description: 'commit scores the champion')
    }}
    triggers {{
        pollSCM('H/5 * * * *')
        parameterizedCron('''
            TZ=Etc/UTC
{times}
        ''')
    }}
    environment {{
        OUTCLASS_HOME = '{HOME}'
    }}
    stages {{
{stages}
    }}
    post {{
        always {{
            archiveArtifacts artifacts: '*.json', allowEmptyArchive: true
        }}
    }}
}}
"""


def stage(job: Job) -> str:
    """Return the stage of one job; a refusal by the gate makes the build unstable, not failed."""
    when = f"params.JOB == '{job.task}'"
    if job.task is Task.BENCHMARK:
        when += " || params.JOB == 'commit'"
    shell = f"{job.line} > {job.task}.json".replace("\\", "\\\\").replace("'", "\\'")
    if job.refusable:
        steps = f"""\
                script {{
                    def code = sh(returnStatus: true, script: '{shell}')
                    if (code == {REFUSED}) {{
                        unstable('the gate refused the new model; the reason is in {job.task}.json')
                    }} else if (code != 0) {{
                        error("exit code ${{code}}")
                    }}
                }}"""
    else:
        steps = f"                sh '{shell}'"
    return f"""\
        stage('{job.task}') {{
            when {{ expression {{ {when} }} }}
            steps {{
{steps}
            }}
        }}"""


WRITERS: Mapping[Form, Callable[[str, tuple[Job, ...]], str]] = {
    Form.CRONTAB: crontab,
    Form.KUBERNETES: kubernetes,
    Form.JENKINS: jenkins,
}


def write_schedule(
    challenge: str, form: Form, when: Mapping[Task, str] | None = None, *, games: bool = False
) -> str:
    """Return the jobs of a challenge as text of one form."""
    return WRITERS[form](challenge, jobs_of(challenge, when, games=games))
