"""Forms of the checking pages."""

from django import forms

from outclass.feedback.invitations import MOST_DAYS, MOST_USES


class InvitationForm(forms.Form):
    """How often and how long a link may be used."""

    uses = forms.IntegerField(label="People", min_value=1, max_value=MOST_USES, initial=20)
    days = forms.IntegerField(label="Days", min_value=1, max_value=MOST_DAYS, initial=14)
