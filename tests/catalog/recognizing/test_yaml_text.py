"""What is written is read back as it was, whatever words stand in it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.catalog.recognizing.yaml_text import yaml_of
from outclass.catalog.strict_yaml import parse_yaml

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e9, 1e9).map(lambda number: round(number, 6))
    | st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff"), max_size=20
    )
)
KEYS = st.text("abcdefgh_-", min_size=1, max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)


@settings(max_examples=40)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_values_are_read_back(values: dict[str, object]) -> None:
    notes = dict.fromkeys(
        values, "a comment: with # and 'quotes' in it, long enough that it must be wrapped " * 3
    )
    read = parse_yaml(yaml_of(values, notes).encode())

    assert not read.problems
    assert read.value == values
