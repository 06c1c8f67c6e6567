"""A model file is believed in nothing: each broken part is refused with its place."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import RegistryError
from outclass.inference.linear_text import LinearTextModel
from outclass.inference.linear_text.document import LARGEST_FILE
from text_models import vectors

MODEL = json.dumps(vectors()["models"]["two-stages"])


def changed(path, value):
    """Return the model with one value replaced; with `...` without it."""
    told = json.loads(MODEL)
    *way, last = path
    place = told
    for key in way:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(told).encode()


def test_the_model_itself_is_read():
    assert LinearTextModel.parse(MODEL.encode()).classes


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "other", "unknown format"),
        (["version"], 2, "unknown format"),
        (["version"], ..., "unknown format"),
        (["extra"], 1, "missing or unknown"),
        (["stages"], ..., "missing or unknown"),
        (["decimals"], 12, "whole number"),
        (["decimals"], True, "whole number"),
        (["longest"], 0, "whole number"),
        (["classes"], ["one"], "two classes"),
        (["classes"], ["a", "a"], "twice"),
        (["classes"], "ab", "list is wanted"),
        (["classes", 0], 5, "short text"),
        (["classes", 0], "nobody", "does not part"),
        (["blocks", 0, "kind"], "bytes", "not known"),
        (["blocks", 0, "kind"], ["words"], "not known"),
        (["blocks", 0, "least"], 0, "whole number"),
        (["blocks", 0, "most"], 9, "whole number"),
        (["blocks", 0, "terms", 0], "", "short text"),
        (["blocks", 0, "terms", 0], "x" * 300, "short text"),
        (["blocks", 0, "idf"], [1], "another length"),
        (["blocks", 0, "idf", 0], 1.5, "whole numbers"),
        (["blocks", 0, "idf", 0], 10**30, "whole numbers"),
        (["blocks", 0, "name"], "rules", "twice"),
        (["blocks"], [{}] * 9, "list is wanted"),
        (["blocks"], {}, "list is wanted"),
        (["measures", 0], "weight", "not declared"),
        (["disguises", "letters"], {"ab": "c"}, "letter map"),
        (["disguises", "letters"], {"a": "\u00e9"}, "letter map"),
        (["disguises", "joiners"], 1, "short text"),
        (["conditions", "odd"], {}, "one key"),
        (["conditions", "odd"], {"words": ["a"], "digits": [1, 2]}, "one key"),
        (["conditions", "odd"], {"digits": [3, 2]}, "whole number"),
        (["conditions", "odd"], {"digits": [1]}, "two numbers"),
        (["conditions"], [], "object is wanted"),
        (["rules", 0, "all"], [], "needs a condition"),
        (["rules", 0, "all"], ["nothing of the kind"], "not declared"),
        (["stages", 0, "scale"], 0, "above 0"),
        (["stages", 0, "scale"], "1", "number is wanted"),
        (["stages", 0, "offsets"], [], "fit together"),
        (["stages", 0, "groups"], [], "fit together"),
        (["stages", 0, "rows"], [], "fit together"),
        (["stages", 0, "rows", 0, "intercept"], None, "number is wanted"),
        (["stages", 0, "rows", 0, "intercept"], 10**400, "finite"),
        (["stages", 0, "rows", 0, "coefficients", "rules"], [1, 2, 3, 4, 5, 6, 7], "another length"),
        (["stages", 0, "rows", 0, "coefficients", "more"], [], "missing or unknown"),
        (["stages"], [], "no stage"),
        (["stages", 1, "groups", 0], [], "group"),
    ],
)
def test_each_broken_part_is_refused(path, value, message):
    with pytest.raises(RegistryError, match=message):
        LinearTextModel.parse(changed(path, value))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"format": NaN}', "not valid JSON"),
        (b'{"a": 1, "a": 2}', "not valid JSON"),
        (b"[]", "object is wanted"),
        (b" " * (LARGEST_FILE + 1), "too large"),
    ],
)
def test_what_is_no_model_is_refused(content, message):
    with pytest.raises(RegistryError, match=message):
        LinearTextModel.parse(content)


def test_stages_must_lead_to_each_class_once():
    told = json.loads(MODEL)
    told["stages"].append(told["stages"][-1])
    with pytest.raises(RegistryError, match="does not part"):
        LinearTextModel.parse(json.dumps(told).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data(), JSON)
def test_anything_in_any_place_is_read_or_refused(data, value):
    told = json.loads(MODEL)
    place, key = told, data.draw(st.sampled_from(sorted(told)))
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(
            st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1)
        )
    place[key] = value
    try:
        model = LinearTextModel.parse(json.dumps(told).encode())
    except RegistryError:
        return
    assert all(math.isfinite(x) for x in model.logits(["Call 0800 now, it is fr33!"])[0])
