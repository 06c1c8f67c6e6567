"""Addresses of accounts."""

from django.urls import path

from outclass.site.accounts import keys, views

app_name = "accounts"
urlpatterns = [
    path("signup/", views.signup, name="signup"),
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", views.LogOut.as_view(), name="logout"),
    path("settings/", views.settings, name="settings"),
    path("password/", views.password, name="password"),
    path("delete/", views.delete, name="delete"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<slug:key_id>/rotate/", keys.rotate, name="key-rotate"),
    path("keys/<slug:key_id>/revoke/", keys.revoke, name="key-revoke"),
]
