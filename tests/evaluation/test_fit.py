import re
from pathlib import Path

import pytest

from inkdigit.evaluation.fit import judge_fit
from inkdigit.evaluation.run_record import Epoch, RunRecord, read
from tests.evaluation.run_folder import Recipe, build_run

# training loss, training accuracy, validation loss, validation wrong of 1,000
Curve = list[tuple[float, float, float, int]]


def learned(
    folder: Path, curve: Curve, *, chosen: int, settings: tuple[str, ...] = ()
) -> RunRecord:
    """Give a run with these epochs."""
    epochs = tuple(
        Epoch(
            kind="epoch",
            epoch=number,
            iterations=number * 10,
            training_loss=training_loss,
            training_accuracy=training_accuracy,
            validation_loss=validation_loss,
            validation_accuracy=1 - wrong / 1000,
            validation_wrong=wrong,
            validation_total=1000,
            learning_rate=0.1,
        )
        for number, (training_loss, training_accuracy, validation_loss, wrong) in enumerate(
            curve, 1
        )
    )
    run = read(build_run(folder / "run", Recipe(epochs=len(curve), settings=settings)))
    result = run.result.model_copy(update={"epoch": chosen})
    return run.model_copy(update={"epochs": epochs, "result": result})


PLAIN = (
    *("augmentation.shift=0", "augmentation.rotation_deg=0", "augmentation.shear_deg=0"),
    *("augmentation.scale=0", "augmentation.elastic_px=0", "augmentation.stroke=0"),
    *("augmentation.erasing=0", "training.label_smoothing=0", "averaging.decay=0"),
)


@pytest.mark.parametrize(
    ("curve", "chosen", "words"),
    [
        ([(0.5, 0.9, 0.4, 90), (0.01, 1.0, 0.2, 50)], 2, "Some overfitting: .* 5.00 points"),
        (
            [(0.5, 0.9, 0.2, 60), (0.2, 0.93, 0.3, 55), (0.1, 0.95, 0.4, 70)],
            2,
            "Overfitting set in after epoch 1: .* rose from 0.2 to 0.4",
        ),
        ([(0.5, 0.9, 0.4, 95), (0.3, 0.93, 0.25, 70)], 2, "Perhaps underfitted: .* more epochs"),
        ([(0.5, 0.9, 0.4, 95), (0.3, 0.93, 0.39, 70)], 2, "Neither over- nor underfitting shows"),
        ([(0.5, 0.9, 0.4, 3), (0.3, 0.93, 0.1, 0)], 2, "Neither over- nor underfitting shows"),
        (
            [(0.5, 0.9, 0.2, 60), (0.2, 0.93, 0.3, 55), (0.1, 0.95, 0.4, 50)],  # yet fewer wrong
            3,
            "Neither over- nor underfitting shows",
        ),
        ([(0.5, 0.9, 0.4, 95)], 1, "One epoch is too little"),
    ],
)
def test_the_rule_speaks(tmp_path: Path, curve: Curve, chosen: int, words: str) -> None:
    verdict = judge_fit(learned(tmp_path, curve, chosen=chosen, settings=PLAIN)).verdict
    assert re.search(words, verdict)
    assert "validation loss" in verdict


def test_smoothed_labels_let_the_validation_loss_rise_without_blame(tmp_path: Path) -> None:
    curve = [(0.5, 0.9, 0.2, 60), (0.2, 0.93, 0.3, 55), (0.1, 0.95, 0.4, 70)]
    settings = (*PLAIN, "training.label_smoothing=0.1")
    fit = judge_fit(learned(tmp_path, curve, chosen=2, settings=settings))
    assert fit.verdict.startswith("Neither over- nor underfitting shows")
    assert "Smoothed labels keep the validation loss up" in fit.caution


def test_a_gap_within_chance_is_no_overfitting(tmp_path: Path) -> None:
    curve = [(0.5, 0.9, 0.2, 20), (0.05, 0.985, 0.2, 20)]  # 98.5 % against 96.9 to 98.7 %
    verdict = judge_fit(learned(tmp_path, curve, chosen=2)).verdict
    assert verdict.startswith("Neither over- nor underfitting shows")


def test_what_made_training_harder_is_named(tmp_path: Path) -> None:
    curve = [(0.5, 0.9, 0.4, 95), (0.3, 0.93, 0.39, 70)]
    settings = (*PLAIN, "augmentation.shift=0.1", "training.class_weights=balanced")
    caution = judge_fit(learned(tmp_path, curve, chosen=2, settings=settings)).caution
    assert "augmented pictures, class weights (the loss)" in caution


def test_a_clean_epoch_is_not_called_augmented(tmp_path: Path) -> None:
    curve = [(0.5, 0.9, 0.4, 95), (0.3, 0.93, 0.39, 70)]
    settings = (*PLAIN, "augmentation.shift=0.1", "augmentation.clean_epochs=1")
    caution = judge_fit(learned(tmp_path, curve, chosen=2, settings=settings)).caution
    assert "augmented" not in caution
    assert "while the weights were still moving" in caution
