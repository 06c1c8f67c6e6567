import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models import tiny_digits_version
from outclass.base.errors import InvalidInputError, UnavailableError
from outclass.inference.batching import INLINE_MILLISECONDS, PROBE, MicroBatcher
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Predictor

LIGHT, HEAVY = 0.1, 100.0


def answer(row: np.ndarray) -> Prediction:
    return Prediction(
        challenge="digits",
        model="digits@test",
        answer=str(int(row[0])),
        probabilities={},
        confidence=1.0,
        prediction_set=(),
        abstained=False,
        reason=None,
        outlier=None,
    )


class Echo:
    """Answers with the first value of a row; refuses negative ones; can be held back."""

    def __init__(self, milliseconds: float) -> None:
        self.milliseconds = milliseconds
        self.batches: list[int] = []
        self.threads: set[int] = set()
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def predict_many(self, rows: np.ndarray) -> list[Prediction]:
        self.entered.set()
        assert self.gate.wait(10)
        self.threads.add(threading.get_ident())
        if (rows < 0).any():
            raise InvalidInputError("negative")
        self.batches.append(len(rows))
        return [answer(row) for row in rows]


def row(value: float) -> np.ndarray:
    return np.array([value], dtype=np.float32)


async def entered(model: Echo) -> None:
    assert await asyncio.to_thread(model.entered.wait, 10)


async def first_waits(model: Echo, batcher: MicroBatcher) -> asyncio.Task[Prediction]:
    """Hold the model with one request inside."""
    model.gate.clear()
    first = asyncio.create_task(batcher.predict(row(0)))
    await entered(model)
    return first


