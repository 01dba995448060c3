"""A whole run: data → loop → best epoch → model file → one test → report, all in one folder."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from torch import nn

from inkdigit.config import RunConfig
from inkdigit.data.source import Source, open_source
from inkdigit.durable import claim, is_occupied, recover, write_json
from inkdigit.errors import DivergedError, RunError, StoppedError
from inkdigit.evaluation import run_record
from inkdigit.evaluation.report import REPORT, write_report
from inkdigit.evaluation.test import ask, test
from inkdigit.models.catalogue import find
from inkdigit.models.summary import parameter_count
from inkdigit.training.deliver import deliver, record_test
from inkdigit.training.device import Machine, choose_machine
from inkdigit.training.loop import Score, train
from inkdigit.training.recognizer import TorchRecognizer, score
from inkdigit.training.run_folder import checkpoint, resumption
from inkdigit.training.run_folder.checkpoint import Best, Progress
from inkdigit.training.run_folder.events import Phase, Reading, RunResult, Started, Watch
from inkdigit.training.run_folder.record import Recorder, create_folder
from inkdigit.training.setup import Setup, set_up
from inkdigit.types import Recognizer

Stop = Callable[[], bool]


@dataclass(frozen=True)
class _Job:
    """A run that has its folder."""

    folder: Path
    source: Source
    setup: Setup
    machine: Machine
    progress: Progress
    started: float  # by perf_counter
    stop: Stop
    watch: Watch


def run(
    config: RunConfig,
    folder: Path,
    *,
    init_from: Path | None = None,
    rebuild: bool = False,
    stop: Stop = lambda: False,
    watch: Watch = lambda _event: None,
) -> RunResult:
    """Train as configured, choose the best epoch on validation, test it once, write the report.

    Args:
        config: everything that decides the result.
        folder: of the run; must not exist, or be empty.
        init_from: a run whose best weights are the start, where their shapes fit.
        rebuild: decode a folder's pictures again even if its pack is in the cache.
        stop: asked after every step; once it says so, everything is saved and the run stops.
        watch: is told of everything that happens, as it happens.

    Raises:
        InkdigitError: see the families in `inkdigit.errors`.
        OSError: a disk refuses; what was saved before is still good.
    """
    started = perf_counter()
    _refuse_occupied(folder)
    find(config.model.name)  # a typo is told before the pictures are read
    machine = choose_machine(config.training)
    source = _open(config, watch, rebuild=rebuild)
    setup = set_up(config, source, machine, init_from)
    progress = create_folder(folder, config, source, setup, machine)
    with claim(folder), _naming_the_way_on(folder):
        return _finish(_Job(folder, source, setup, machine, progress, started, stop, watch))


def resume(
    folder: Path, *, stop: Stop = lambda: False, watch: Watch = lambda _event: None
) -> RunResult:
    """Go on with a run that was interrupted, to the result that it would have had.

    A run that was interrupted after its test is finished without opening the test again. One
    that is finished is not touched; its result is read back.

    Args:
        folder: of the run.
        stop: as for `run`.
        watch: as for `run`.

    Raises:
        RunError: no run, another version's, one whose settings changed, or one that another
            process is working on.
        DataError: the pictures changed.
        CheckpointError: `last` and `previous` are both damaged.
        InkdigitError: as `run` does.
    """
    started = perf_counter()
    config = run_record.read_config(folder)
    with claim(folder), _naming_the_way_on(folder):
        if result := resumption.stored_result(folder):
            if not result.report.is_file():
                _close(result, watch)
            return result
        before = resumption.original_environment(folder)
        machine = choose_machine(resumption.as_before(config.training, before))
        source = _open(config, watch)
        resumption.require_same_data(folder, source)
        setup = set_up(config, source, machine, init_from=None)
        checkpoints = folder / checkpoint.CHECKPOINTS
        recover(folder)
        recover(checkpoints)
        progress = checkpoint.restore(checkpoints, setup.learner)
        resumption.require_same_run(folder, config, progress)
        if progress.best is not None:
            checkpoint.load_weights(checkpoints / checkpoint.BEST)  # or it is told now
        resumption.note_resumption(folder, machine, before, setup.learner.step)
        return _finish(_Job(folder, source, setup, machine, progress, started, stop, watch))


def _refuse_occupied(folder: Path) -> None:
    if (folder / run_record.CONFIG).is_file():
        raise RunError(
            f"{folder} holds a run already, expected a new folder. Name another with -o, or go "
            f"on with that run: `inkdigit train --resume {folder}`."
        )
    if is_occupied(folder):
        raise RunError(
            f"{folder} exists already, expected a new folder for the run. "
            "Name another with -o, or move it away."
        )


@contextmanager
def _naming_the_way_on(folder: Path) -> Iterator[None]:
    """Add to a disk's refusal how the run goes on once it is mended."""
    try:
        yield
    except OSError as error:
        error.add_note(
            "What was saved before is good; once this is mended, go on with "
            f"`inkdigit train --resume {folder}`."
        )
        raise


