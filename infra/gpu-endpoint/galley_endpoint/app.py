"""The HTTP contract: routes, keys and problems. What a render does is in `renders`."""

import json

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from . import logs
from .errors import Problem
from .renders import Render, Renders
from .settings import Settings
from .signing import same_key

MAX_BODY = 256 * 1024


def create(settings: Settings, renders: Renders) -> FastAPI:
    """The application of one host."""
    app = FastAPI(title="Galley GPU endpoint", docs_url=None, redoc_url=None, openapi_url=None)

    async def caller(request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same_key(key.strip(), settings.endpoint_key):
            raise Problem(401, "unauthorized", "The key is missing or wrong", "send the endpoint key as a bearer token")

    keyed = [Depends(caller)]

    @app.get("/ping")
    async def ping() -> dict[str, str]:
        return {"host": settings.host_id}

    @app.get("/ready")
    async def ready() -> JSONResponse:
        body = {"host": settings.host_id, "state": renders.state, "slots": settings.slots, "busy": renders.busy}
        return JSONResponse(body, 200 if renders.state == "ready" else 503)

    @app.put("/v1/renders/{attempt}", dependencies=keyed)
    async def put(attempt: str, request: Request) -> JSONResponse:
        body = await _body(request)
        # A known attempt is attached to, whatever else holds: even a full or draining host owes its answer.
        known = renders.get(attempt)
        if known is not None:
            return JSONResponse(known.view, 200)
        render = renders.start(attempt, body, request.headers.get("traceparent", ""))
        return JSONResponse(render.view, 202)

    @app.get("/v1/renders/{attempt}", dependencies=keyed)
    async def get(attempt: str) -> JSONResponse:
        return JSONResponse(_known(renders, attempt).view)

    @app.post("/v1/renders/{attempt}/cancel", dependencies=keyed)
    async def cancel(attempt: str) -> JSONResponse:
        render = _known(renders, attempt)
        render.cancel()
        return JSONResponse(render.view, 202)

    if settings.test_faults:

        @app.get("/v1/test/books", dependencies=keyed)
        async def books() -> dict[str, object]:
            return {"host": settings.host_id, "renders": renders.books.renders}

    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
        return JSONResponse(error.body, error.status, headers, media_type="application/problem+json")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        slug = {404: "no-route", 405: "no-method"}.get(error.status_code, "refused")
        detail = f"{request.method} {request.url.path} is not part of the contract"
        return await problem(request, Problem(error.status_code, slug, str(error.detail), detail))

    @app.exception_handler(Exception)
    async def crashed(request: Request, error: Exception) -> JSONResponse:
        logs.crash("call.crashed", error, path=request.url.path)
        return await problem(request, Problem(500, "crashed", "The host made a mistake", "it is logged; try again"))

    return app


def _known(renders: Renders, attempt: str) -> Render:
    render = renders.get(attempt)
    if render is None:
        raise Problem(404, "no-render", "No such render", f"this host does not know attempt {attempt!r}")
    return render


async def _body(request: Request) -> object:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise Problem(413, "too-large", "The body is too large", f"a render is ordered in {MAX_BODY} bytes or less")
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Problem(422, "not-json", "The body is not JSON", str(error)) from None
