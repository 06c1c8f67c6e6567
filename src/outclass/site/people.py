"""People made and changed from the command line, by the same rules as on the site."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from outclass.base.errors import InvalidInputError, NotFoundError
from outclass.base.settings import Settings
from outclass.site.setup import migrate


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account as the command line shows it."""

    id: int
    name: str
    staff: bool
    active: bool
    joined: str


def create_user(settings: Settings, name: str, password: str, *, staff: bool = False) -> Person:
    """Make an account; staff may use the admin pages.

    Raises
    ------
    InvalidInputError
        The name is taken or has another form, or the password is too weak.
    """
    migrate(settings)
    users = get_user_model()
    try:
        validate_password(password, users(username=name))
        user = users.objects.create_user(name, password, is_staff=staff)
    except ValidationError as error:
        raise InvalidInputError("cannot make this account", accepted=" ".join(error.messages)) from error
    return _find(user.username)


def set_password(settings: Settings, name: str, password: str) -> Person:
    """Give an account a new password; `InvalidInputError` where it is too weak."""
    migrate(settings)
    person = _find(name)
    user = get_user_model().objects.get(pk=person.id)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInputError("cannot set this password", accepted=" ".join(error.messages)) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    return person


def find_user(settings: Settings, name: str) -> Person:
    """Return an account; `NotFoundError` where there is none of that name, whatever its case."""
    migrate(settings)
    return _find(name)


def list_users(settings: Settings) -> tuple[Person, ...]:
    """Return all accounts by name."""
    migrate(settings)
    return _people()


def _find(name: str) -> Person:
    """Return an account of the database that is in use."""
    found = [person for person in _people() if person.name.casefold() == name.casefold()]
    if not found:
        raise NotFoundError("there is no such account", got=name, hint="see: outclass user list")
    return found[0]


def _people() -> tuple[Person, ...]:
    """Read all accounts."""
    return tuple(
        Person(
            id=user.pk,
            name=user.username,
            staff=user.is_staff,
            active=user.is_active,
            joined=user.date_joined.isoformat(timespec="seconds"),
        )
        for user in get_user_model().objects.order_by("username")
    )
