"""The body of one submission: the fields that are read, the limits of the code, and the task that it asks for.

A body has one of three forms. The gateway's: `task_id`, and `code`, `wasm_bytes` or `wasm_hash`. The design document's:
`id`, `code` and `actor_mode`. The task itself as serde writes it: `code` is `{"Ccl": …}`, and `deadline` and
`created_at` are absolute. Each field except the code may be missing. A field with a limit is checked if it is present.
Other fields are kept. Names and limits: PROTOCOL sections 6 and 9, and the crate icn-compute of 15f62ced.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from icnsim.protocol.task import DEFAULT_FUEL, HIGHEST_RATE, NORMAL, PRIORITIES, ComputeTask, Mode

LATEST_S: Final = 3e9
LARGEST: Final = 2**53
"""JSON implementations agree on whole numbers up to this one."""
LONGEST_ID: Final = 256
LARGEST_CODE: Final = 1_000_000
LARGEST_WASM: Final = 5_000_000
LARGEST_INPUTS: Final = 1_000_000
"""Limits of `icn-compute`, bytes."""
LEAST_FUEL, MOST_FUEL = 100, 10_000_000
CREDITS: Final = "credits"
SUBMITTER: Final = "did:icn:"
MODES: Final = 'null, "Ephemeral", {"Stateful": {…}} or {"WasmStateful": {…}}'
CODE: Final = 'a text, or one of {"Ccl": …}, {"CclRef": …}, {"WasmRef": …} and {"WasmInline": …}'
CAPABILITY: Final = '"Ccl", "Wasm" or {"Custom": …}'
_OF_A_MODE: Final = ("checkpoint_interval_secs", "max_state_size_bytes")
KNOWN: Final = (
    "at_s", "id", "task_id", "code", "code_type", "wasm_bytes", "wasm_hash", "actor_mode",
    *(f"actor_mode.{mode}.{name}" for mode in ("Stateful", "WasmStateful") for name in _OF_A_MODE),
    "deadline_ms", "deadline", "created_at", "estimated_value", "priority", "verification", "verification.executors",
    "verification.threshold", "fuel_limit", "payment_rate", "payment_currency", "submitter", "required_capabilities",
    "resource_profile", "resource_profile.duration_estimate_secs",
)  # fmt: skip
"""The fields that are read."""


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("a text in Unicode") from None


def _within(size: int, most: int, what: str) -> None:
    if not 0 < size <= most:
        raise ValueError(f"{what} of 1 to {most:,} bytes, not of {size:,}")


def _identifier(text: str) -> str:
    if _size(text) > LONGEST_ID:
        raise ValueError(f"an id of at most {LONGEST_ID} bytes")
    return text


def _submitter(text: str) -> str:
    if not text.startswith(SUBMITTER):
        raise ValueError(f"a DID that begins with {SUBMITTER}")
    return text


def _bytes(value: object) -> list[int]:
    if not isinstance(value, list) or not all(type(item) is int and 0 <= item <= 255 for item in value):
        raise ValueError("a list of bytes, whole numbers from 0 to 255")
    return value


def _hash(value: object) -> None:
    if len(_bytes(value)) != 32:
        raise ValueError("a hash of 32 bytes")


def _ccl(value: object) -> None:
    if not isinstance(value, str):
        raise ValueError("the source of a contract, as a text")
    _within(_size(value), LARGEST_CODE, "code")


def _ccl_ref(value: object) -> None:
    if not isinstance(value, dict) or value.keys() != {"hash", "rule"} or not isinstance(value["rule"], str):
        raise ValueError('{"hash": [32 bytes], "rule": a name}')
    _hash(value["hash"])
    _within(_size(value["rule"]), LONGEST_ID, "a rule's name")


def _inline(value: object) -> None:
    _within(len(_bytes(value)), LARGEST_WASM, "a module")


_CODES: Final[dict[str, Callable[[object], None]]] = {
    "Ccl": _ccl, "CclRef": _ccl_ref, "WasmRef": _hash, "WasmInline": _inline,
}  # fmt: skip
"""The forms of a task's code as serde writes them, and their checks."""


