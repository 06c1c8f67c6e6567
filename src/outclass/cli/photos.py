"""`outclass data take-back`: a photo goes back to its owner."""

from typing import Annotated

import typer

from outclass.base.errors import NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.removal import is_name
from outclass.cli.output import ChallengeName, Json, print_json, say
from outclass.feedback.removal import remove_photos
from outclass.inputs.photos import PhotoTable


def take_back(
    challenge: ChallengeName,
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="Its object id, or the sha256 of its bytes.")],
    json: Json = False,
) -> None:
    """Delete a photo and its label from a challenge's data for good; tell which models learned from it.

    Data versions that had it are deleted; one without it takes their place.
    """
    loaded, settings = load_challenge(challenge), Settings.from_environment()
    name = photo if is_name(photo) else name_of(loaded, photo, settings)
    done = remove_photos(loaded, [name], settings)
    if json:
        print_json(
            {"photo": name, "version": done.data_version, "gone": done.versions, "models": done.models}
        )
        return
    say(f"{loaded.name}: photo {name[:12]} is deleted and will not come back")
    if done.versions:
        now = f"version {done.data_version} is in use" if done.data_version else "no version is left"
        say(f"data versions that had it are deleted: {', '.join(done.versions)}; {now}")
    for model in done.models:
        say(f"{model} learned from it: outclass train {loaded.name}")


def name_of(loaded: LoadedChallenge, object_id: str, settings: Settings) -> str:
    """Return the name of the photo of an object of the version in use."""
    version = current_version(loaded.name, settings)
    found = version.find(object_id) if version else None
    if found is None or not isinstance(found.inputs, PhotoTable):
        raise NotFoundError("there is no such photo", where=loaded.name, got=object_id)
    return found.inputs.names[0]
