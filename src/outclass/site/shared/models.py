"""The shared tables as `outclass.base.tables` declares them; all times are seconds since 1970.

Texts may be null here, as the tables are also written without Django, where null says that there is no value.
"""

# ruff: noqa: DJ001 - the columns are declared in base.tables
from typing import ClassVar

from django.db import models


class ApiKey(models.Model):
    """A key of the API; only the hash of its secret is kept."""

    id = models.TextField(primary_key=True)
    secret_hash = models.TextField()
    owner_id = models.BigIntegerField(null=True, blank=True)
    name = models.TextField()
    scopes = models.TextField()
    requests_per_day = models.BigIntegerField()
    created_at = models.FloatField()
    revoked_at = models.FloatField(null=True, blank=True)
    last_used_at = models.FloatField(null=True, blank=True)

    class Meta:
        """The table `api_key`."""

        db_table = "api_key"
        verbose_name = "API key"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["owner_id"], name="api_key_owner_id")]

    def __str__(self) -> str:
        """Return the public part of the key and its name."""
        return f"{self.id} {self.name}"


class ApiKeyUse(models.Model):
    """How many requests a key made on one day."""

    key_id = models.TextField()
    day = models.TextField()
    requests = models.BigIntegerField()

    class Meta:
        """The table `api_key_use`."""

        db_table = "api_key_use"
        verbose_name = "use of an API key"
        verbose_name_plural = "use of API keys"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key_id", "day"], name="api_key_use_day")
        ]

    def __str__(self) -> str:
        """Return the key and the day."""
        return f"{self.key_id} {self.day}"


class Prediction(models.Model):
    """An answer that was given."""

    id = models.TextField(primary_key=True)
    challenge = models.TextField()
    model = models.TextField()
    created_at = models.FloatField()
    key_id = models.TextField(null=True, blank=True)
    answer = models.TextField(null=True, blank=True)
    confidence = models.FloatField()
    abstained = models.BooleanField()
    reason = models.TextField(null=True, blank=True)
    probabilities = models.TextField()
    milliseconds = models.FloatField()
    input_sha256 = models.TextField()
    input = models.BinaryField(null=True, blank=True)
    source = models.TextField()

    class Meta:
        """The table `prediction`."""

        db_table = "prediction"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["challenge", "created_at"], name="prediction_challenge_created")
        ]

    def __str__(self) -> str:
        """Return the id."""
        return self.id


class Ballot(models.Model):
    """What one person said of one answer or object."""

    id = models.TextField(primary_key=True)
    challenge = models.TextField()
    prediction_id = models.TextField(null=True, blank=True)
    object_id = models.TextField(null=True, blank=True)
    label = models.TextField()
    user_id = models.BigIntegerField(null=True, blank=True)
    key_id = models.TextField(null=True, blank=True)
    address_hash = models.TextField(null=True, blank=True)
    checker_id = models.TextField(null=True, blank=True)
    source = models.TextField()
    created_at = models.FloatField()

    class Meta:
        """The table `ballot`."""

        db_table = "ballot"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["prediction_id"], name="ballot_prediction_id"),
            models.Index(fields=["challenge", "object_id"], name="ballot_challenge_object"),
        ]

    def __str__(self) -> str:
        """Return the label."""
        return self.label


class Idempotency(models.Model):
    """The answer to a request that must not be done twice."""

    key = models.TextField(primary_key=True)
    scope = models.TextField()
    request_sha256 = models.TextField()
    response = models.TextField()
    created_at = models.FloatField()

    class Meta:
        """The table `idempotency`."""

        db_table = "idempotency"
        verbose_name_plural = "idempotency"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="idempotency_created_at")
        ]

    def __str__(self) -> str:
        """Return the key."""
        return self.key


class CheckItem(models.Model):
    """An object or a prediction that people are asked about; `truth` where it is gold."""

    id = models.TextField(primary_key=True)
    challenge = models.TextField()
    object_id = models.TextField(null=True, blank=True)
    prediction_id = models.TextField(null=True, blank=True)
    data_version = models.TextField(null=True, blank=True)
    reason = models.TextField()
    given = models.TextField(null=True, blank=True)
    truth = models.TextField(null=True, blank=True)
    score = models.FloatField()
    created_at = models.FloatField()
    retired_at = models.FloatField(null=True, blank=True)
    label = models.TextField(null=True, blank=True)
    posterior = models.FloatField(null=True, blank=True)

    class Meta:
        """The table `check_item`."""

        db_table = "check_item"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["challenge", "object_id"], name="check_item_object"),
            models.UniqueConstraint(fields=["challenge", "prediction_id"], name="check_item_prediction"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["challenge", "retired_at"], name="check_item_open")
        ]

    def __str__(self) -> str:
        """Return what it is about."""
        return f"{self.challenge} {self.object_id or self.prediction_id}"


