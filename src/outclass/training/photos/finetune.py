"""Learning in the last blocks of the backbone, too; a version made so brings its own `backbone.onnx`.

Worth trying from some hundred photos a class on. It takes minutes rather than seconds, and has no folds:
so it has no advice on photos that it learned from.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from msgspec import Meta
from numpy.typing import NDArray
from torch import Tensor, nn

from outclass.base.document import Document
from outclass.base.errors import DataError, OutclassError
from outclass.base.limits import Limits
from outclass.base.store import make_folder_atomic
from outclass.inference.backbone import Backbone
from outclass.inputs.photos import PhotoTable
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.parameters import read_parameters, refused
from outclass.training.photos.converting import TAPS, convert, packaged_weights
from outclass.training.photos.embedding import BATCH, CHANGES, ViewMaker, ordered_map
from outclass.training.photos.linear_graph import write_linear
from outclass.training.photos.lite import PLACES, Weights, lite_graph, tap_width
from outclass.training.photos.plain_head import learn_head
from outclass.training.photos.tail import CUT, CUT_WIDTH, Tail, tuned_weights

BESIDE = tuple(tap for tap in TAPS if tap != "head")
"""The layers of the frozen part that make features of their own."""
COST = 0.003
"""Of the linear model that the classes begin as."""
RISE = 0.1
"""Share of the steps in which the learning rate rises."""

FILES = ("maps", "beside")

Halves = NDArray[np.float16]
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Front:
    """What the frozen part makes of photos in one form.

    Attributes
    ----------
    maps
        Its output at the cut, ``[n, 192, 7, 7]``.
    beside
        The features of earlier layers that the classes see as well, ``[n, 672]``.
    """

    maps: Halves
    beside: Halves


class TuningRecipe(Document, frozen=True, kw_only=True):
    """What can be set about fine-tuning."""

    fine_tune: Annotated[bool, Meta(description="asks for it")] = True
    blocks: Annotated[int, Meta(ge=0, le=4, description="how many of the last blocks learn")] = 2
    epochs: Annotated[int, Meta(ge=1, le=200)] = 6
    batch_size: Annotated[int, Meta(ge=2, le=1024)] = 32
    learning_rate: Annotated[
        float, Meta(gt=0.0, le=1.0, description="at its peak; a cycle of one cosine")
    ] = 3e-4
    weight_decay: Annotated[float, Meta(ge=0.0)] = 0.02
    smoothing: Annotated[float, Meta(ge=0.0, lt=1.0, description="of the labels")] = 0.05
    balance: Annotated[bool, Meta(description="whether classes weigh alike")] = False
    changes: Annotated[str, Meta(description="what photos are learned from as well, by spaces")] = "flip"


def build(parameters: Mapping[str, object]) -> "FineTuned":
    """Make the estimator that an entry of `models` with `fine_tune: true` describes."""
    recipe = read_parameters(parameters, TuningRecipe)
    if unknown := set(recipe.changes.split()) - set(CHANGES):
        raise refused(", ".join(sorted(unknown)), ", ".join(CHANGES))
    return FineTuned(recipe)


class FineTuned:
    """Learns the last blocks of the backbone and the classes together.

    Attributes
    ----------
    tail_
        What was learned.
    facts_
        What the leaderboard of experiments shows.
    seconds_
        Processor time of learning.
    """

    def __init__(self, recipe: TuningRecipe) -> None:
        self.recipe = recipe
        self.tail_: Tail | None = None
        self.facts_: dict[str, str | int | float | bool] = {}
        self.seconds_ = 0.0
        self._folder = Path()
        self._backbone: Backbone | None = None

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:
        """Learn; what the folder holds is taken up, epoch by epoch."""
        if data.photos is None:
            raise DataError("fine-tuning needs the photos themselves", where="models.parameters.fine_tune")
        started = time.process_time()
        self._folder = folder
        weights = packaged_weights()
        limits = Limits() if data.challenge is None else data.challenge.limits
        torch.manual_seed(seed)
        beside = sum(tap_width(weights, tap) for tap in BESIDE)
        tail = Tail(weights, len(data.classes), self.recipe.blocks, beside)
        names = ("plain", *self.recipe.changes.split())
        front = front_of(weights)
        forms = [
            kept_front(folder / f"front-{name}", front, data.photos, limits, name, progress)
            for name in dict.fromkeys(names)
        ]
        begin_as_probe(tail, forms[0], data.targets, balance=self.recipe.balance)
        Course(self.recipe, tail, forms, data.targets, folder, chosen_device(device)).run(seed, progress)
        backbone = folder / "backbone.onnx"
        if not backbone.exists():
            progress(0.98, "writing the backbone")
            part = folder / ".backbone.onnx"
            convert(tuned_weights(weights, tail), part)
            part.replace(backbone)
        self.tail_ = tail
        self.facts_ = {
            "trainable_parameters": sum(one.numel() for one in tail.learned()),
            "optimizer": "AdamW",
        }
        self.seconds_ = time.process_time() - started

    def tuned_backbone(self) -> Backbone:
        """Return the network that rows must be made by."""
        if self._backbone is None:
            self._backbone = Backbone.open(self._folder / "backbone.onnx")
        return self._backbone

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for features of the tuned backbone, ``[n, width]``."""
        weights, offsets = self._classes()
        logits = np.asarray(inputs, dtype=np.float32) @ weights + offsets
        return Outputs(logits=np.asarray(logits, dtype=np.float32))

    def export_onnx(self, path: Path) -> None:
        """Write the classes; the backbone is a file of its own."""
        write_linear(path, *self._classes())

    def export_backbone(self, path: Path) -> None:
        """Write the tuned network."""
        path.write_bytes((self._folder / "backbone.onnx").read_bytes())

    def _classes(self) -> tuple[Rows, Rows]:
        """Return weights ``[width, classes]`` and offsets of the last layer."""
        if self.tail_ is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        layer = self.tail_.classes
        weights = np.ascontiguousarray(layer.weight.detach().cpu().numpy().T)
        return weights, layer.bias.detach().cpu().numpy()


