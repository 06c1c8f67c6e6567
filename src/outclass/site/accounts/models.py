"""A person who has an account, and counts that hold back floods."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

NAME_LENGTH = 30
NAME_RULE = RegexValidator(
    r"^[^\W_](?:[\w .-]*[^\W_])?\Z",
    "Use letters, digits, spaces, dots, hyphens and underscores; begin and end with a letter or digit.",
)


class UserManager(BaseUserManager["User"]):
    """Makes people and finds them by name, whatever its case."""

    def create_user(self, username: str, password: str | None = None, *, is_staff: bool = False) -> "User":
        """Make a person; staff may use the admin pages with every right."""
        user = self.model(
            username=self.model.normalize_username(username), is_staff=is_staff, is_superuser=is_staff
        )
        user.set_password(password)
        user.full_clean(exclude={"password"})
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None) -> "User":
        """Make a person of the staff."""
        return self.create_user(username, password, is_staff=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a person by name; case does not matter."""
        return self.get(username__iexact=username or "")


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can log in. The name is public; nothing else is asked for."""

    username = models.CharField(
        "name",
        max_length=NAME_LENGTH,
        unique=True,
        validators=[NAME_RULE],
        help_text="Others see it on the leaderboard.",
        error_messages={"unique": "This name is taken."},
    )
    is_staff = models.BooleanField(
        "staff", default=False, help_text="May use these admin pages; is not ranked."
    )
    is_active = models.BooleanField("active", default=True, help_text="May log in.")
    date_joined = models.DateTimeField("joined", default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """One name, whatever its case."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                Lower("username"), name="accounts_user_name", violation_error_message="This name is taken."
            )
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.username


class Throttle(models.Model):
    """How often one address did one thing within one hour; the address is kept as a keyed hash only."""

    scope = models.CharField(max_length=20)
    mark = models.CharField(max_length=40)
    hour = models.BigIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        """One row per thing, address and hour."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scope", "mark", "hour"], name="accounts_throttle_once")
        ]

    def __str__(self) -> str:
        """Return what is counted."""
        return f"{self.scope} {self.count}"