def run(test: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


@pytest.mark.parametrize("milliseconds", [LIGHT, HEAVY])
def test_each_request_gets_its_own_answer(milliseconds: float) -> None:
    async def test() -> None:
        model = Echo(milliseconds)
        batcher = MicroBatcher(lambda: model, largest=16)
        answers = await asyncio.gather(*(batcher.predict(row(n)) for n in range(100)))
        assert [found.answer for found in answers] == [str(n) for n in range(100)]
        assert sum(model.batches) == 100
        assert max(model.batches) == 16
        await batcher.close()

    run(test)


def test_light_models_run_in_the_loop_and_heavy_ones_in_one_thread() -> None:
    async def test() -> None:
        here = threading.get_ident()
        light, heavy = Echo(LIGHT), Echo(HEAVY)
        for model in (light, heavy):
            batcher = MicroBatcher(lambda model=model: model)
            for n in range(3):
                await batcher.predict(row(n))
            await batcher.close()
        assert light.threads == {here}
        assert len(heavy.threads) == 1
        assert here not in heavy.threads

    run(test)


def test_a_single_request_does_not_wait_for_others() -> None:
    async def test() -> None:
        model = Echo(LIGHT)
        batcher = MicroBatcher(lambda: model)
        assert (await batcher.predict(row(4))).answer == "4"
        assert model.batches == [1]

    run(test)


def test_the_loop_is_not_held_up_for_long() -> None:
    async def test() -> None:
        model = Echo(INLINE_MILLISECONDS / 10)
        batcher = MicroBatcher(lambda: model)
        await asyncio.gather(*(batcher.predict(row(n)) for n in range(35)))
        assert model.batches == [10, 10, 10, 5]

    run(test)


def test_lonely_requests_skip_the_queue_until_others_come() -> None:
    async def test() -> None:
        model = Echo(LIGHT)
        batcher = MicroBatcher(lambda: model)
        for n in range(20):
            assert (await batcher.predict(row(n))).answer == str(n)
        with pytest.raises(InvalidInputError):
            await batcher.predict(row(-1))
        await asyncio.gather(*(batcher.predict(row(n)) for n in range(PROBE + 10)))
        model.batches.clear()
        answers = await asyncio.gather(*(batcher.predict(row(n)) for n in range(30)))
        assert [found.answer for found in answers] == [str(n) for n in range(30)]
        assert model.batches == [30]

    run(test)


def test_what_queues_while_the_worker_is_busy_goes_together() -> None:
    async def test() -> None:
        model = Echo(HEAVY)
        batcher = MicroBatcher(lambda: model, largest=64)
        first = await first_waits(model, batcher)
        rest = [asyncio.create_task(batcher.predict(row(n))) for n in range(1, 31)]
        await asyncio.sleep(0)
        model.gate.set()
        await asyncio.gather(first, *rest)
        assert model.batches == [1, 30]
        await batcher.close()

    run(test)


@pytest.mark.parametrize("milliseconds", [LIGHT, HEAVY])
def test_one_bad_row_fails_alone(milliseconds: float) -> None:
    async def test() -> None:
        model = Echo(milliseconds)
        batcher = MicroBatcher(lambda: model)
        values = [1, -1, 2, -2, 3]
        answers = await asyncio.gather(*(batcher.predict(row(v)) for v in values), return_exceptions=True)
        for value, found in zip(values, answers, strict=True):
            if value < 0:
                assert isinstance(found, InvalidInputError)
            else:
                assert isinstance(found, Prediction)
                assert found.answer == str(value)
        await batcher.close()

    run(test)


def test_rows_of_different_shapes_fail_alone() -> None:
    async def test() -> None:
        batcher = MicroBatcher(lambda: Echo(LIGHT))
        good, odd = await asyncio.gather(
            batcher.predict(row(1)), batcher.predict(np.array([2.0, 3.0], dtype=np.float32))
        )
        assert (good.answer, odd.answer) == ("1", "2")

    run(test)


def test_a_request_that_was_given_up_is_not_run() -> None:
    async def test() -> None:
        model = Echo(HEAVY)
        batcher = MicroBatcher(lambda: model)
        first = await first_waits(model, batcher)
        given_up = asyncio.create_task(batcher.predict(row(1)))
        kept = asyncio.create_task(batcher.predict(row(2)))
        await asyncio.sleep(0)
        given_up.cancel()
        first.cancel()
        model.gate.set()
        assert (await kept).answer == "2"
        assert model.batches == [1, 1]
        assert given_up.cancelled()
        assert first.cancelled()
        await batcher.close()

    run(test)


def test_more_than_the_capacity_is_refused() -> None:
    async def test() -> None:
        model = Echo(HEAVY)
        batcher = MicroBatcher(lambda: model, capacity=3)
        first = await first_waits(model, batcher)
        waiting = [asyncio.create_task(batcher.predict(row(n))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match="too many"):
            await batcher.predict(row(9))
        model.gate.set()
        assert len(await asyncio.gather(first, *waiting)) == 4
        await batcher.close()

    run(test)


def test_close_answers_what_is_in_flight_and_refuses_new_requests() -> None:
    async def test() -> None:
        model = Echo(HEAVY)
        batcher = MicroBatcher(lambda: model, largest=2)
        first = await first_waits(model, batcher)
        waiting = [asyncio.create_task(batcher.predict(row(n))) for n in range(1, 6)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match="stopping"):
            await batcher.predict(row(9))
        assert not closing.done()
        model.gate.set()
        await closing
        assert all(task.done() for task in (first, *waiting))
        assert [task.result().answer for task in waiting] == ["1", "2", "3", "4", "5"]

    run(test)


def test_no_model_is_the_answer_to_all_and_the_batcher_recovers() -> None:
    async def test() -> None:
        model = Echo(LIGHT)
        models: list[Echo] = []

        def source() -> Echo:
            if not models:
                raise UnavailableError("no model is ready")
            return models[0]

        batcher = MicroBatcher(source)
        found = await asyncio.gather(*(batcher.predict(row(n)) for n in range(3)), return_exceptions=True)
        assert all(isinstance(error, UnavailableError) for error in found)
        models.append(model)
        assert (await batcher.predict(row(5))).answer == "5"

    run(test)


def test_batches_of_a_real_model_equal_single_answers(tmp_path: Path) -> None:
    async def test() -> None:
        predictor = Predictor.load(tiny_digits_version(tmp_path, seed=1))
        batcher = MicroBatcher(lambda: predictor)
        rows = np.random.default_rng(0).random((40, 28, 28), dtype=np.float32)
        answers = await asyncio.gather(*(batcher.predict(one) for one in rows))
        for one, found in zip(rows, answers, strict=True):
            assert found.probabilities == pytest.approx(predictor.predict_one(one).probabilities, abs=1e-6)

    run(test)


def test_batchers_may_share_one_thread_and_need_no_speed() -> None:
    async def test() -> None:
        class Untimed(Echo):
            @property
            def milliseconds(self) -> float:
                raise AssertionError("nobody needs to know")

            @milliseconds.setter
            def milliseconds(self, value: float) -> None:
                pass

        one, other = Untimed(HEAVY), Untimed(HEAVY)
        with ThreadPoolExecutor(1) as worker:
            batchers = [
                MicroBatcher(lambda model=model: model, light=0.0, worker=worker) for model in (one, other)
            ]
            asked = [batcher.predict(row(n)) for n in range(12) for batcher in batchers]
            answers = await asyncio.gather(*asked)
            assert [found.answer for found in answers] == [str(n // 2) for n in range(24)]
            await batchers[0].close()
            assert (await batchers[1].predict(row(7))).answer == "7"
        assert one.threads == other.threads
        assert len(one.threads) == 1

    run(test)
