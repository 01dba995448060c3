"""What makes a step: optimizers, schedules, the average of the weights."""
