"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from outclass.site.pages.staff import insert_page

admin.site.site_header = admin.site.site_title = "Outclass"
admin.site.index_title = "People, game, keys"

urlpatterns = [
    path("", include("outclass.site.pages.urls")),
    path("accounts/", include("outclass.site.accounts.urls")),
    path("lab/", include("outclass.site.lab.urls")),
    path("uploads/", include("outclass.site.upload.urls")),
    path("check/", include("outclass.site.check.urls")),
    path("admin/objects/", insert_page, name="insert-objects"),
    path("admin/", admin.site.urls),
    path("", include("outclass.site.play.urls")),
]
handler400 = "outclass.site.pages.errors.bad_request"
handler403 = "outclass.site.pages.errors.forbidden"
handler404 = "outclass.site.pages.errors.not_found"
handler500 = "outclass.site.pages.errors.server_error"
