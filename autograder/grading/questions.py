"""Which questions follow from what a submission has answered so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autograder.judging import policy, roots
from autograder.model import Observation, Sheet, SheetCase, Submission, Verdict
from autograder.sheets import standing


class Questions:
    """Which questions follow, while one submission is asked the secret ones.

    secret, public: sheets by exercise. standing_in: the secret sheet of an exercise with stand-ins for these parts.
    follow_through: as in `Settings`.
    """

    def __init__(
        self,
        submission: Submission,
        secret: Mapping[str, Sheet],
        public: Mapping[str, Sheet],
        standing_in: Callable[[str, tuple[str, ...]], Sheet],
        follow_through: float,
    ) -> None:
        self._secret = secret
        self._public = public
        self._standing_in = standing_in
        self._follow_through = follow_through
        self._used = roots.used_by(submission)
        self._reached = roots.reached_by(submission, self._used)
        self._verdicts: dict[str, Verdict] = {}
        self._wrong: dict[str, tuple[str, ...]] = {}
        self._resting: set[str] = set()

    def _verdict(self, cell_id: str, observation: Observation) -> Verdict:
        """What comes of a secret sheet, without evidence."""
        if cell_id not in self._verdicts:
            self._verdicts[cell_id] = policy.judge(self._secret[observation.exercise], observation, cell_id)
        return self._verdicts[cell_id]

    def passed(self, cell_id: str, observation: Observation) -> bool:
        """Whether a secret sheet was answered rightly. If not, it may be asked again."""
        verdict = policy.judge(self._secret[observation.exercise], observation, cell_id)
        if verdict.status == "passed":
            self._verdicts[cell_id] = verdict
        return verdict.status == "passed"

    def in_public(self, cell_id: str, observation: Observation) -> Sheet | None:
        """The public sheet, for evidence that may be shown, where the secret questions were not all answered
        rightly."""
        verdict = self._verdict(cell_id, observation)
        if roots.gives_wrong(verdict):
            found = roots.roots_of(self._used[cell_id], self._wrong)
            self._wrong[verdict.entry_point] = found
            self._resting |= {observation.exercise} if found else set()
        if observation.ended != "done" or verdict.status in ("passed", "not_attempted"):
            return None
        missing = any(a.problem is not None and a.problem.kind == "missing" for a in observation.answers.values())
        if not verdict.checks and verdict.problem is None and not missing:
            return None
        return self._public[observation.exercise]

    def probes(self, sheet: Sheet, observation: Observation) -> tuple[SheetCase, ...]:
        """The questions that say more. What rests on something wrong is wrong in its way."""
        return () if sheet.exercise in self._resting else policy.still_to_ask(sheet, observation)

    def apart(self, observations: Mapping[str, Observation]) -> dict[str, Sheet]:
        """The sheets with stand-ins: of what is not right, and uses something that is not."""
        verdicts = {cell_id: self._verdict(cell_id, one) for cell_id, one in observations.items()}
        wrong = {verdict.entry_point for verdict in verdicts.values() if verdict.status != "passed"}
        found = {}
        for cell_id, verdict in verdicts.items():
            if verdict.status in ("passed", "not_attempted"):
                continue
            names = standing.replaceable(verdict.exercise, self._used[cell_id], wrong, reached=self._reached[cell_id])
            if names and (self._follow_through or standing.earlier([verdict.exercise])):
                found[cell_id] = self._standing_in(verdict.exercise, names)
        return found
