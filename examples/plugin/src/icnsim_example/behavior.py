"""A behavior: executors that refuse large actors and do not answer some of the Requests."""

from icnsim.plugins import Answer, Behavior, Parameter

MIB = 2**20


class Picky(Behavior):
    """Refuse a state above `largest` MiB, and do not answer a share `silent` of all other Requests."""

    parameters = {
        "largest": Parameter("the largest state that is accepted, MiB", default=100),
        "silent": Parameter("the share of Requests that are not answered", default=0.1, maximum=1),
    }
    examples = ({}, {"largest": 1, "silent": 0.5})

    def __init__(self, largest, silent):
        self.largest, self.silent = largest * MIB, silent

    def answer(self, size_bytes, u):
        """The answer to a Request; `u` is uniform and belongs to the attempt."""
        if size_bytes > self.largest:
            return Answer.REJECT
        return Answer.SILENT if u < self.silent else Answer.ACCEPT
