"""Made-up results of trained networks, as the rules of the report get them."""

from typing import Any

from inkdigit.studies.residual.networks import KINDS, Kind
from inkdigit.studies.residual.results import Deletion, Probe, Trained
from inkdigit.studies.tested import Tested

BLOWN_UP: dict[str, Any] = {  # by the second step
    "training_loss": None,
    "training_accuracy": None,
    "blown_up_at": 2,
    "test": None,
    "deletion": None,
    "steps_to_goal": None,
}


def probe(first: float, step: int = 0) -> Probe:
    """Let `first` times the gradient at the last block reach the first."""
    return Probe(
        step=step,
        weight_gradient=(1.0, 1.0, 1.0),
        gradient_to_weight=(0.1, 0.1, 0.1),
        input_gradient=(first, 1.0),
    )


def trained(kind: Kind, batchnorm: bool, depth: int, seed: int, **changed: Any) -> Trained:
    """Make a network that learned well and has healthy gradients, but for what is changed."""
    values: dict[str, Any] = {
        "kind": kind,
        "batchnorm": batchnorm,
        "depth": depth,
        "seed": seed,
        "learning_rate": 0.1,
        "parameters": 1000,
        "classes": 10,
        "probes": (probe(1.0), probe(1.0, 10)),
        "correlation": (0.9, 0.8),
        "losses": (2.0, 1.0, 0.1),
        "training_loss": 0.1,
        "training_accuracy": 0.99,
        "validation": ((5, 0.9), (10, 0.99)),
        "steps_to_goal": 10,
        "blown_up_at": None,
        "test": Tested(accuracy=0.99, wrong=10, total=1000, low=0.98, high=0.995, loss=0.03),
        "deletion": Deletion(total=100, whole=0.99, without=(0.98, 0.97)),
        "seconds": 1.0,
    }
    return Trained(**values | changed)


def everything(**changed: dict[str, Any]) -> list[Trained]:
    """Make a whole study of 8 and 56 layers; changes by `plain`, `residual`, `plain_bare`, …

    The deepest networks alone are changed.
    """
    made = []
    for kind in KINDS:
        for batchnorm in (False, True):
            own = changed.get(kind, {}) | changed.get(
                f"{kind}_{'batchnorm' if batchnorm else 'bare'}", {}
            )
            for depth, changes in ((8, {}), (56, own)):
                made += [trained(kind, batchnorm, depth, seed, **changes) for seed in range(3)]
    return made
