"""Train one net: resumable, with all chance drawn from the seed and the epoch."""

import hashlib
import io
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from outclass.base.errors import ConflictError
from outclass.base.store import write_atomic
from outclass.challenges.digits.augment import Strength, augment
from outclass.challenges.digits.handmade import handmade_digits
from outclass.challenges.digits.network import DIGITS, DigitsNet
from outclass.challenges.digits.nondigits import redraw, training_nondigits
from outclass.challenges.digits.recipe import Recipe
from outclass.training.data import TrainingData

CHECKPOINT, HISTORY = "checkpoint.pt", "history.json"
FORMAT = 1
RISE = 0.15
STRONG = 0.7

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Pictures to learn from, uint8: digits, the same redrawn, and others (non-digits, handmade digits)."""

    digits: Tensor
    targets: Tensor
    redrawn: Tensor
    others: Tensor
    other_targets: Tensor


def fit_member(
    recipe: Recipe, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Progress
) -> DigitsNet:
    """Train one net, or go on where a killed training stopped, or return the finished one.

    The folder keeps one checkpoint, replaced atomically after each epoch. An epoch depends on nothing but
    the checkpoint before it, the data, the recipe and the seed: an interrupted training gives the same net.

    Raises
    ------
    ConflictError
        The folder holds a training of other data, another recipe or another seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = fingerprint(recipe, data, seed)
    state = _State.start(recipe, seed, mark, device)
    state.restore(folder)
    if state.epoch < recipe.epochs:
        pool = _pool(recipe, data, seed)
        while state.epoch < recipe.epochs:
            started = time.monotonic()
            loss = _epoch(recipe, pool, state, seed)
            state.note(loss, time.monotonic() - started, accuracy(state.average, data, device))
            state.save(folder)
            progress(state.epoch / recipe.epochs, state.line())
    return state.average.to("cpu").eval()


def fingerprint(recipe: Recipe, data: TrainingData, seed: int) -> str:
    """Hash of all that decides the outcome: rows, recipe, seed."""
    digest = hashlib.sha256(json.dumps([FORMAT, seed, recipe.learning()], sort_keys=True).encode())
    for array in (as_bytes(data.inputs), data.targets.astype("<i8")):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def as_bytes(pictures: NDArray[Any]) -> NDArray[np.uint8]:
    """Pictures as gray values 0..255."""
    if pictures.dtype == np.uint8:
        return np.asarray(pictures, np.uint8)
    gray: NDArray[np.uint8] = np.rint(np.clip(pictures, 0.0, 1.0) * 255).astype(np.uint8)
    return gray


def accuracy(net: DigitsNet, data: TrainingData, device: str) -> float:
    """Share of validation rows that are read rightly."""
    if len(data.validation_targets) == 0:
        return math.nan
    net.eval()
    right = 0
    with torch.inference_mode():
        for start in range(0, len(data.validation_targets), 500):
            pictures = _scaled(torch.from_numpy(as_bytes(data.validation_inputs[start : start + 500])))
            answers = net(pictures.to(device))[:, :DIGITS].argmax(dim=1).cpu().numpy()
            right += int((answers == data.validation_targets[start : start + 500]).sum())
    return right / len(data.validation_targets)


def _scaled(pictures: Tensor) -> Tensor:
    return pictures[:, None].float() / 255


