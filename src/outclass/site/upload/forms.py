"""Forms of uploads: a file, and what is to be made of it."""

import re
from typing import Any

from django import forms
from django.conf import settings as django_conf
from django.core.exceptions import ValidationError

from outclass.catalog.forms import NAME_FORM
from outclass.site.accounts.forms import Plain
from outclass.site.upload.looking import Seen
from outclass.site.upload.making import is_taken
from outclass.site.upload.staging import ENDINGS

LEAST_SECONDS, SECONDS, MOST_SECONDS = 5, 60, 600
MOST_TITLE, MOST_QUESTION = 60, 120


class FileForm(Plain, forms.Form):
    """The file."""

    file = forms.FileField(
        label="A table as CSV",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )


class NameForm(Plain, forms.Form):
    """How something that is made of a file is called."""

    title = forms.CharField(label="Title", max_length=MOST_TITLE)
    name = forms.CharField(
        label="Name",
        max_length=40,
        help_text="Lower case letters, digits and hyphens; it stands in the address.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "pattern": NAME_FORM}),
    )

    def clean_name(self) -> str:
        """Refuse a name of the wrong form, and one that is taken."""
        name: str = self.cleaned_data["name"]
        if re.fullmatch(NAME_FORM, name) is None:
            raise ValidationError("Lower case letters, digits and hyphens, a letter first, at most 40.")
        if is_taken(name, django_conf.OUTCLASS.home):
            raise ValidationError("Something of this name is here already.")
        return name


class MakeForm(NameForm):
    """The challenge that is made of a file; its label is the one that was looked at."""

    label = forms.ChoiceField(widget=forms.HiddenInput)
    question = forms.CharField(label="Question", max_length=MOST_QUESTION)
    keep = forms.BooleanField(required=False, widget=forms.HiddenInput)
    seconds = forms.IntegerField(
        label="Seconds to learn in",
        min_value=LEAST_SECONDS,
        max_value=MOST_SECONDS,
        initial=SECONDS,
        help_text="More of them let more models be tried.",
    )

    field_order = ("label", "title", "name", "question", "keep", "seconds")

    def __init__(self, *args: Any, seen: Seen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["label"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(column, column) for column in seen.columns]


def suggested_name(file: str) -> str:
    """Return a name for the challenge of a file.

    >>> suggested_name("My-data_2.csv"), suggested_name("1.csv")
    ('my-data-2', 'data-1')
    """
    name = re.sub(r"[^a-z0-9]+", "-", file.rpartition(".")[0].lower()).strip("-")[:36]
    return name if name[:1].isalpha() else f"data-{name}".rstrip("-")
