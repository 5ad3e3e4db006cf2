"""A policy: move actors from loaded executors to the least loaded trusted one."""

from icnsim.plugins import LOAD_BALANCING, Choice, Parameter, Policy


class LeastLoaded(Policy):
    """Move an actor if the own load is above `above` and another executor's load is smaller by at least `gain`."""

    parameters = {
        "above": Parameter("the own load above which an actor may migrate", default=0.7, maximum=1),
        "gain": Parameter("the smallest difference of the loads", default=0.2, maximum=1),
        "trust": Parameter("the smallest trust in the target", default=0.3, maximum=1),
    }
    examples = ({}, {"above": 0.5, "gain": 0})

    def __init__(self, above, gain, trust):
        self.above, self.gain, self.trust = above, gain, trust

    def decide(self, own, others):
        """The target of an actor that may stay; None if it stays."""
        best = self.choose(own, others) if own.load > self.above else None
        return best if best is not None and best.score >= self.gain else None

    def choose(self, own, others):
        """The first of the trusted candidates with the least load; the score is the difference of the loads."""
        trusted = [other for other in others if other.trust >= self.trust]
        if not trusted:
            return None
        least = min(trusted, key=lambda other: other.load)
        return Choice(least.executor, own.load - least.load, LOAD_BALANCING)
