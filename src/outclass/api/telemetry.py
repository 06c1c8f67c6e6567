"""Metrics for Prometheus."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from outclass.inference.prediction import AbstainReason

ANSWERED = "answered"
METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Durations(Collector):
    """A histogram of requests' times by route, at less cost than one that any thread may add to."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def add(self, route: str, seconds: float) -> None:
        """Note how long a request took; called in the event loop only."""
        if route not in self._counts:
            self._counts[route], self._sums[route] = [0] * (len(SECONDS) + 1), 0.0
        self._counts[route][bisect_left(SECONDS, seconds)] += 1
        self._sums[route] += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Return the figures."""
        family = HistogramMetricFamily(
            "outclass_request_seconds", "Time from a request's head to its answer", labels=["route"]
        )
        bounds = [*map(str, SECONDS), "+Inf"]
        for route, counts in self._counts.items():
            buckets = list(zip(bounds, accumulate(counts), strict=True))
            family.add_metric([route], buckets, self._sums[route])
        yield family


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
        self._durations = Durations()
        self.registry.register(self._durations)
        self._predictions = Counter(
            "outclass_predictions",
            "Predictions by outcome: answered, empty, outlier, undecided",
            ["challenge", "model", "outcome"],
            registry=self.registry,
        )

    def count_requests(self, times: Mapping[tuple[str, str, int], int]) -> None:
        """Count requests by route (the template of the path), method and status."""
        for (route, method, status), number in times.items():
            self._requests.labels(route, method, str(status)).inc(number)

    def time_request(self, route: str, seconds: float) -> None:
        """Note how long a request took."""
        self._durations.add(route, seconds)

    def count_predictions(self, times: Mapping[tuple[str, str, AbstainReason | None], int]) -> None:
        """Count predictions by challenge, model and why there is no answer."""
        for (challenge, model, reason), number in times.items():
            outcome = ANSWERED if reason is None else reason.value
            self._predictions.labels(challenge, model, outcome).inc(number)

    def exposition(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)
