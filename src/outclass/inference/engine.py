"""ONNX graphs as all of ours are run: on one thread, which does not spin, and without an arena."""

import onnxruntime as ort

from outclass.base.errors import RegistryError

QUIET = 3


def open_engine(content: bytes, what: str, where: str) -> ort.InferenceSession:
    """Load a graph; an arena would keep what the largest batch took.

    Parameters
    ----------
    what, where
        What it is and where it lies, for the error.

    Raises
    ------
    RegistryError
        It cannot be loaded.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = QUIET
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime's errors share no base below Exception
        raise RegistryError(f"{what} cannot be loaded", where=where, got=str(error)) from None