def _code(value: object) -> object:
    if isinstance(value, str):
        _ccl(value)
    elif isinstance(value, dict) and len(value) == 1 and (form := next(iter(value))) in _CODES:
        _CODES[form](value[form])
    elif value is not None:
        raise ValueError(CODE)
    return value


def _module(text: str) -> str:
    try:
        size = len(base64.b64decode(text, validate=True))
    except ValueError:
        raise ValueError("a module in base64") from None
    _within(size, LARGEST_WASM, "a module")
    return text


def _module_hash(text: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise ValueError("a hash of 64 hexadecimal digits")
    return text


def _mode(value: object) -> object:
    """A mode as serde writes it; the mode of an ephemeral task is the same as none."""
    if value in ("Ephemeral", {"Ephemeral": None}):
        return None
    if isinstance(value, str):
        raise ValueError(MODES)
    return value


def _priority(value: object) -> object:
    """The number of a priority; its name may be written in any case."""
    if value is None:
        return None
    if isinstance(value, str) and value.lower() in PRIORITIES:
        return PRIORITIES.index(value.lower())
    raise ValueError(f"one of {', '.join(PRIORITIES)}")


def _capability(value: object) -> object:
    custom = isinstance(value, dict) and value.keys() == {"Custom"} and isinstance(value["Custom"], str)
    if value not in ("Ccl", "Wasm") and not custom:
        raise ValueError(CAPABILITY)
    return value


Seconds = Annotated[int, Field(ge=1, le=3_000_000_000)]
Whole = Annotated[int, Field(ge=0, le=LARGEST)]
Identifier = Annotated[str, Field(min_length=1), AfterValidator(_identifier)]


class Part(BaseModel):
    """A part of a body. Known fields are checked strictly; other fields are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)


class _Stateful(Part):
    checkpoint_interval_secs: Seconds
    max_state_size_bytes: Whole


class ActorMode(BaseModel):
    """A mode with state."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    VARIANTS: ClassVar = ("Stateful", "WasmStateful")

    Stateful: _Stateful | None = None
    WasmStateful: _Stateful | None = None


class _Resources(Part):
    duration_estimate_secs: Seconds | None = None


class _Verification(Part):
    executors: Annotated[int, Field(ge=1, le=1000)] | None = None
    threshold: Annotated[float, Field(gt=0, le=1)] | None = None


class Body(Part):
    """The fields of a body that are read."""

    at_s: Annotated[float, Field(ge=0, lt=LATEST_S)]
    id: Identifier | None = None
    task_id: Identifier | None = None
    code: Annotated[Any, BeforeValidator(_code)] = None
    code_type: Literal["ccl", "wasm"] | None = None
    wasm_bytes: Annotated[str, AfterValidator(_module)] | None = None
    wasm_hash: Annotated[str, AfterValidator(_module_hash)] | None = None
    actor_mode: Annotated[ActorMode | None, BeforeValidator(_mode)] = None
    deadline_ms: Annotated[int, Field(ge=1, le=LARGEST // 1000)] | None = None
    deadline: Annotated[int, Field(ge=0, le=LARGEST // 1000)] | None = None
    created_at: Annotated[int, Field(ge=0, le=LARGEST // 1000)] | None = None
    estimated_value: Whole | None = None
    priority: Annotated[int, BeforeValidator(_priority)] | None = None
    verification: _Verification | None = None
    fuel_limit: Annotated[int, Field(ge=LEAST_FUEL, le=MOST_FUEL)] = DEFAULT_FUEL
    payment_rate: Annotated[int, Field(ge=0, le=HIGHEST_RATE)] | None = None
    payment_currency: str | None = None
    submitter: Annotated[str, AfterValidator(_submitter)] | None = None
    required_capabilities: Annotated[list[Annotated[Any, BeforeValidator(_capability)]], Field(min_length=1)] | None = (
        None
    )
    resource_profile: _Resources | None = None

    @property
    def at_us(self) -> int:
        """The time of the submission, µs."""
        return round(self.at_s * 1e6)

    @property
    def after_ms(self) -> int | None:
        """The deadline after the submission, ms; None without one.

        An absolute deadline counts from `created_at`. Without it, it counts from the start of the simulation.
        """
        if self.deadline is None:
            return self.deadline_ms
        return self.deadline - (self.at_us // 1000 if self.created_at is None else self.created_at)

    def task(self, name: str) -> ComputeTask:
        """The task that the body asks for; `name` is its name if the body does not give one."""
        mode = self.actor_mode
        stateful = None if mode is None else mode.Stateful or mode.WasmStateful
        wasm = mode is not None and mode.WasmStateful is not None
        paid = self.payment_currency in (None, CREDITS)
        verification = self.verification or _Verification()
        return ComputeTask(
            self.id or self.task_id or name,
            Mode.EPHEMERAL if stateful is None else Mode.WASM_STATEFUL if wasm else Mode.STATEFUL,
            0 if stateful is None else stateful.checkpoint_interval_secs,
            0 if stateful is None else stateful.max_state_size_bytes,
            self.after_ms,
            self.estimated_value,
            None if self.resource_profile is None else self.resource_profile.duration_estimate_secs,
            self.fuel_limit,
            (self.payment_rate or 0) if paid else 0,
            verification.executors,
            verification.threshold,
            NORMAL if self.priority is None else self.priority,
        )


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Contradictory fields of a body: a field, its value, and the expected value."""

    key: str
    found: str
    expected: str


def contradictions(body: Body) -> Iterable[Contradiction]:
    """The contradictions between the fields of a body."""
    mode, wasm = body.actor_mode, body.wasm_bytes is not None or body.wasm_hash is not None
    if mode is not None and (mode.Stateful is None) == (mode.WasmStateful is None):
        yield Contradiction("actor_mode", "both" if mode.Stateful else "neither", MODES)
    if body.code is None and not wasm:
        yield Contradiction("code", "nothing", "a value: code is required, or wasm_bytes or wasm_hash instead of it")
    elif body.code_type == "wasm" and not wasm:
        yield Contradiction("code_type", "wasm", "wasm_bytes or wasm_hash with it")
    elif body.code_type == "ccl" and body.code is None:
        yield Contradiction("code_type", "ccl", "code with it")
    if body.id is not None and body.task_id is not None:
        yield Contradiction("task_id", json.dumps(body.task_id), "id or task_id, not both")
    if body.deadline is not None and body.deadline_ms is not None:
        yield Contradiction("deadline", str(body.deadline), "deadline (absolute) or deadline_ms (from now), not both")
    elif body.deadline is not None and (after := body.after_ms) is not None and after <= 0:
        since = "created_at" if body.created_at is not None else "its submission, in ms from the start of the run"
        yield Contradiction("deadline", str(body.deadline), f"a time after {since}")
    inputs = (body.model_extra or {}).get("inputs")
    size = len(inputs) if isinstance(inputs, list) else len(json.dumps(inputs, separators=(",", ":")))
    if size > LARGEST_INPUTS:
        yield Contradiction("inputs", f"{size:,} bytes", f"at most {LARGEST_INPUTS:,} bytes")


def parts(part: Part) -> Iterable[tuple[str, Part]]:
    """The parts inside of a part, each with its dotted name."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, ActorMode):
            for variant in ActorMode.VARIANTS:
                if (inner := getattr(value, variant)) is not None:
                    yield f"{name}.{variant}", inner
        elif isinstance(value, Part):
            yield name, value
