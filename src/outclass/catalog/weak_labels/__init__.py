r"""Weak labels: classes given by regular expressions, with a report on what each rule is worth.

>>> from outclass.catalog.weak_labels import WeakLabels
>>> weak = WeakLabels.of([{"name": "code", "class": "notification", "pattern": r"\bcode is \d{4,8}\b"}])
>>> weak.apply(["Your code is 482913", "See you at six"]).labels
('notification', None)
"""

from outclass.catalog.weak_labels.engine import Fired, WeakLabels
from outclass.catalog.weak_labels.report import LabelReport, RuleReport
from outclass.catalog.weak_labels.settle import Origin, Settled, read_checked, settle_labels
from outclass.inputs.text_key import text_sha256

__all__ = [
    "Fired",
    "LabelReport",
    "Origin",
    "RuleReport",
    "Settled",
    "WeakLabels",
    "read_checked",
    "settle_labels",
    "text_sha256",
]
