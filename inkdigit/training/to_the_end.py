"""Training to the last epoch, where nothing is chosen: for folds, trials and final models.

Killed at any moment, it goes on from its last checkpoint to the bits that it would have had.
"""

import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter

from torch import nn

from inkdigit.config import RunConfig
from inkdigit.data.source import Source
from inkdigit.durable import recover
from inkdigit.errors import CheckpointError
from inkdigit.training.device import Machine
from inkdigit.training.loop import EpochReport, Learner, Score, StepReport, train
from inkdigit.training.recognizer import TorchRecognizer, score
from inkdigit.training.run_folder import checkpoint
from inkdigit.training.run_folder.checkpoint import Progress
from inkdigit.training.run_folder.resumption import config_sha256
from inkdigit.training.setup import Setup, set_up

Report = StepReport | EpochReport

_log = logging.getLogger(__name__)


def train_to_the_end(
    config: RunConfig,
    source: Source,
    machine: Machine,
    *,
    checkpoints: Path | None = None,
    watch: Callable[[Report], None] = lambda _report: None,
) -> tuple[Learner, Score]:
    """Train for all of `training.epochs`; `training.early_stopping` is not looked at.

    Args:
        config: of the training.
        source: `train` is learned from; `validation` is judged after every epoch, and decides
            nothing.
        machine: where and how precisely to compute.
        checkpoints: a folder for this training alone, to go on from; every
            `training.checkpoint_every_s` the last step is saved there. None: nothing is kept.
        watch: is told of every step and epoch; if it raises, training ends.

    Returns:
        What learned, and how its last epoch does on validation.

    Raises:
        InkdigitError: as `set_up` and `train` do.
    """
    setup = _restored(config, source, machine, checkpoints)
    learner = setup.learner

    def judge(network: nn.Module) -> Score:
        recognizer = TorchRecognizer(network, source.class_names)
        return score(recognizer, source.validation, smoothing=config.training.label_smoothing)

    found, saved = None, perf_counter()
    with closing(train(learner, setup.batches, judge)) as reports:
        for report in reports:
            found = report.validation if isinstance(report, EpochReport) else None
            due = perf_counter() - saved >= config.training.checkpoint_every_s
            if checkpoints is not None and due:
                _save(checkpoints, learner, source)
                saved = perf_counter()
            watch(report)
    return learner, found or judge(learner.network)  # killed after the end, it is judged again


def _restored(
    config: RunConfig, source: Source, machine: Machine, checkpoints: Path | None
) -> Setup:
    """Build what learns, and put it where its last good checkpoint was taken, if there is one."""
    setup = set_up(config, source, machine, init_from=None)
    if checkpoints is None or not checkpoints.is_dir():
        return setup
    recover(checkpoints)
    try:
        progress = checkpoint.restore(checkpoints, setup.learner)
        if progress.config_sha256 == config_sha256(config):
            return setup
        _log.warning("%s is of other settings; trained from the start.", checkpoints)
    except CheckpointError as error:
        _log.warning("%s cannot be gone on from; trained from the start. %s", checkpoints, error)
    return set_up(config, source, machine, init_from=None)


def _save(checkpoints: Path, learner: Learner, source: Source) -> None:
    progress = Progress(
        config_sha256=config_sha256(learner.config),
        so_far=learner.so_far,
        fewest_wrong=None,
        best=None,
        metrics_bytes=0,
        timings_bytes=0,
        training_s=0.0,
        total_s=0.0,
    )
    checkpoint.save_last(checkpoints, learner, checkpoint.card_of(learner, source), progress)
