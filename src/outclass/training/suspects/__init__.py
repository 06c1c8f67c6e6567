"""What looks wrong with the data that a model learned from, looked for after training.

>>> from outclass.training.suspects import find_suspects
>>> report = find_suspects(version, data)  # doctest: +SKIP
>>> report.labels, report.listed[0].suggested  # doctest: +SKIP
(12, 'versicolor')
"""

from outclass.training.suspects.report import can_be_checked, find_suspects

__all__ = ["can_be_checked", "find_suspects"]
