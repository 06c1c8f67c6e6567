"""What the frame of every page needs."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from outclass.site.options import SiteOptions
from outclass.site.pages import themes


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationItem:
    """One entry of the navigation."""

    title: str
    url: str
    current: bool


def frame(request: HttpRequest) -> dict[str, object]:
    """Return the theme and the navigation."""
    options: SiteOptions = settings.OUTCLASS_OPTIONS
    entries = [
        ("How to play", reverse("pages:help")),
        ("Lab", reverse("lab:index")),
        ("About", reverse("pages:about")),
    ]
    if options.data_url:
        entries.insert(2, ("Data", options.data_url))
    # A request that is refused early, such as one of an unknown host, has no user yet.
    if getattr(getattr(request, "user", None), "is_staff", False):
        entries.append(("Upload", reverse("upload:index")))
    return {
        "theme": themes.chosen(request),
        "navigation": [NavigationItem(title=t, url=u, current=request.path == u) for t, u in entries],
        "home_path": reverse("play:home"),
        "data_url": options.data_url,
    }
