"""What the trials of other processes came to, told once each."""

from optuna.trial import FrozenTrial

from inkdigit.studies.search.result import row_of
from inkdigit.studies.search.study import Search, TrialDone


class News:
    """Looks into the database again and again. Close it.

    Args:
        search: whose trials are told of; those that are finished already are not.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._store = search.store()
        self._told = {trial.number for trial in self._finished()}

    def close(self) -> None:
        """Leave the database."""
        self._store.close()

    def fresh(self) -> list[TrialDone]:
        """Give the trials that were finished since the last time."""
        fresh = [row_of(self._search, t) for t in self._finished() if t.number not in self._told]
        self._told |= {row.number for row in fresh}
        return [
            TrialDone(row.number, dict(row.point), row.score, row.why, row.seconds) for row in fresh
        ]

    def _finished(self) -> list[FrozenTrial]:
        wanted = self._search.plan.trials
        return [t for t in self._store.trials() if t.number < wanted and t.state.is_finished()]
