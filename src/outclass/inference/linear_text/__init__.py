"""Linear text models: `model.json` read and answered with the standard library alone.

docs/reference/text-model.md specifies the format; readers of it in JavaScript and Java give the same numbers.

    model = LinearTextModel.parse(Path("model.json").read_bytes())
    model.logits(["Win a free prize!"])
"""

from outclass.inference.linear_text.document import TextModelDocument, read_document
from outclass.inference.linear_text.explaining import Explanation, Part, Span, StageExplanation
from outclass.inference.linear_text.scoring import LinearTextModel

__all__ = [
    "Explanation",
    "LinearTextModel",
    "Part",
    "Span",
    "StageExplanation",
    "TextModelDocument",
    "read_document",
]
