"""Colors as screens show them: pictures with a color profile (ICC) are brought to sRGB."""

import functools
import io

from PIL import Image, ImageCms

SRGB_NAMES = (b"sRGB", b"s\0R\0G\0B")
SPACES = {"RGB": "RGB", "CMYK": "CMYK"}
"""The space of a profile by the mode of the picture that it fits."""


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return an RGB or CMYK picture as sRGB; a profile that is damaged or does not fit counts as none."""
    if profile and not any(name in profile for name in SRGB_NAMES):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space.strip() == SPACES[picture.mode]:
                changed = ImageCms.profileToProfile(picture, source, srgb(), outputMode="RGB")
                return picture.convert("RGB") if changed is None else changed
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture if picture.mode == "RGB" else picture.convert("RGB")


@functools.cache
def srgb() -> ImageCms.ImageCmsProfile:
    """Return the profile of sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
