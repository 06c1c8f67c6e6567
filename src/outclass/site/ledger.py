"""Admin pages that show and never change."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest


class LedgerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list with filters; nothing is added, changed or deleted by hand."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: models.Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: models.Model | None = None) -> bool:
        """Nothing is deleted by hand."""
        return False