class Checker(models.Model):
    """Somebody who checks labels: an account, or a guest who came by an invitation."""

    id = models.TextField(primary_key=True)
    user_id = models.BigIntegerField(null=True, blank=True)
    invitation_id = models.TextField(null=True, blank=True)
    name = models.TextField()
    staff = models.BooleanField()
    known_since = models.FloatField()
    created_at = models.FloatField()

    class Meta:
        """The table `checker`."""

        db_table = "checker"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user_id"], name="checker_user")
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Invitation(models.Model):
    """A link that lets people check without an account; only the hash of its token is kept."""

    id = models.TextField(primary_key=True)
    token_hash = models.TextField()
    challenge = models.TextField()
    created_by = models.BigIntegerField(null=True, blank=True)
    most_uses = models.BigIntegerField()
    uses = models.BigIntegerField()
    created_at = models.FloatField()
    expires_at = models.FloatField()
    revoked_at = models.FloatField(null=True, blank=True)

    class Meta:
        """The table `invitation`."""

        db_table = "invitation"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["token_hash"], name="invitation_token")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["challenge"], name="invitation_challenge")
        ]

    def __str__(self) -> str:
        """Return the challenge."""
        return f"{self.challenge} {self.id}"


class BotPost(models.Model):
    """A post that a bot answers, or a summary that it writes; written before anything is posted."""

    id = models.TextField(primary_key=True)
    kind = models.TextField()
    network = models.TextField()
    account = models.TextField()
    challenge = models.TextField()
    game = models.TextField()
    post = models.TextField()
    author = models.TextField()
    url = models.TextField(null=True, blank=True)
    state = models.TextField()
    reason = models.TextField(null=True, blank=True)
    seen = models.TextField(null=True, blank=True)
    draft = models.TextField(null=True, blank=True)
    answers = models.TextField(null=True, blank=True)
    reply = models.TextField(null=True, blank=True)
    attempts = models.BigIntegerField()
    created_at = models.FloatField()
    next_at = models.FloatField(null=True, blank=True)
    sent_at = models.FloatField(null=True, blank=True)
    truth = models.TextField(null=True, blank=True)
    revealed_at = models.FloatField(null=True, blank=True)
    summary_id = models.TextField(null=True, blank=True)

    class Meta:
        """The table `bot_post`."""

        db_table = "bot_post"
        verbose_name = "post of a bot"
        verbose_name_plural = "posts of bots"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["post", "game"], name="bot_post_post_game")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["game", "state"], name="bot_post_game_state")
        ]

    def __str__(self) -> str:
        """Return the game and the post."""
        return f"{self.game} {self.post}"


class Job(models.Model):
    """Work in the background, such as training on an uploaded file."""

    id = models.TextField(primary_key=True)
    kind = models.TextField()
    challenge = models.TextField()
    arguments = models.TextField()
    owner_id = models.BigIntegerField(null=True, blank=True)
    state = models.TextField()
    step = models.TextField()
    progress = models.FloatField(null=True, blank=True)
    message = models.TextField()
    attempts = models.BigIntegerField()
    worker = models.TextField(null=True, blank=True)
    created_at = models.FloatField()
    started_at = models.FloatField(null=True, blank=True)
    heartbeat_at = models.FloatField(null=True, blank=True)
    cancel_at = models.FloatField(null=True, blank=True)
    ended_at = models.FloatField(null=True, blank=True)

    class Meta:
        """The table `job`."""

        db_table = "job"
        permissions = (("upload_data", "Can upload data and make challenges of it"),)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "created_at"], name="job_state_created"),
            models.Index(fields=["challenge"], name="job_challenge"),
        ]

    def __str__(self) -> str:
        """Return what is done, of what."""
        return f"{self.kind} {self.challenge}"