class Course:
    """The epochs of one fine-tuning; after each its state is kept, and taken up by the next call."""

    def __init__(
        self,
        recipe: TuningRecipe,
        tail: Tail,
        forms: list[Front],
        targets: NDArray[np.int64],
        folder: Path,
        device: torch.device,
    ) -> None:
        self.recipe, self.tail, self.forms, self.folder = recipe, tail.to(device), forms, folder
        self.targets = torch.from_numpy(targets)
        self.device = device
        self.steps = max(1, -(-len(targets) // recipe.batch_size))
        self.optimizer = torch.optim.AdamW(
            list(tail.learned()), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        counts = torch.bincount(self.targets, minlength=tail.classes.out_features).float()
        weight = (counts > 0) / counts.clamp(min=1) if recipe.balance else torch.ones_like(counts)
        self.loss = nn.CrossEntropyLoss(
            weight=(weight / weight.mean()).to(device), label_smoothing=recipe.smoothing
        )

    def run(self, seed: int, progress: Tell) -> None:
        """Do the epochs that are missing."""
        done = self._take_up()
        for epoch in range(done, self.recipe.epochs):
            random = np.random.default_rng([seed, epoch])
            total = 0.0
            for step, (maps, beside, targets) in enumerate(self._batches(random), epoch * self.steps):
                self._set_rate(step)
                self.optimizer.zero_grad()
                loss = self.loss(self.tail(maps, beside), targets)
                loss.backward()
                self.optimizer.step()
                total += float(loss.detach())
            self._keep(epoch + 1)
            share = (epoch + 1) / self.recipe.epochs
            text = f"epoch {epoch + 1} of {self.recipe.epochs}, loss {total / self.steps:.3f}"
            progress(0.3 + 0.65 * share, text)
        self.tail.cpu().eval()

    def _set_rate(self, step: int) -> None:
        """Set the learning rate of a step: it rises in a straight line, then falls as a cosine."""
        place = step / (self.steps * self.recipe.epochs)
        fallen = (1 + math.cos(math.pi * (place - RISE) / (1 - RISE))) / 2
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * min((place + 0.01) / RISE, 1.0, fallen + 1e-3)

    def _batches(self, random: np.random.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield shuffled rows, each in one of its changed forms."""
        order = random.permutation(len(self.targets))
        drawn = random.integers(0, len(self.forms), len(order))
        for start in range(0, len(order), self.recipe.batch_size):
            chosen = order[start : start + self.recipe.batch_size]
            picked = [(self.forms[drawn[place]], place) for place in chosen.tolist()]
            maps = np.stack([form.maps[place] for form, place in picked]).astype(np.float32)
            beside = np.stack([form.beside[place] for form, place in picked]).astype(np.float32)
            yield (
                torch.from_numpy(maps).to(self.device),
                torch.from_numpy(beside).to(self.device),
                self.targets[torch.from_numpy(chosen)].to(self.device),
            )

    @property
    def _state(self) -> Path:
        """Return where the state lies."""
        return self.folder / "course.npz"

    def _keep(self, epoch: int) -> None:
        """Keep weights and the optimizer's moments."""
        held = {name: one.detach().cpu().numpy() for name, one in self.tail.named_parameters()}
        for place, one in enumerate(self.tail.learned()):
            for name, value in self.optimizer.state[one].items():
                held[f"optimizer.{place}.{name}"] = torch.as_tensor(value).cpu().numpy()
        part = self.folder / ".course.npz"
        np.savez(part, allow_pickle=False, epoch=np.array(epoch), **held)
        part.replace(self._state)

    def _take_up(self) -> int:
        """Take up what was kept; return how many epochs are done."""
        if not self._state.exists():
            return 0
        with np.load(self._state, allow_pickle=False) as held:
            for name, one in self.tail.named_parameters():
                with torch.no_grad():
                    one.copy_(torch.from_numpy(held[name]))
            for place, one in enumerate(self.tail.learned()):
                names = ("step", "exp_avg", "exp_avg_sq")
                self.optimizer.state[one] = {
                    name: torch.from_numpy(np.array(held[f"optimizer.{place}.{name}"])) for name in names
                }
            return int(held["epoch"])


def begin_as_probe(tail: Tail, front: Front, targets: NDArray[np.int64], *, balance: bool) -> None:
    """Let the classes begin as a linear model of the frozen features: from chance they would spoil these.

    Source: A. Kumar et al., Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution,
    ICLR 2022.
    """
    classes = tail.classes.out_features
    with torch.no_grad():
        parts = [
            tail.features(torch.from_numpy(front.maps[start : start + BATCH].astype(np.float32))).numpy()
            for start in range(0, len(targets), BATCH)
        ]
        rows = np.concatenate([np.concatenate(parts), front.beside], axis=1)
        head = learn_head(rows, targets, classes, cost=COST, balance=balance)
        tail.classes.weight.copy_(torch.from_numpy(np.ascontiguousarray(head.weights.T)))
        tail.classes.bias.copy_(torch.from_numpy(head.offsets))


def front_of(weights: Weights) -> Backbone:
    """Return the frozen part of the network: the output at the cut, and the layers beside it."""
    return Backbone(lite_graph(weights, (CUT, *BESIDE)).SerializeToString(), "the front of the backbone")


def kept_front(
    folder: Path, front: Backbone, photos: PhotoTable, limits: Limits, change: str, progress: Tell
) -> Front:
    """Return what the frozen part makes of each photo, made once."""
    if not folder.exists():
        with make_folder_atomic(folder) as part:
            write_front(part, front, photos, limits, change, progress)
    maps, beside = (np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in FILES)
    return Front(maps, beside)


def write_front(
    folder: Path, front: Backbone, photos: PhotoTable, limits: Limits, change: str, progress: Tell
) -> None:
    """Write the output at the cut and the features beside it."""
    maker = ViewMaker(photos, limits, CHANGES[change])
    channels = front.width - CUT_WIDTH
    shapes = ((len(photos), CUT_WIDTH, PLACES, PLACES), (len(photos), channels))
    files = [
        np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=np.float16, shape=shape)
        for name, shape in zip(FILES, shapes, strict=True)
    ]

    def work(chunk: Sequence[int]) -> tuple[Rows, Rows]:
        features, maps = front.maps(maker.views(chunk))
        return maps[:, :CUT_WIDTH], features[:, CUT_WIDTH:]

    for chunk, found in ordered_map(work, range(len(photos)), BATCH):
        for file, values in zip(files, found, strict=True):
            file[chunk[0] : chunk[-1] + 1] = values
        progress(0.3 * (chunk[-1] + 1) / len(photos), f"{chunk[-1] + 1:,} photos ({change})")
    for file in files:
        file.flush()


def chosen_device(device: str) -> torch.device:
    """Return where the numbers are crunched."""
    wanted = "cuda" if device == "auto" and torch.cuda.is_available() else device
    return torch.device("cpu" if wanted == "auto" else wanted)
