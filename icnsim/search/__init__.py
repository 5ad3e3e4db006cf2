"""The search for violated invariants: swarms of small runs, what they reached, the smallest that still fails.

`swarm` draws variations of a scenario, `looking` runs them, `coverage` and `classes` say what they
reached and what they broke, `shrink` and `smaller` make a failing one small, `cause` finds the event
after which it could not be avoided, `diagram` draws it, `files` writes it all, `search` leads.
"""
