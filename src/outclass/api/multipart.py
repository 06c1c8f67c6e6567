"""A file out of a form (multipart/form-data), as a page or a command line sends it."""

import re

from outclass.base.errors import InputError, InvalidInputError

FORM = "multipart/form-data"
BOUNDARY = re.compile(r"""boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)
MOST_PARTS = 20
HEAD_BYTES = 4096
ACCEPTED = "a form with one file"


def file_of_form(body: bytes, content_type: str) -> bytes:
    """Return the one file of a form; what other fields hold is not looked at.

    Source: RFC 7578, and RFC 2046, section 5.1.

    Raises
    ------
    InputError
        The form cannot be read.
    InvalidInputError
        It holds no file, or several.
    """
    found = BOUNDARY.search(content_type)
    if found is None:
        raise InputError(
            "the form has no boundary", where="Content-Type", got=content_type, accepted=ACCEPTED
        )
    mark = b"--" + (found[1] or found[2]).encode("latin-1")
    parts = (b"\r\n" + body).split(b"\r\n" + mark, MOST_PARTS + 1)[1:]
    if not parts or not parts[-1].startswith(b"--"):
        raise InputError("the form is truncated, or has too many fields", accepted=ACCEPTED)
    files = [content for is_file, content in map(read_part, parts[:-1]) if is_file]
    if len(files) != 1:
        raise InvalidInputError(
            "the form should hold one file",
            got=f"{len(files)} files",
            accepted=ACCEPTED,
            hint="name the field photo, with a file name",
        )
    return files[0]


def read_part(part: bytes) -> tuple[bool, bytes]:
    """Return whether a field is a file, and its content."""
    head, blank, content = part.lstrip(b" \t").partition(b"\r\n\r\n")
    if not blank or len(head) > HEAD_BYTES:
        raise InputError("a field of the form cannot be read", got=head[:60])
    lines = head.lower().split(b"\r\n")
    about = next((line for line in lines if line.startswith(b"content-disposition:")), b"")
    return b"filename=" in about or b"filename*=" in about, content
