"""Forms of accounts and keys."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from outclass.base.keys import NAME_LENGTH, OWN_SCOPES, Scope
from outclass.site.accounts.models import User
from outclass.site.accounts.names import is_reserved, mixes_alphabets

SCOPE_TITLES = {
    Scope.PREDICT: "Predict: send an object, get an answer",
    Scope.FEEDBACK: "Feedback: say what was right",
    Scope.READ: "Read: challenges, models, own predictions",
}


def password_field(label: str, autocomplete: str, help_text: str = "") -> forms.CharField:
    """Return a field for a password, which is never stripped and never sent back."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, help_text=help_text)


class Plain:
    """Labels of a form without a colon behind them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))


class SignUpForm(Plain, forms.ModelForm):  # type: ignore[type-arg]
    """A name and a password, nothing else."""

    password = password_field("Password", "new-password", "At least 8 characters.")
    again = password_field("Password again", "new-password")

    class Meta:
        """The name's rules come from the model."""

        model = User
        fields = ("username",)
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"})}

    def clean_username(self) -> str:
        """Refuse names that pass for somebody else."""
        name: str = self.cleaned_data["username"]
        if is_reserved(name):
            raise ValidationError("This name is taken.")
        if mixes_alphabets(name):
            raise ValidationError("Use letters of one alphabet.")
        return name

    def clean(self) -> dict[str, Any]:
        """Check the password against the rules, and that it was typed alike twice."""
        values = super().clean() or {}
        password, again = values.get("password"), values.get("again")
        if password and again and password != again:
            self.add_error("again", "The two passwords differ.")
        elif password:
            self._check_password(password, values.get("username"))
        return values

    def _check_password(self, password: str, username: str | None) -> None:
        """Show what is wrong with a password beside its field."""
        try:
            validate_password(password, User(username=username or ""))
        except ValidationError as error:
            self.add_error("password", error)

    def make_user(self) -> User:
        """Make the account."""
        user: User = super().save(commit=False)
        user.set_password(self.cleaned_data["password"])
        user.save()
        return user


class LogInForm(Plain, AuthenticationForm):
    """Name and password."""

    error_messages = {
        "invalid_login": "Name and password do not belong together. Passwords know upper and lower case.",
        "inactive": "This account is closed.",
    }


class PasswordForm(Plain, PasswordChangeForm):
    """The old password and the new one twice."""


class DeleteForm(Plain, forms.Form):
    """The password again, before an account is deleted."""

    password = password_field("Password", "current-password", "To make sure that it is you.")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Check the password."""
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError("This is not your password.")
        return password


class KeyForm(Plain, forms.Form):
    """A new API key."""

    name = forms.CharField(max_length=NAME_LENGTH, help_text="What it is for, such as: telescope script.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope.value, SCOPE_TITLES[scope]) for scope in OWN_SCOPES],
        initial=[scope.value for scope in OWN_SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
