"""The body of `PUT /v1/renders/{attempt}`: its shape, and every mistake in it at once."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from .backends import STREAMED
from .errors import Problem

Attempt = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:~#@-]{0,199}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=8192)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Side = Annotated[int, Field(ge=64, le=2048)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Faults(_Strict):
    """`params.test`: faults on request, on hosts that run with GALLEY_TEST_FAULTS=1."""

    seconds: float = Field(0, ge=0, le=600)
    fail: str | None = None
    fail_hosts: list[str] | None = None
    stall_after: float | None = Field(None, ge=0, le=1)
    never_report: bool = False
    silent: bool = False
    duplicate_reports: bool = False


class Generate(_Strict):
    """Parameters of `image.generate`."""

    prompt: str = Field(min_length=1, max_length=2000)
    model: str | None = None
    width: Side = 1024
    height: Side = 576
    seed: int | None = Field(None, ge=0, lt=2**63)
    preview: bool = True
    test: Faults | None = None


class GenerateVideo(_Strict):
    """Parameters of `video.generate`. Sides are even: colours are stored for four pixels at a time."""

    prompt: str = Field(min_length=1, max_length=2000)
    model: str | None = None
    seconds: int = Field(4, ge=1, le=60)
    width: int = Field(640, ge=64, le=1280, multiple_of=2)
    height: int = Field(360, ge=64, le=1280, multiple_of=2)
    fps: Literal[12, 24, 25, 30] = 24
    seed: int | None = Field(None, ge=0, lt=2**63)
    preview: bool = True
    test: Faults | None = None


class GenerateAudio(_Strict):
    """Parameters of `audio.generate`."""

    prompt: str = Field(min_length=1, max_length=2000)
    model: str | None = None
    seconds: int = Field(8, ge=1, le=300)
    seed: int | None = Field(None, ge=0, lt=2**63)
    test: Faults | None = None


class RemoveBackground(_Strict):
    """Parameters of `image.remove_background`."""

    model: str | None = None
    preview: bool = True
    test: Faults | None = None


class Upscale(_Strict):
    """Parameters of `image.upscale`."""

    factor: Literal[2, 4]
    model: str | None = None
    preview: bool = True
    test: Faults | None = None


PARAMS: dict[str, type[_Strict]] = {
    "image.generate": Generate,
    "image.remove_background": RemoveBackground,
    "image.upscale": Upscale,
    "video.generate": GenerateVideo,
    "audio.generate": GenerateAudio,
}


class Input(_Strict):
    """A file to fetch, by a URL that is good for it alone."""

    url: Url
    sha256: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")
    media_type: str | None = None


class Output(_Strict):
    """Where a result goes, and the headers that its URL was signed with."""

    name: Literal["image", "video", "audio"]
    media_type: Literal["image/png", "video/mp4", "audio/mp4"]
    url: Url
    headers: dict[str, str] = {}


class Preview(_Strict):
    """Where an early picture goes."""

    name: Literal["preview"] = "preview"
    url: Url
    headers: dict[str, str] = {}
    media_type: Literal["image/jpeg"] = "image/jpeg"


class Place(_Strict):
    """Where one piece goes."""

    url: Url
    headers: dict[str, str] = {}


class Chunks(_Strict):
    """Where the pieces of a video or sound go while it is made: first what starts the player, then the rest in order."""

    seconds: int = Field(ge=1, le=60)
    """How long each plays."""
    to: list[Place] = Field(min_length=2, max_length=64)


class Report(_Strict):
    """Whom to tell, with which secret, and what to say back to them verbatim."""

    url: Url
    secret: str = Field(min_length=16)
    context: Any = None
    ending: bool = False
    """Whether to tell a moment before the end: the slot's next order then comes ahead."""


class Order(_Strict):
    """One render, as Galley orders it."""

    attempt: Attempt
    kind: str
    params: dict[str, Any] = {}
    inputs: dict[str, Input] = {}
    outputs: list[Output] = Field(min_length=1, max_length=1)
    preview: Preview | None = None
    chunks: Chunks | None = None
    report: Report
    stall_s: Seconds = 120
    deadline_s: Seconds = 900

    @property
    def faults(self) -> Faults:
        """The faults asked for; none outside tests."""
        return self.params.get("test") or Faults()


