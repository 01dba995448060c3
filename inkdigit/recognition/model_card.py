"""The model card: what a model file says of itself, as a page for people.

Source: the layout of Hugging Face's model cards, whose head is YAML.
"""

import json
from collections.abc import Iterable

from inkdigit.recognition.calibrate import Calibration, Promise
from inkdigit.recognition.model_file import ModelCard

_KEPT_IN = {
    "fp16": "Weights are kept in 16 bits, and computed with in 32.",
    "int8": "Weights and activations are eight-bit integers.",
}
_DATA_SETS = {"mnist": "ylecun/mnist", "mnist-5k": "ylecun/mnist"}  # as Hugging Face names them


def model_card(card: ModelCard, *, comparison: str = "") -> str:
    """Render the card in Markdown; every figure in it comes from the file.

    Args:
        card: of the file.
        comparison: a paragraph about how it differs from the network that it was made from.
    """
    parts = [
        _head(card),
        f"# {card.network} on {card.origin.data}",
        (
            f"A network that tells {len(card.class_names)} classes apart "
            f"({', '.join(card.class_names)}), as one ONNX file that takes raw pixels. "
            f"Written by inkdigit {card.version}."
        ),
        comparison,
        _USE,
        _input_and_output(card),
        _figures(card),
        _confidence(card.calibration),
        _origin(card),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_USE = """## Use

```python
import inkdigit

recognizer = inkdigit.open_recognizer("model.onnx")
for answer in recognizer.classify(["one.png", "two.png"]):
    print(answer.label, answer.confidence, answer.reason)
```

`inkdigit classify --model model.onnx one.png` does the same on the command line."""


def _head(card: ModelCard) -> str:
    """The YAML between the lines of dashes; JSON's strings and lists are YAML's."""
    lines = [
        f"license: {json.dumps(card.origin.licence.lower())}",
        "library_name: inkdigit",
        "pipeline_tag: image-classification",
        'tags: ["onnx", "image-classification", "handwritten-digits"]',
    ]
    data = _DATA_SETS.get(card.origin.data)
    if data is not None:
        lines.append(f"datasets: {json.dumps([data])}")
    if card.test is not None:
        lines += [
            'metrics: ["accuracy"]',
            "model-index:",
            f"  - name: {json.dumps(card.network)}",
            "    results:",
            "      - task: {type: image-classification}",
            (
                f"        dataset: {{name: {json.dumps(card.origin.data)}, "
                f"type: {json.dumps(data or card.origin.data)}, split: test}}"
            ),
            f"        metrics: [{{type: accuracy, value: {card.test.accuracy:.6g}}}]",
        ]
    return "\n".join(["---", *lines, "---"])


def _input_and_output(card: ModelCard) -> str:
    side, channels = card.preparation.image_size, card.preparation.channels
    colour = "grey" if channels == 1 else "red, green, blue"
    if card.preparation.frame == "digit":
        how = (
            "light on dark, cropped, its longer side 20 of 28 pixels and its centre of mass in the "
            "middle, as MNIST draws digits; `classify` does that with any picture of one digit"
        )
    elif card.preparation.invert:
        how = "scaled into the square and inverted, because the training pictures are dark on light"
    else:
        how = "scaled into the square, neither inverted nor cropped"
    lines = [
        "## Input and output",
        "",
        (
            f"Input `image`: `uint8`, (batch, {channels}, {side}, {side}), {colour}, raw pixels, "
            f"{how}."
        ),
        "",
        (
            "Output `logits` and `probabilities`: `float32`, (batch, "
            f"{len(card.class_names)}); the probabilities are calibrated."
        ),
    ]
    if card.calibration.evidence is not None:
        lines.append(
            f"Output `{card.calibration.evidence.output}`: `float32`, (batch, 1), the log-odds of "
            "a digit at all."
        )
    if card.precision != "fp32":
        lines.append(_KEPT_IN[card.precision])
    return "\n".join(lines)


def _figures(card: ModelCard) -> str:
    if card.test is None:
        return "## Test\n\nThis file was not tested."
    test = card.test
    return (
        "## Test\n\n"
        f"Accuracy {test.accuracy:.2%} on the test part of {card.origin.data}: {test.wrong:,} of "
        f"{test.total:,} wrong, 95 % Wilson interval {test.low:.2%} to {test.high:.2%}; mean "
        f"cross-entropy {test.loss:.4f}."
        + (" Tested before its weights were kept in 16 bits." * (card.precision == "fp16"))
    )


def _confidence(calibration: Calibration) -> str:
    lines = [
        "## Confidence",
        "",
        (
            f"Calibrated on {calibration.total:,} pictures that were not learned from "
            f"({calibration.source}): temperature {calibration.temperature:.4f}."
        ),
    ]
    if calibration.promises:
        lines += [
            "",
            "| promised error | confidence from | answers given | wrong | 95 % bound |",
            "|---|---|---|---|---|",
            *_rows(calibration.promises),
        ]
    if calibration.evidence is not None:
        lines += [
            "",
            (
                f"Below an evidence of {calibration.evidence.threshold:.3f} a picture counts as no "
                f"digit; {calibration.evidence.passed:.2%} of the true digits are above."
            ),
        ]
    return "\n".join(lines)


def _rows(promises: Iterable[Promise]) -> Iterable[str]:
    for each in promises:
        if each.threshold is None:
            yield f"| {each.error:.2%} | not promised: {each.reason} | | | |"
        else:
            yield (
                f"| {each.error:.2%} | {each.threshold:.6f} | {each.accepted / each.total:.2%} "
                f"| {each.wrong:,} of {each.accepted:,} | {each.upper:.3%} |"
            )


def _origin(card: ModelCard) -> str:
    return (
        "## Origin\n\n"
        f"Trained on {card.origin.data}; SHA-256 of the training pictures "
        f"`{card.origin.data_sha256 or 'unknown'}`, of the configuration "
        f"`{card.origin.config_sha256 or 'unknown'}`. Licence of the weights: "
        f"{card.origin.licence}."
    )
