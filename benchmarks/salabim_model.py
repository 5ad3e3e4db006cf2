"""The stages of a migration in salabim: a component each, which holds through them."""

import random

import salabim


class Migration(salabim.Component):
    """One migration: answered or not, and its records until cleanup."""

    def process(self):
        draw = self.env.random_numbers
        if draw.random() < 0.1:
            yield self.hold(draw.uniform(60, 90))
        else:
            for delay in (draw.uniform(1.2, 2.2), 0.1, 0.2, draw.uniform(1, 5), 0.2, 0.5, 0.2):
                yield self.hold(delay)
        yield self.hold(draw.uniform(300, 330))
        self.env.finished += 1


class Arrivals(salabim.Component):
    """Starts them."""

    def process(self):
        for _ in range(self.env.wanted):
            yield self.hold(self.env.random_numbers.expovariate(self.env.rate))
            Migration()


def simulate(migrations: int, rate: float) -> int:
    """Simulate that many migrations; the number that finished."""
    env = salabim.Environment(trace=False, yieldless=False)
    env.random_numbers = random.Random(1)
    env.wanted, env.rate, env.finished = migrations, rate, 0
    Arrivals()
    env.run(till=migrations / rate + 900)
    return env.finished
