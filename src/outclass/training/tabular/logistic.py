"""Multinomial logistic regression with a penalty on squares, stopped where time is up."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize

from outclass.training.tabular.budget import Deadline

ITERATIONS = 200
TOLERANCE = 1e-8
"""By how much of itself the loss still falls when it is good enough."""
SMALL, STEPS, HALVINGS = 150, 50, 12
"""Weights up to which Newton's steps are taken, how many of them, and how often one is halved."""
FLAT = 1e-6
"""Curvature added for offsets, which are not penalized: one of them is free."""
LARGE = 50_000
"""Rows times columns from which on products are taken in single precision."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Problem:
    """Rows with their truth, to be fitted at one cost after the other, each from where the last ended.

    Parameters
    ----------
    rows
        ``[n, width]``.
    targets
        From 0 without a gap.
    weights
        Of each row.

    Attributes
    ----------
    stopped
        Whether time was up before a fit was done.
    """

    def __init__(self, rows: NDArray[np.floating], targets: Indices, weights: Floats, classes: int) -> None:
        self.precision = np.dtype(np.float32 if rows.size > LARGE else np.float64)
        self.rows: NDArray[np.floating] = np.ascontiguousarray(rows, dtype=self.precision)
        self.truth = np.eye(classes)[targets]
        self.weights = weights[:, None]
        self.classes = classes
        self.stopped = False
        self.values = np.zeros((rows.shape[1] + 1, classes))
        share = np.maximum(np.average(self.truth, axis=0, weights=weights), 1e-9)
        self.values[-1] = np.log(share) - np.log(share).mean()

    def loss(self, flat: Floats, cost: float) -> tuple[float, Floats]:
        """Return the penalized loss, and its slope."""
        matrix = flat.reshape(self.values.shape)
        logits = self.rows @ matrix[:-1].astype(self.precision) + matrix[-1]
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        error = (np.exp(logs) - self.truth) * self.weights
        slope = np.empty_like(matrix)
        slope[:-1] = self.rows.T @ error.astype(self.precision) + matrix[:-1] / cost
        slope[-1] = error.sum(axis=0)
        data = -float((logs * self.truth * self.weights).sum())
        return data + 0.5 * float((matrix[:-1] ** 2).sum()) / cost, slope.ravel()

    def fit(self, cost: float, deadline: Deadline | None = None) -> tuple[Floats, Floats]:
        """Return weights ``[width, classes]`` and offsets ``[classes]`` at a cost, scikit-learn's C.

        Where time is up before the least loss is found, `stopped` is set.
        """
        if self.values.size <= SMALL:
            self._newton(cost, deadline)
        else:
            self._descend(cost, deadline)
        return self.values[:-1].copy(), self.values[-1].copy()

    def _newton(self, cost: float, deadline: Deadline | None) -> None:
        """Go by Newton's steps, halved where they lead up: few of them, for few weights."""
        loss, slope = self.loss(self.values.ravel(), cost)
        for _ in range(STEPS):
            step = np.linalg.solve(self._curvature(cost), slope).reshape(self.values.shape)
            gain = 0.0
            for halving in range(HALVINGS):
                values = self.values - step * 0.5**halving
                found = self.loss(values.ravel(), cost)
                gain = loss - found[0]
                if gain >= 0:
                    self.values, (loss, slope) = values, found
                    break
            if gain <= TOLERANCE * max(loss, 1e-12):
                return
            if deadline is not None and deadline.passed:
                self.stopped = True
                return

    def _curvature(self, cost: float) -> Floats:
        """Return the second derivatives of the penalized loss."""
        width, classes = self.values.shape
        rows = np.concatenate([self.rows, np.ones((len(self.rows), 1))], axis=1).astype(np.float64)
        logits = rows @ self.values
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        found = np.zeros((width, classes, width, classes))
        for one in range(classes):
            for other in range(one, classes):
                share = chances[:, one] * ((one == other) - chances[:, other]) * self.weights[:, 0]
                block = (rows * share[:, None]).T @ rows
                found[:, one, :, other] = found[:, other, :, one] = block
        penalty = np.full((width, classes), 1 / cost)
        penalty[-1] = FLAT
        curvature: Floats = found.reshape(width * classes, -1) + np.diag(penalty.ravel())
        return curvature

    def _descend(self, cost: float, deadline: Deadline | None) -> None:
        """Go down by L-BFGS."""

        def look(intermediate_result: OptimizeResult) -> None:  # noqa: ARG001 - scipy goes by this name
            if deadline is not None and deadline.passed:
                self.stopped = True
                raise StopIteration

        found = minimize(
            self.loss,
            self.values.ravel(),
            args=(cost,),
            jac=True,
            method="L-BFGS-B",
            callback=look,
            options={"maxiter": ITERATIONS, "ftol": TOLERANCE, "gtol": TOLERANCE * len(self.rows)},
        )
        self.values = np.asarray(found.x, dtype=np.float64).reshape(self.values.shape)

    def path(self, costs: Sequence[float], deadline: Deadline) -> Iterator[tuple[Floats, Floats]]:
        """Yield weights and offsets at each cost, until time is up."""
        for cost in costs:
            yield self.fit(cost, deadline)
            if deadline.passed:
                return
