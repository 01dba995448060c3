"""One sentence about over- and underfitting, and the figures behind it.

The rule compares what the run measured on training and on validation pictures. The two are not
measured alike: training figures are running means over an epoch, on augmented pictures, perhaps
with smoothed labels and without averaged weights, all of which make training look worse than it
is. So a gap is evidence of overfitting, but the absence of one is no evidence against it, and
the words say so. In order, the first that holds speaks:

1. overfitted: at the chosen epoch the training accuracy lies above the 95 % Wilson interval of
   the validation accuracy, so chance in drawing the validation pictures does not explain it;
2. overfitting afterwards: the last validation loss lies more than 10 % above the lowest one, and
   no fewer are wrong, while the training loss went on falling. With smoothed labels this rule is
   silent: they teach a network that gets better not to be sure, and its validation loss rises;
3. underfitted: the last epoch has the lowest validation loss, more than 5 % below the epoch
   before it, so the network was still learning when it was stopped, and it has errors left;
4. neither shows.
"""

from dataclasses import dataclass

from inkdigit.config import RunConfig
from inkdigit.evaluation.metrics import wilson_interval
from inkdigit.evaluation.page import percent
from inkdigit.evaluation.run_record import Epoch, RunRecord

_RISE = 1.1  # of the validation loss over its lowest: less is the noise of a few hundred pictures
_FALL = 0.95  # of the validation loss in the last epoch


@dataclass(frozen=True)
class Fit:
    """How well the network fits, as a sentence, and what limits the sentence."""

    verdict: str
    caution: str  # why the training figures look worse than they are; may be empty


def judge_fit(run: RunRecord) -> Fit:
    """Say whether a run over- or underfitted, by the rule in this file's description."""
    return Fit(_verdict(run), _caution(run.config, run.chosen.epoch))


def _verdict(run: RunRecord) -> str:
    chosen, last = run.chosen, run.epochs[-1]
    gap = chosen.training_accuracy - chosen.validation_accuracy
    low, high = wilson_interval(
        chosen.validation_total - chosen.validation_wrong, chosen.validation_total
    )
    figures = (
        f"training accuracy {percent(chosen.training_accuracy)}, "
        f"validation accuracy {percent(chosen.validation_accuracy)} "
        f"(95\u00a0% interval {percent(low)} to {percent(high)}), "
        f"training loss {chosen.training_loss:.3g}, validation loss {chosen.validation_loss:.3g}"
    )
    if chosen.training_accuracy > high:
        return (
            f"Some overfitting: it answers its training pictures {100 * gap:.2f} points better "
            f"than new ones, more than chance explains ({figures})."
        )
    lowest = min(run.epochs, key=lambda epoch: epoch.validation_loss)
    if not run.config.training.label_smoothing and _rose(lowest, last):
        return (
            f"Overfitting set in after epoch {lowest.epoch}: by the last epoch the validation "
            f"loss rose from {lowest.validation_loss:.3g} to {last.validation_loss:.3g} while the "
            f"training loss fell from {lowest.training_loss:.3g} to {last.training_loss:.3g}; "
            f"at the chosen epoch {chosen.epoch} no gap shows ({figures})."
        )
    if len(run.epochs) == 1:
        return f"One epoch is too little to tell a trend, and no gap shows ({figures})."
    before = run.epochs[-2]
    still_falls = last is lowest and last.validation_loss < _FALL * before.validation_loss
    if still_falls and last.validation_wrong:
        return (
            f"Perhaps underfitted: it was still learning when it stopped, as the validation loss "
            f"fell from {before.validation_loss:.3g} to {last.validation_loss:.3g} in the last "
            f"epoch, so more epochs may help ({figures})."
        )
    return f"Neither over- nor underfitting shows ({figures})."


def _rose(lowest: Epoch, last: Epoch) -> bool:
    return (
        last.validation_loss > _RISE * lowest.validation_loss
        and last.validation_wrong >= lowest.validation_wrong
        and last.training_loss < lowest.training_loss
    )


def _caution(config: RunConfig, epoch: int) -> str:
    """Name what made this epoch's training figures look worse than clean pictures would."""
    reasons = []
    bent = config.augmentation.model_dump(exclude={"clean_epochs"})
    clean = epoch > config.training.epochs - config.augmentation.clean_epochs
    if any(bent.values()) and not clean:
        reasons.append("augmented pictures")
    smoothing = config.training.label_smoothing
    if smoothing:
        reasons.append("smoothed labels (the loss)")
    if config.training.class_weights != "none":
        reasons.append("class weights (the loss)")
    if config.averaging.decay:
        reasons.append("weights before averaging")
    if not reasons:
        return (
            "Training figures are means over the epoch, while the weights were still moving; "
            "the true gap can be larger."
        )
    unsure = " Smoothed labels keep the validation loss up, too." if smoothing else ""
    return (
        f"Training figures are means over the epoch, measured with {', '.join(reasons)}; that "
        f"makes training look worse than it is, so the true gap can be larger.{unsure}"
    )
