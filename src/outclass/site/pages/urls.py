"""Addresses of the pages."""

from django.urls import path

from outclass.site.pages import games, guide, themes, versions, views

app_name = "pages"
urlpatterns = [
    path("", views.front, name="front"),
    path("about/", views.about, name="about"),
    path("help/", views.help_page, name="help"),
    path("how-the-model-works/", views.model, name="model"),
    path("licences/", views.licences, name="licences"),
    path("versions/", versions.versions, name="versions"),
    path("versions.json", versions.versions_json, name="versions-json"),
    path("games/", games.games, name="games"),
    path("games/<slug:name>.ics", games.game_calendar, name="game-calendar"),
    path("games.ics", games.games_calendar, name="games-calendar"),
    path("privacy/", views.privacy, name="privacy"),
    path("api-introduction/", views.api, name="api"),
    path("c/<slug:challenge>/info/", guide.guide_index, name="guide"),
    path("c/<slug:challenge>/info/<slug:name>/", guide.guide_page, name="guide-page"),
    path("theme/", themes.choose, name="theme"),
    path("theme/<slug:name>.css", themes.accent, name="accent"),
]
