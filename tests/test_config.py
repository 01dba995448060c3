"""A configuration: presets, files and overrides; a typo is an error that names what is known."""

from pathlib import Path

import pytest

from inkdigit.config import RunConfig, dump, load, presets
from inkdigit.errors import ConfigError


@pytest.mark.parametrize("name", presets())
def test_every_preset_loads_and_comes_back_from_its_own_dump(name: str, tmp_path: Path) -> None:
    config = load(preset=name)
    file = tmp_path / "config.toml"
    file.write_text(dump(config))
    assert load(file=file) == config


@pytest.mark.parametrize(("name", "about"), presets().items())
def test_every_preset_says_what_it_is_for(name: str, about: str) -> None:
    assert len(about) > 20
    assert about.endswith(".")


def test_the_papers_presets_train_as_the_paper_does() -> None:
    for name, network in (("paper-cnn", "two-layer-cnn"), ("paper-resnet18", "resnet18")):
        config = load(preset=name)
        assert config.model.name == network
        assert (config.training.epochs, config.training.batch_size) == (30, 128)


def test_overrides_are_taken_in_order_as_toml_or_as_plain_text() -> None:
    config = load(
        overrides=[
            "training.epochs=3",
            "training.epochs = 4",
            "data.source=my folder/digits",
            'optimizer.name="adamw"',
            "optimizer.learning_rate=1e-3",
        ]
    )
    assert config.training.epochs == 4
    assert config.data.source == "my folder/digits"
    assert config.optimizer.name == "adamw"
    assert config.optimizer.learning_rate == 0.001


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainig.epochs=3", r"unknown section 'trainig'. Did you mean 'training'\?"),
        ("training.epoch=3", r"unknown key 'training.epoch'. Did you mean 'training.epochs'\?"),
        ("training.epochs=0", r"training.epochs = 0: .*greater than 0"),
        ("training.epochs=many", r"training.epochs = 'many': .*integer"),
        ("optimizer.name=adam", r"optimizer.name = 'adam': .*'sgd', 'adamw' or 'muon'"),
        ("optimizer.learning_rate=nan", r"optimizer.learning_rate = nan: .*finite"),
        ("data.image_size=19", r"data.image_size = 19"),
        ("epochs=3", r"not of the form section.key=value"),
        ("training.epochs", r"not of the form section.key=value"),
    ],
)
def test_a_wrong_override_is_one_line_that_names_the_key(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load(overrides=[override])
    assert "\n" not in str(caught.value)


def test_a_preset_and_a_file_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Give one of them"):
        load(preset="fast", file=tmp_path / "mine.toml")


def test_an_unknown_preset_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'fats'. Did you mean 'fast'\?.*paper-resnet18"):
        load(preset="fats")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"no such file"),
        (b"training = [", r"no valid TOML"),
        (b"\xff\xfe\x00", r"not UTF-8"),
        (b"training = 3", r"training is 3, expected a section"),
        (b"[training]\nepochs = 2.5", r"training.epochs = 2.5"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load(file=file, overrides=["training.seed=1"])


def test_a_configuration_cannot_be_changed_afterwards() -> None:
    config = RunConfig()
    with pytest.raises(ValueError, match="frozen"):
        config.training.epochs = 5  # type: ignore[misc]
