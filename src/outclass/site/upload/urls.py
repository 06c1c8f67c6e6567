"""Addresses of uploads."""

from django.urls import path

from outclass.site.play import urls as game
from outclass.site.upload import views

app_name = "upload"
assert game.app_name == "play"  # whose module registers the converter `token`
urlpatterns = [
    path("", views.index, name="index"),
    path("files/<token:token>/", views.look, name="look"),
    path("files/<token:token>/discard/", views.discard_file, name="discard"),
    path("files/<token:token>/data/", views.data_site, name="data"),
    path("<slug:challenge>/", views.one, name="one"),
    path("<slug:challenge>/delete/", views.remove, name="delete"),
    path("<slug:challenge>/<slug:action>/", views.act, name="act"),
]
