"""Forms of values that several kinds of file have in common."""

from typing import Annotated

from msgspec import Meta

from outclass.inputs.columns import COLUMN_FORM

NAME_FORM = r"^[a-z][a-z0-9-]{0,39}$"
LINK_FORM = r"^(https?://\S+)?$"
COLOR_FORM = r"^#[0-9a-f]{6}$"
SHA256_FORM = r"^[0-9a-f]{64}$"
MD5_FORM = r"^[0-9a-f]{32}$"
DELIMITER_FORM = r'^(\\t|[^\n\r"])$'
TABLE_FORM = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$"
ENTRY_FORM = r"^[A-Za-z_][A-Za-z0-9_-]{0,59}$"
VARIABLE_FORM = r"^[A-Z_][A-Z0-9_]*$"
FORMS = {
    COLUMN_FORM: "letters, digits and underscores, no digit first, at most 60",
    NAME_FORM: "lower case letters, digits and hyphens, a letter first, at most 40",
    LINK_FORM: "an http or https address",
    COLOR_FORM: "#rrggbb in lower case",
    SHA256_FORM: "64 hexadecimal digits in lower case",
    MD5_FORM: "32 hexadecimal digits in lower case",
    DELIMITER_FORM: "one character, or `\\t`",
    TABLE_FORM: "letters, digits and underscores, perhaps a schema and a dot before",
    ENTRY_FORM: "letters, digits, `_` and `-`, no digit first, at most 60",
    VARIABLE_FORM: "capital letters, digits and underscores",
}

Name = Annotated[str, Meta(pattern=NAME_FORM)]
Text = Annotated[str, Meta(min_length=1)]
Line = Annotated[str, Meta(min_length=1, max_length=120)]
ClassName = Annotated[str, Meta(min_length=1, max_length=60)]
Link = Annotated[str, Meta(pattern=LINK_FORM)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
PositiveNumber = Annotated[float, Meta(gt=0.0)]
Count = Annotated[int, Meta(ge=1)]
Color = Annotated[str, Meta(pattern=COLOR_FORM)]
Sha256 = Annotated[str, Meta(pattern=SHA256_FORM)]
Md5 = Annotated[str, Meta(pattern=MD5_FORM)]
Delimiter = Annotated[str, Meta(pattern=DELIMITER_FORM)]
TableName = Annotated[str, Meta(pattern=TABLE_FORM, max_length=120)]
VariableName = Annotated[str, Meta(pattern=VARIABLE_FORM, max_length=120)]
Parameter = str | int | float | bool