def parse(path_attempt: str, body: object, models: Mapping[str, tuple[str, ...]], faults: bool) -> Order:
    """Checks an order and fills in defaults, or raises a problem that lists all that is wrong."""
    errors: list[dict[str, str]] = []
    order = _model(Order, body, "", errors)
    raw = body if isinstance(body, dict) else {}
    kind = raw.get("kind")
    if order is not None and order.attempt != path_attempt:
        errors.append(_error("/attempt", f"is {order.attempt!r}, the path says {path_attempt!r}; they must agree"))
    if isinstance(kind, str):
        params = _params(kind, raw.get("params", {}), models, faults, errors)
        _inputs(kind, raw.get("inputs", {}), errors)
        _outputs(kind, order, errors)
        if order is not None and params is not None:
            order.params = {name: getattr(params, name) for name in type(params).model_fields}
    if errors:
        where = "; ".join(f"{e['pointer'] or '/'} {e['detail']}" for e in errors)
        raise Problem(422, "bad-render", "This render cannot be done", where, errors)
    return order


def _params(
    kind: str, raw: object, models: Mapping[str, tuple[str, ...]], faults: bool, errors: list[dict[str, str]]
) -> _Strict | None:
    known = models.get(kind)
    if known is None or kind not in PARAMS:
        errors.append(_error("/kind", f"{kind!r} is not rendered here; this host knows {', '.join(sorted(models))}"))
        return None
    if not isinstance(raw, dict):
        return None
    given = {name: value for name, value in raw.items() if value is not None}
    if "test" in given and not faults:
        errors.append(_error("/params/test", "is for tests; this host runs without GALLEY_TEST_FAULTS=1"))
        given.pop("test")
    params = _model(PARAMS[kind], given, "/params", errors)
    if params is None:
        return None
    if params.model is None:
        params.model = known[0]
    elif params.model not in known:
        errors.append(
            _error("/params/model", f"{params.model!r} cannot do {kind} here; this host has {', '.join(known)}")
        )
    return params


def _inputs(kind: str, raw: object, errors: list[dict[str, str]]) -> None:
    names = set(raw) if isinstance(raw, dict) else set()
    wanted = {"image"} if kind in ("image.remove_background", "image.upscale") else set()
    if kind not in PARAMS:
        return
    for name in sorted(wanted - names):
        errors.append(_error(f"/inputs/{name}", f"is missing; {kind} works on it"))
    for name in sorted(names - wanted):
        errors.append(_error(f"/inputs/{name}", f"is not an input of {kind}"))


OUTPUTS = {"image": "image/png", "video": "video/mp4", "audio": "audio/mp4"}


def _outputs(kind: str, order: Order | None, errors: list[dict[str, str]]) -> None:
    if order is None or kind not in PARAMS:
        return
    name = STREAMED.get(kind, "image")
    for at, output in enumerate(order.outputs):
        if (output.name, output.media_type) != (name, OUTPUTS[name]):
            detail = f"must be {name!r} as {OUTPUTS[name]!r}; {kind} makes nothing else"
            errors.append(_error(f"/outputs/{at}", detail))
    if order.chunks is not None and kind not in STREAMED:
        errors.append(_error("/chunks", f"{kind} is not made in pieces"))


def _model(shape: type[_Strict], raw: object, at: str, errors: list[dict[str, str]]) -> Any:
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            pointer = at + "".join(f"/{_escape(str(part))}" for part in one["loc"])
            errors.append(_error(pointer, _detail(one)))
        return None


def _detail(one: Mapping[str, Any]) -> str:
    if one["type"] == "missing":
        return "is missing"
    if one["type"] == "extra_forbidden":
        return "is not known here"
    message = one["msg"].replace("Input should be", "must be").replace("String should", "must")
    # A presigned URL and a secret are credentials: said to be wrong, never said.
    if {"url", "secret", "headers"} & set(one["loc"]):
        return message
    return f"{message}; it is {_short(one['input'])}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _error(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "detail": detail}
