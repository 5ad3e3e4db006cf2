"""The search for violated invariants: swarms of small runs, their coverage, and the smallest failing scenarios.

`swarm` draws variations of a scenario, `looking` runs them, `coverage` and `classes` record what they
reached and violated, `shrink` and `smaller` make a failing scenario small, `cause` finds the event
after which a violation could not be avoided, `report` writes the files, and `check` is the whole search.
"""
