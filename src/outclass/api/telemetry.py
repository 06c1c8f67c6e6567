"""Metrics for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Telemetry:
    """The figures of one application; each application has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.waiting = Gauge("outclass_log_waiting", "Predictions not yet written", registry=self.registry)
        self.dropped = Gauge("outclass_log_dropped", "Predictions lost by a full log", registry=self.registry)
        self.ready = Gauge("outclass_ready", "1 when a model answers", ["model"], registry=self.registry)
        self._requests = Counter(
            "outclass_requests", "Requests answered", ["route", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "outclass_request_seconds",
            "Time from a request's head to its answer",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._predictions = Counter(
            "outclass_predictions",
            "Predictions by outcome: answered, empty, outlier, undecided",
            ["challenge", "model", "outcome"],
            registry=self.registry,
        )
        self._request_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._prediction_children: dict[tuple[str, str, str], Counter] = {}

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the template of its path."""
        children = self._request_children.get((route, method, status))
        if children is None:
            children = (self._requests.labels(route, method, str(status)), self._seconds.labels(route))
            self._request_children[route, method, status] = children
        children[0].inc()
        children[1].observe(seconds)

    def count_prediction(self, challenge: str, model: str, outcome: str) -> None:
        """Count a prediction."""
        child = self._prediction_children.get((challenge, model, outcome))
        if child is None:
            child = self._predictions.labels(challenge, model, outcome)
            self._prediction_children[challenge, model, outcome] = child
        child.inc()

    def exposition(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)
