"""Where a run computes, how precisely, and with how many threads."""

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from inkdigit.config import TrainingConfig
from inkdigit.errors import ConfigError
from inkdigit.machine import bf16_is_faster, usable_cores
from inkdigit.training.process import subnormals_flushed

AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)

_SHARE_OF_A_THREAD = 1 << 16  # numbers; torch divides work among threads from half of that on


@dataclass(frozen=True)
class Machine:
    """Where and how a run computes."""

    device: torch.device
    autocast: torch.dtype | None  # of a mixed-precision forward pass; None: plain fp32
    threads: int


def choose_machine(config: TrainingConfig) -> Machine:
    """Settle the device, the precision and the threads, and fix the arithmetic of this process.

    Raises:
        ConfigError: the device asked for is not there.
    """
    device = choose_device(config)
    return Machine(device, autocast_dtype(config, device), fix_arithmetic(config))


def choose_device(config: TrainingConfig) -> torch.device:
    """Take the device that was asked for, or the fastest one that is there.

    Raises:
        ConfigError: the device asked for is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if config.device == "auto":
        return torch.device(next(name for name, found in there.items() if found))
    if not there[config.device]:
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise ConfigError(
            f"training.device is {config.device!r}, but this machine and this torch offer: "
            f"{found}. Use `-s training.device=auto`."
        )
    return torch.device(config.device)


def brought_to(network: AnyNetwork, device: torch.device) -> AnyNetwork:
    """Lay a network's filters out as its device computes fastest, and bring it there."""
    if device.type != "mps":  # 2.0 × as fast on two AVX-512 cores (LOG.md, 2026-11-22)
        network = network.to(memory_format=torch.channels_last)
    return network.to(device)


def autocast_dtype(config: TrainingConfig, device: torch.device) -> torch.dtype | None:
    """Tell the type of a mixed-precision forward pass, or None for plain fp32.

    Where bf16 is faster on a CPU, a step takes half to two thirds of the time (LOG.md,
    2026-11-25).
    """
    if device.type == "cpu":
        faster = bf16_is_faster()
    else:
        faster = device.type == "cuda" and torch.cuda.is_bf16_supported()
    wanted = config.precision == "bf16" or (config.precision == "auto" and faster)
    return torch.bfloat16 if wanted else None


def fix_arithmetic(config: TrainingConfig) -> int:
    """Make sums come out the same each time: a fixed number of CPU threads, cuDNN's fixed ways.

    Returns:
        The number of threads, on which the last bits of every sum depend.
    """
    threads = config.threads or usable_cores()
    torch.set_num_threads(threads)
    # The threads that are woken here take tiny numbers for 0 from now on; the caller does not.
    with subnormals_flushed():
        torch.ones(threads * _SHARE_OF_A_THREAD)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    return threads
