"""A detector: the longest of the last answers plus a margin."""

from collections import deque

from icnsim.plugins import Detector, Parameter


class LongestAnswer(Detector):
    """Wait as long as the longest of the last `window` answers took, and `margin` ms longer.

    All numbers are integers, so the results are exact on every machine.
    """

    parameters = {
        "window": Parameter("number of answers that are kept", default=20, minimum=1, maximum=1000),
        "margin": Parameter("time that is added to the longest answer", "duration", default="2s"),
    }
    examples = ({}, {"window": 3, "margin": "500ms"})

    def __init__(self, window, margin):
        self.margin, self.answers = margin, deque(maxlen=int(window))

    def observe(self, elapsed):
        """An answer came after `elapsed` ms."""
        self.answers.append(elapsed)

    def timeout(self, fixed):
        """The timeout in whole ms; `fixed` before the first answer."""
        return max(self.answers) + self.margin if self.answers else fixed

    @property
    def numbers(self):
        """The number of answers that are kept."""
        return len(self.answers)
