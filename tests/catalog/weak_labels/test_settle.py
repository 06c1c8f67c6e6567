import pytest

from outclass.base.errors import DataError
from outclass.catalog.weak_labels import Origin, WeakLabels, read_checked, settle_labels, text_sha256

WEAK = WeakLabels.of(
    [
        {"name": "free", "class": "spam", "pattern": "free"},
        {"name": "code", "class": "notification", "pattern": "code"},
    ]
)
OPEN = "personal+notification"


def test_feedback_outranks_the_checked_label_the_column_and_the_rules():
    texts = ["a free code", "a free code", "A  free CODE", "free", "hello"]
    column = ["spam", OPEN, OPEN, None, None]
    key = text_sha256("a free code")

    by_rules = settle_labels(texts, column, weak=WEAK)
    checked = settle_labels(texts, column, weak=WEAK, checked={key: "personal"})
    fed = settle_labels(texts, column, weak=WEAK, checked={key: "spam"}, feedback={key: "personal"})

    assert by_rules.labels == ("spam", "notification", "notification", "spam", None)
    assert by_rules.origins == (Origin.COLUMN, Origin.RULE, Origin.RULE, Origin.RULE, Origin.NONE)
    assert checked.labels[:3] == ("personal",) * 3
    assert checked.origins[:3] == (Origin.CHECKED,) * 3
    assert fed.labels == ("personal", "personal", "personal", "spam", None)
    assert fed.origins[:3] == (Origin.FEEDBACK,) * 3


def test_a_label_that_leaves_it_open_falls_to_the_first_class_named():
    settled = settle_labels(["hello", "free"], [OPEN, OPEN], weak=WEAK)

    assert settled.labels == ("personal", "personal")  # the rule for spam is not among those asked
    assert settled.origins == (Origin.FIRST_NAMED, Origin.FIRST_NAMED)


def test_a_rule_never_changes_the_label_of_the_data():
    assert settle_labels(["free"], ["personal"], weak=WEAK).labels == ("personal",)


def test_checked_labels_are_read(tmp_path):
    path = tmp_path / "checked.csv"
    path.write_text(f"sha256,label\n{text_sha256('a')},spam\n", encoding="utf-8")

    assert read_checked(path, ["spam"]) == {text_sha256("a"): "spam"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no header"),
        ("a,b\n", "no header"),
        ("sha256,label\nabc,spam\n", "line 2: this line is no label"),
        (f"sha256,label\n{'a' * 64}\n", "line 2: this line is no label"),
        (f"sha256,label\n{'a' * 64},eggs\n", "line 2: there is no such class"),
        (f"sha256,label\n{'a' * 64},spam\n{'a' * 64},ham\n", "line 3: this text has two labels"),
        ('sha256,label\n"x', "cannot be read"),
    ],
)
def test_broken_checked_labels_are_told_by_line(tmp_path, content, message):
    path = tmp_path / "checked.csv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(DataError, match=message):
        read_checked(path, ["spam", "ham"])


def test_checked_labels_that_are_no_text_are_told(tmp_path):
    path = tmp_path / "checked.csv"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(DataError, match="cannot be read"):
        read_checked(path)
