"""Mutation tests of the protocol, the columnar kernel and the recording; a command outside of the suite."""
