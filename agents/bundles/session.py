"""ONNX models, run by onnxruntime. It is imported here alone, so that it has been told to send nothing to its maker.

From 1.32 on, its import alone writes an id of the device below the user's cache folder, queues events, and looks up a
host. The variable stops all of it, and must be there before the import; ``disable_telemetry_events()`` comes too late.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from agents.bundles.bundle import BundleError

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # whatever it was: SECURITY.md promises that nothing is sent
import onnxruntime

SILENT = 4  # onnxruntime's log level for fatal errors: whatever is wrong with a model is in the exception


def open_model(model: bytes, path: Path, threads: int) -> Any:
    """The ``onnxruntime.InferenceSession`` of a file's contents, whose ``path`` errors name, on so many threads.

    Raises:
        BundleError: no threads, or no model that can be run.
    """
    if isinstance(threads, bool) or not isinstance(threads, int | np.integer) or threads < 1:
        raise BundleError(f"The runtime's threads are {threads!r}, but must be 1 or more.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.inter_op_num_threads = 1
    options.log_severity_level = SILENT
    # A model may ask for weights from other files. Those would lie in this "folder", which is none: there are none.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no other base
        raise BundleError(f"{path} is not a model that onnxruntime can run; export the policy again.") from error
