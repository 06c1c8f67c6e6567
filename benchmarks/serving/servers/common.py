"""What the servers of the others share: the net, run as ours is."""

import math
import os

import numpy as np
import onnxruntime as ort


def open_session() -> ort.InferenceSession:
    """Open the reference net on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(os.environ["REFERENCE_NET"], options, providers=["CPUExecutionProvider"])


def predict(session: ort.InferenceSession, numbers: list[float]) -> dict[str, object]:
    """Answer for 784 numbers."""
    image = np.array(numbers, dtype=np.float32).reshape(1, 28, 28)
    logits = session.run(["logits"], {"image": image})[0][0].tolist()
    largest = max(logits)
    shares = [math.exp(value - largest) for value in logits]
    total = sum(shares)
    probabilities = {str(digit): share / total for digit, share in enumerate(shares)}
    return {"answer": str(logits.index(largest)), "probabilities": probabilities}
