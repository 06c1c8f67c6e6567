"""Addresses of the lab."""

from django.urls import path

from outclass.site.lab import cleaning, experiments, pages, searches, suspects, views

app_name = "lab"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:challenge>/runs/", views.runs, name="runs"),
    path("<slug:challenge>/runs/<slug:run_id>/", views.run, name="run"),
    path("<slug:challenge>/experiments/", experiments.experiments, name="experiments"),
    path("<slug:challenge>/data/<slug:version_id>/", cleaning.cleaning, name="cleaning"),
    path("<slug:challenge>/boards/<slug:board>/", pages.board, name="board"),
    path("<slug:challenge>/boards/<slug:board>/charts.json", pages.charts, name="charts"),
    path("<slug:challenge>/suspects/", suspects.suspects, name="suspects"),
    path("<slug:challenge>/searches/", searches.searches, name="searches"),
    path("<slug:challenge>/searches/<slug:search_id>/", searches.search, name="search"),
    path("<slug:challenge>/models/", views.models, name="models"),
    path("<slug:challenge>/models/<str:name>/<slug:version_id>/", views.model, name="model"),
]
