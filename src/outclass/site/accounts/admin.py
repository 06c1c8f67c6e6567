"""Admin pages of people."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm

from outclass.site.accounts.models import User


class NewUserForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """A new account made by staff."""

    class Meta(BaseUserCreationForm.Meta):
        """Only a name is asked for."""

        model = User
        fields = ("username",)


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """People: find them, close an account, set a password, make somebody staff."""

    add_form = NewUserForm
    list_display = ("username", "is_staff", "is_active", "date_joined", "last_login")
    list_filter = ("is_staff", "is_active", "date_joined")
    search_fields = ("username",)
    ordering = ("username",)
    date_hierarchy = "date_joined"
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("username", "password1", "password2")}),)