def _open(config: RunConfig, watch: Watch, *, rebuild: bool = False) -> Source:
    return open_source(
        config.data, rebuild=rebuild, watch=lambda done, total: watch(Reading(done, total))
    )


def _finish(job: _Job) -> RunResult:
    """Do what is left of a run, from wherever its learner is."""
    folder, source, watch = job.folder, job.source, job.watch
    watch(_started(job))
    with closing(
        Recorder(folder, source, job.setup, job.progress, started=job.started)
    ) as recorder:
        best = _learn(job, recorder)
        watch(Phase("export"))
        recognizer = _export_best(job)
        watch(Phase("test"))
        tested = test(
            recognizer,
            source.test,
            openings=folder / run_record.OPENINGS,
            why="the test at the run's end",
        )
        result = RunResult(
            folder=folder,
            model=folder / run_record.MODEL_FILE,
            report=folder / REPORT,
            epoch=best.epoch,
            validation=best.validation,
            test=tested,
            training_s=round(recorder.training_s, 3),
            total_s=round(recorder.total_s, 3),
        )
        write_json(folder / run_record.RESULT, result.to_record())  # the test is never repeated
        recorder.board.finish(job.setup.learner.config, tested, job.setup.learner.step)
    _close(result, watch)
    return result


def _close(result: RunResult, watch: Watch) -> None:
    """Tell the model file what the test found, and write the report: the last of a run's files."""
    watch(Phase("report"))
    record_test(result.folder, result.test)
    write_report(result.folder)


def _started(job: _Job) -> Started:
    config, source = job.setup.learner.config, job.source
    return Started(
        folder=job.folder,
        source=source.name,
        network=config.model.name,
        parameters=parameter_count(job.setup.learner.model),
        classes=len(source.class_names),
        train=len(source.train),
        validation=len(source.validation),
        test=len(source.test),
        epochs=config.training.epochs,
        steps=job.setup.batches.steps,
        steps_done=job.setup.learner.step,
        device=job.machine.device.type,
        threads=job.machine.threads,
    )


def _learn(job: _Job, recorder: Recorder) -> Best:
    """Consume the loop until its end, or until validation no longer improves; give the best epoch.

    Raises:
        DivergedError: as the loop does, with the last good checkpoint named.
        StoppedError: `job.stop` said so.
    """
    learner, total = job.setup.learner, job.setup.batches.steps
    training = learner.config.training

    def validate(network: nn.Module) -> Score:
        recognizer = TorchRecognizer(network, job.source.class_names)
        return score(recognizer, job.source.validation, smoothing=training.label_smoothing)

    def is_over() -> bool:
        patience, top = training.early_stopping, recorder.fewest_wrong
        return bool(patience and top is not None and learner.epoch - top.epoch >= patience)

    try:
        with closing(train(learner, job.setup.batches, validate)) as reports:
            while not is_over() and (report := next(reports, None)) is not None:
                recorder.write(report)
                job.watch(report)  # only now: what is announced of an epoch is safe
                if job.stop():
                    recorder.save()
                    raise StoppedError(
                        f"stopped after step {learner.step:,} of {total * training.epochs:,}; all "
                        f"is saved. Go on with: inkdigit train --resume {job.folder}"
                    )
    except DivergedError as error:
        saved = recorder.saved_step > 0
        kept = recorder.checkpoints / checkpoint.LAST if saved else "none was saved yet"
        raise DivergedError(f"{error} Last good checkpoint: {kept}.") from error
    assert recorder.best is not None, "a run has at least one epoch"  # noqa: S101
    return recorder.best


def _export_best(job: _Job) -> Recognizer:
    """Write the model file of the best epoch, and its answers on validation beside it."""
    source, folder = job.source, job.folder
    recognizer = deliver(folder, job.setup.learner.config, source, folder)
    validation = source.validation
    write_json(
        folder / "validation.json",
        {
            "sha256": validation.sha256,
            "class_names": source.class_names,
            "labels": validation.labels[validation.indices].tolist(),
            "predicted": ask(recognizer, validation).argmax(axis=1).tolist(),
        },
    )
    return recognizer
