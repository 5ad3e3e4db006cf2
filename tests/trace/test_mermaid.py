"""A violation as a sequence diagram, in Mermaid."""

import re

from icnsim.recording.violations import Moment
from icnsim.trace.diagram import of_violation
from icnsim.trace.mermaid import mermaid
from tests.search.violations import S, violation

NAMES = ["node-0", "node-1", "end"]
LINE = re.compile(
    r"sequenceDiagram|title .+|participant e[0-9]+ as .+|e[0-9]+(->>|-x|--\))e[0-9]+: .+"
    r"|Note (over e[0-9]+(,e[0-9]+)?|right of e[0-9]+): .+"
)


def drawn(*moments: Moment, evidence: str = "2 copies run", after: int | None = None) -> list[str]:
    text = mermaid(of_violation(violation(trail=moments, evidence=evidence), NAMES, after))
    lines = [line.strip() for line in text.splitlines()]
    assert all(LINE.fullmatch(line) for line in lines)
    return lines


def test_a_message_is_an_arrow_where_it_arrives_with_the_time_at_which_it_was_sent() -> None:
    lines = drawn(Moment(S, "send request", 0, 1, 4), Moment(2_500_000, "receive request", 1, 0, 4))
    assert "e0->>e1: 2.5 s request, attempt 4, sent 1 s" in lines
    assert len(lines) == 6


def test_a_lost_message_ends_in_a_cross_and_one_under_way_is_open() -> None:
    lines = drawn(
        Moment(S, "send complete", 0, 1, 4), Moment(2 * S, "lose complete", 1, 0, 4), Moment(3 * S, "send ack", 1, 0, 4)
    )
    assert "e0-xe1: 2 s complete, attempt 4, sent 1 s, lost" in lines
    assert "e1--)e0: 3 s ack, attempt 4, under way" in lines


def test_of_two_copies_of_a_message_each_arrives() -> None:
    lines = drawn(*[Moment(S, "send request", 0, 1, 4)], *[Moment(n * S, "receive request", 1, 0, 4) for n in (2, 3)])
    assert [line for line in lines if "->>" in line] == [
        "e0->>e1: 2 s request, attempt 4, sent 1 s",
        "e0->>e1: 3 s request, attempt 4",
    ]


def test_crashes_pauses_and_steps_are_notes() -> None:
    lines = drawn(
        Moment(S, "crash", 0, -1, -1), Moment(S, "pause", 0, -1, 3), Moment(S, "enter failed by time_out", 0, 1, 3)
    )
    assert lines[4:7] == [
        "Note over e0: 1 s crash",
        "Note over e0: 1 s pause",
        "Note right of e0: 1 s enter failed by time_out, attempt 3",
    ]


def test_the_moment_after_which_it_could_not_be_avoided_is_marked() -> None:
    lines = drawn(Moment(S, "crash", 0, -1, -1), Moment(2 * S, "run", 0, -1, -1), after=0)
    place = lines.index("Note over e0: 1 s crash")
    assert lines[place + 1] == "Note over e0,e1: from here on it could not be avoided"


def test_no_text_can_be_read_as_anything_else() -> None:
    lines = drawn(Moment(S, "run", 2, -1, -1), evidence='end\nloop; <script>alert("x")</script> %%{init}%% end #1;')
    assert lines[-1].startswith("Note over e1,e2: 20 s, I1 is violated: #101;nd#10;loop#59; #60;script#62;")
    assert "participant e2 as #101;nd" in lines
    assert not re.search(r"[<>%{};\"](?<![0-9];)", lines[-1])
