"""On what a run ran: versions, machine, device and threads, so that a figure can be repeated."""

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from inkdigit.machine import processor, usable_cores
from inkdigit.training.device import Machine
from inkdigit.version import __version__

PRECISIONS = {"fp32": "fp32", "bfloat16": "bf16"}  # as recorded → as configured


def describe(machine: Machine) -> dict[str, Any]:
    """Describe this process for `environment.json`."""
    return {
        "inkdigit": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": version("torchvision"),
        "numpy": version("numpy"),
        "onnxruntime": version("onnxruntime"),
        "platform": platform.platform(terse=True),
        "processor": f"{processor()}, {torch.backends.cpu.get_cpu_capability()}",
        "cores": usable_cores(),
        "threads": machine.threads,
        "device": _device_name(machine.device),
        "precision": _precision(machine.autocast),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _precision(autocast: torch.dtype | None) -> str:
    return "fp32" if autocast is None else str(autocast).removeprefix("torch.")


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    return device.type
