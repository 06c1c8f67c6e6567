"""Addresses of the game."""

from django.urls import path, register_converter

from outclass.site.pages.draw import draw
from outclass.site.pages.model_files import model_file
from outclass.site.pages.trying import try_it
from outclass.site.photos import views as photos
from outclass.site.photos.gallery import gallery_photo
from outclass.site.play.views import boards, charts, deals, examples, rounds


class TokenConverter:
    """A random token in an address."""

    regex = "[A-Za-z0-9_-]{10,40}"

    def to_python(self, value: str) -> str:
        """Return the token."""
        return value

    def to_url(self, value: str) -> str:
        """Return the token."""
        return value


register_converter(TokenConverter, "token")
app_name = "play"
EXAMPLE = "c/<slug:challenge>/examples/<int:place>/<int:number>"
DEAL = "c/<slug:challenge>/deals/<token:token>"
urlpatterns = [
    path("home/", boards.home, name="home"),
    path("c/<slug:challenge>/", boards.challenge_page, name="challenge"),
    path("c/<slug:challenge>/draw/", draw, name="draw"),
    path("c/<slug:challenge>/try/", try_it, name="try"),
    path("c/<slug:challenge>/photos/", photos.own_list, name="own"),
    path("c/<slug:challenge>/photos/<token:prediction>/", photos.own_one, name="own-one"),
    path("c/<slug:challenge>/photos/<token:prediction>.jpg", photos.own_picture, name="own-picture"),
    path("c/<slug:challenge>/gallery/<slug:name>/<slug:size>.jpg", gallery_photo, name="gallery-photo"),
    path("c/<slug:challenge>/models/<slug:version>/<slug:name>.json", model_file, name="model-file"),
    path("c/<slug:challenge>/deal/", deals.deal_new, name="deal-new"),
    path("c/<slug:challenge>/mine/", boards.mine, name="mine"),
    path("c/<slug:challenge>/examples/", examples.examples_page, name="examples"),
    path(f"{EXAMPLE}/points.json", examples.points, name="example-points"),
    path(f"{EXAMPLE}/model.json", examples.model_curve, name="example-model"),
    path("charts/<int:bands>.json", charts.figure, name="figure"),
    path("c/<slug:challenge>/leaderboard/", boards.leaderboard_page, name="leaderboard"),
    path("c/<slug:challenge>/head-to-head/<int:left>/<int:right>/", boards.versus_page, name="versus"),
    path(f"{DEAL}/", deals.deal_page, name="deal"),
    path(f"{DEAL}/<int:position>.png", deals.picture, name="picture"),
    path(f"{DEAL}/<int:position>/<slug:size>.jpg", deals.photo, name="photo"),
    path(f"{DEAL}/<int:position>/", rounds.round_page, name="round"),
    path(f"{DEAL}/<int:position>/result/", rounds.result, name="result"),
    path(f"{DEAL}/<int:position>/chart/", deals.chart_page, name="chart"),
    path(f"{DEAL}/<int:position>/name/", deals.name_object, name="name"),
    path(f"{DEAL}/<int:position>/rows/", rounds.rows_page, name="rows"),
    path(f"{DEAL}/<int:position>/points.json", charts.points, name="points"),
    path(f"{DEAL}/<int:position>/model.json", charts.model_curve, name="model-curve"),
    path(f"{DEAL}/<int:position>/share/", rounds.share, name="share"),
    path("r/<token:share_token>/", rounds.shared, name="shared"),
    path("r/<token:share_token>/card.png", rounds.shared_card, name="shared-card"),
]