def _pool(recipe: Recipe, data: TrainingData, seed: int) -> Pool:
    """Make the redrawn digits, the non-digits and the handmade digits; the same for the same seed."""
    digits = as_bytes(data.inputs)
    nondigits = training_nondigits(seed, recipe.bank, digits)
    handmade, written = handmade_digits(seed, recipe.bank // 4)
    return Pool(
        digits=torch.from_numpy(np.ascontiguousarray(digits)),
        targets=torch.from_numpy(data.targets.astype(np.int64)),
        redrawn=torch.from_numpy(redraw(seed, digits)),
        others=torch.from_numpy(np.concatenate([nondigits, handmade])),
        other_targets=torch.from_numpy(np.concatenate([np.full(len(nondigits), DIGITS), written])),
    )


@dataclass(slots=True, kw_only=True)
class _State:
    """All that changes in a training."""

    net: DigitsNet
    average: DigitsNet
    optimizer: torch.optim.Optimizer
    mark: str
    device: str
    epoch: int
    history: list[dict[str, float]]

    @classmethod
    def start(cls, recipe: Recipe, seed: int, mark: str, device: str) -> "_State":
        torch.manual_seed(seed)
        nets = [DigitsNet(recipe.channels, recipe.dropout) for _ in range(2)]
        nets[1].load_state_dict(nets[0].state_dict())
        net, average = (net.to(device).to(memory_format=torch.channels_last) for net in nets)  # type: ignore[call-overload]
        kernels = [weight for weight in net.parameters() if weight.ndim > 1]
        others = [weight for weight in net.parameters() if weight.ndim == 1]
        groups = [{"params": kernels, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.SGD(groups, lr=recipe.rate, momentum=0.9, nesterov=True)
        return cls(
            net=net, average=average, optimizer=optimizer, mark=mark, device=device, epoch=0, history=[]
        )

    def restore(self, folder: Path) -> None:
        """Take over the checkpoint of the folder, where there is one."""
        path = folder / CHECKPOINT
        if not path.exists():
            return
        saved: Mapping[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if saved["mark"] != self.mark:
            hint = "remove the folder, or train with what it was begun with"
            raise ConflictError(
                "a training of other data, another recipe or seed is kept here", where=str(folder), hint=hint
            )
        self.net.load_state_dict(saved["net"])
        self.average.load_state_dict(saved["average"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.epoch, self.history = saved["epoch"], saved["history"]

    def save(self, folder: Path) -> None:
        """Replace the checkpoint atomically, and write the history beside it for people."""
        saved = {
            "mark": self.mark, "epoch": self.epoch, "history": self.history, "net": self.net.state_dict(),
            "average": self.average.state_dict(), "optimizer": self.optimizer.state_dict(),
        }  # fmt: skip
        packed = io.BytesIO()
        torch.save(saved, packed)
        write_atomic(folder / CHECKPOINT, packed.getvalue())
        told = {"mark": self.mark, "epochs": self.history}
        write_atomic(folder / HISTORY, json.dumps(told, indent=1).encode())

    def note(self, loss: float, seconds: float, validation_accuracy: float) -> None:
        self.epoch += 1
        self.history.append(
            {
                "epoch": self.epoch,
                "loss": loss,
                "validation_accuracy": validation_accuracy,
                "seconds": seconds,
            }
        )

    def line(self) -> str:
        """Say how the last epoch went."""
        return _line(self.history[-1])


def newest_line(folder: Path) -> tuple[int, str]:
    """How many epochs are done in a folder, and a line on the last."""
    path = folder / HISTORY
    if not path.exists():
        return 0, ""
    epochs = _history(path)
    return len(epochs), _line(epochs[-1])


def seconds_spent(folder: Path) -> float:
    """Seconds that the epochs of a folder took, those before a kill too."""
    return sum(epoch["seconds"] for epoch in _history(folder / HISTORY))


def _history(path: Path) -> list[dict[str, float]]:
    epochs: list[dict[str, float]] = json.loads(path.read_bytes())["epochs"]
    return epochs


def _line(last: Mapping[str, float]) -> str:
    return (
        f"epoch {last['epoch']}: loss {last['loss']:.4f}, "
        f"validation accuracy {last['validation_accuracy']:.4f}, {last['seconds']:.0f} s"
    )


def _epoch(recipe: Recipe, pool: Pool, state: _State, seed: int) -> float:
    """One pass over the digits with non-digits among them; returns the mean loss."""
    chance = int(np.random.default_rng([seed, 4, state.epoch]).integers(2**62))
    generator = torch.Generator().manual_seed(chance)
    torch.manual_seed(chance)
    order = _order(recipe, pool, generator)
    steps = math.ceil(len(order) / recipe.batch)
    state.net.train()
    total = 0.0
    for step, (pictures, targets) in enumerate(_batches(recipe, pool, order, generator)):
        done = (state.epoch + step / steps) / recipe.epochs
        changed = augment(pictures, _strength(recipe, done), generator)
        total += _step(recipe, state, changed, targets, done, state.epoch * steps + step)
    return total / steps


def _order(recipe: Recipe, pool: Pool, generator: torch.Generator) -> Tensor:
    """Row numbers in the order of the epoch; those from `len(digits)` on are others."""
    count = len(pool.digits)
    parts = [torch.arange(count)]
    strange = pool.other_targets == DIGITS
    for chosen, share in ((strange, recipe.nondigits), (~strange, recipe.handmade)):
        rows = torch.nonzero(chosen).flatten() + count
        parts.append(rows[torch.randperm(len(rows), generator=generator)[: round(count * share)]])
    rows = torch.cat(parts)
    return rows[torch.randperm(len(rows), generator=generator)]


def _batches(
    recipe: Recipe, pool: Pool, order: Tensor, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Pictures ``[n, 1, 28, 28]`` and targets; target 10 is "no digit"."""
    count = len(pool.digits)
    for rows in torch.split(order, recipe.batch):
        other = rows >= count
        place = torch.where(other, 0, rows)
        again = torch.rand(len(rows), generator=generator) < recipe.redrawn
        pictures = torch.where(again[:, None, None], pool.redrawn[place], pool.digits[place])
        targets = pool.targets[place]
        pictures[other] = pool.others[rows[other] - count]
        targets[other] = pool.other_targets[rows[other] - count]
        yield _scaled(pictures), targets


def _strength(recipe: Recipe, done: float) -> Strength:
    """Strong augmentation first, weaker at the end, where the net settles on what real rows look like."""
    late = max(0.0, (done - STRONG) / (1 - STRONG))
    return Strength().times(recipe.strength + (recipe.final_strength - recipe.strength) * late)


def _rate(recipe: Recipe, done: float) -> float:
    """Learning rate of one cycle."""
    if done < RISE:
        return recipe.rate * (0.05 + 0.95 * done / RISE)
    return recipe.rate * (0.5 + 0.5 * math.cos(math.pi * (done - RISE) / (1 - RISE))) + 1e-5


def _step(
    recipe: Recipe, state: _State, pictures: Tensor, targets: Tensor, done: float, number: int
) -> float:
    for group in state.optimizer.param_groups:
        group["lr"] = _rate(recipe, done)
    pictures = pictures.to(device=state.device, memory_format=torch.channels_last)
    with torch.autocast(torch.device(state.device).type, torch.bfloat16, enabled=recipe.half):
        scores = state.net(pictures).float()
    loss = _loss(scores, targets.to(state.device), recipe.flatness)
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    state.optimizer.step()
    _follow(state.average, state.net, min(recipe.average, (1 + number) / (10 + number)))
    return float(loss.detach())


def _loss(scores: Tensor, targets: Tensor, flatness: float) -> Tensor:
    """Cross-entropy over eleven classes, and on non-digits over ten equal digits (outlier exposure).

    The second term is that of Hendrycks et al., "Deep Anomaly Detection with Outlier Exposure" (2019).
    """
    loss = functional.cross_entropy(scores, targets)
    flat = -functional.log_softmax(scores[:, :DIGITS], dim=1).mean(dim=1) - math.log(DIGITS)
    return loss + flatness * (flat * (targets == DIGITS)).mean()


@torch.no_grad()
def _follow(average: DigitsNet, net: DigitsNet, decay: float) -> None:
    """Move the averaged weights a little towards the present ones."""
    mine, theirs = average.state_dict(), net.state_dict()
    floats = [name for name, value in mine.items() if value.is_floating_point()]
    torch._foreach_lerp_([mine[name] for name in floats], [theirs[name] for name in floats], 1 - decay)
