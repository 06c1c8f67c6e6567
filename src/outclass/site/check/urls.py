"""Addresses of the checking pages."""

from django.urls import path

from outclass.site.check.views import agreement, asking, joining, media, queue
from outclass.site.play import urls as game

app_name = "check"
assert game.app_name == "play"  # whose module registers the converter `token`
ITEM = "<slug:challenge>/items/<token:item_id>"
urlpatterns = [
    path("", joining.index, name="index"),
    path("join/<token:token>/", joining.join, name="join"),
    path("<slug:challenge>/", asking.page, name="page"),
    path("<slug:challenge>/agreement/", agreement.page, name="agreement"),
    path("<slug:challenge>/queue/", queue.page, name="queue"),
    path("<slug:challenge>/queue/fill/", queue.fill, name="fill"),
    path("<slug:challenge>/invitations/", queue.invite, name="invite"),
    path("<slug:challenge>/invitations/<token:invitation_id>/revoke/", queue.revoke, name="revoke"),
    path(f"{ITEM}/reopen/", queue.reopen, name="reopen"),
    path(f"{ITEM}/picture.png", media.picture, name="picture"),
    path(f"{ITEM}/photo.jpg", media.photo, name="photo"),
    path(f"{ITEM}/points.json", media.points, name="points"),
    path(f"{ITEM}/model.json", media.model_curve, name="model-curve"),
]
