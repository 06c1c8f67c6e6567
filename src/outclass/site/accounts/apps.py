"""The app of people."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their keys."""

    name = "outclass.site.accounts"
    label = "accounts"
    verbose_name = "Accounts"
