"""The figures of one consumer, for Prometheus and for the log."""

import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from outclass.stream.letters import count_reasons
from outclass.stream.records import Place, Work

BATCHES = (1, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10000)
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Telemetry:
    """Counts what a consumer does; each has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._messages = Counter(
            "outclass_stream_messages",
            "Messages by outcome: answered, empty, outlier, undecided, written, doubled, dead",
            ["outcome"],
            registry=self.registry,
        )
        self._letters = Counter(
            "outclass_stream_dead_letters",
            "Messages set apart, by reason",
            ["reason"],
            registry=self.registry,
        )
        self._errors = Counter(
            "outclass_stream_errors",
            "Failures that were tried again, by step: work, publish, look",
            ["step"],
            registry=self.registry,
        )
        self._batch = Histogram(
            "outclass_stream_batch_messages", "Messages in a batch", buckets=BATCHES, registry=self.registry
        )
        self._seconds = Histogram(
            "outclass_stream_batch_seconds",
            "Time from a batch's arrival until it may be committed",
            buckets=SECONDS,
            registry=self.registry,
        )
        self._lag = Gauge(
            "outclass_stream_lag",
            "Messages that wait, by partition",
            ["topic", "partition"],
            registry=self.registry,
        )
        self._ready = Gauge("outclass_stream_ready", "1 when it works on messages", registry=self.registry)
        self.total = 0
        self.waiting = 0
        self._marked = (time.monotonic(), 0)

    def batch_done(self, work: Work, messages: int, seconds: float) -> None:
        """Count a batch that is done."""
        self.total += messages
        self._batch.observe(messages)
        self._seconds.observe(seconds)
        for outcome, number in work.outcomes.items():
            self._messages.labels(outcome).inc(number)
        for reason, number in count_reasons(work.letters).items():
            self._letters.labels(reason).inc(number)

    def failed(self, step: str) -> None:
        """Count a failure that is tried again."""
        self._errors.labels(step).inc()

    def lags(self, lag: Mapping[Place, int]) -> None:
        """Note how many messages wait; partitions that went to others are no longer shown."""
        self._lag.clear()
        for (topic, partition), messages in lag.items():
            self._lag.labels(topic, str(partition)).set(messages)
        self.waiting = sum(lag.values())

    def progress(self) -> dict[str, float]:
        """Return the messages since the last call, how many a second, and how many wait."""
        now, (then, before) = time.monotonic(), self._marked
        self._marked = (now, self.total)
        done = self.total - before
        return {"messages": done, "per_second": round(done / max(now - then, 1e-9), 1), "lag": self.waiting}

    def exposition(self, *, ready: bool) -> bytes:
        """Return all figures in Prometheus' text format."""
        self._ready.set(ready)
        return generate_latest(self.registry)
