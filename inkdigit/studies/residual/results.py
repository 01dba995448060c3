"""What is kept of each trained network: plain numbers, as JSON holds them."""

from statistics import median

from inkdigit.studies.residual.networks import Design, Kind
from inkdigit.studies.tested import Record, Tested


class Probe(Record):
    """The gradients of one batch at one time of training; None where they are no numbers."""

    step: int  # of training; 0 is before the first
    weight_gradient: tuple[float | None, ...]  # norm, by weighted layer
    gradient_to_weight: tuple[float | None, ...]  # its ratio to the norm of the weights
    input_gradient: tuple[float | None, ...]  # norm at each block's input, mean over pictures

    @property
    def reach(self) -> float | None:
        """How much of the gradient at the last block's input reaches the first block's."""
        first, last = self.input_gradient[0], self.input_gradient[-1]
        return None if first is None or not last else first / last


class Deletion(Record):
    """Accuracy on validation pictures, of the whole network and without each block."""

    total: int
    whole: float
    without: tuple[float, ...]

    @property
    def kept(self) -> float:
        """The median, over blocks, of the share of the accuracy that is left without one."""
        return median(self.without) / self.whole if self.whole else 0.0


class Trained(Record):
    """One network from one seed."""

    kind: Kind
    batchnorm: bool
    depth: int
    seed: int
    learning_rate: float  # the peak
    parameters: int
    classes: int
    probes: tuple[Probe, ...]  # by step, from 0 on
    correlation: tuple[float | None, ...]  # of neighbours' gradients before training, by distance
    losses: tuple[float, ...]  # of every step, up to where it blew up
    training_loss: float | None  # mean over the last tenth of the steps; None: it blew up
    training_accuracy: float | None
    validation: tuple[tuple[int, float], ...]  # (step, accuracy)
    steps_to_goal: int | None  # to 99 % of validation
    blown_up_at: int | None  # the step whose loss or gradient was no number
    test: Tested | None
    deletion: Deletion | None
    seconds: float

    @property
    def design(self) -> Design:
        """Which network it is."""
        return Design(self.kind, self.batchnorm, self.depth)

    @property
    def learned(self) -> bool:
        """Whether its share of right training pictures is nearer to all than to guessing."""
        found = self.training_accuracy
        return found is not None and found > (1 + 1 / self.classes) / 2


class Chosen(Record):
    """The learning rate that a design trains with, and what the choice was made by."""

    learning_rate: float
    losses: tuple[tuple[float, float | None], ...]  # (rate, worse loss of two short trainings)
