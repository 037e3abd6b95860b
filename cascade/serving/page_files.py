"""The page and what it loads, from this server alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

import cascade
from cascade import View

HERE = Path(__file__).parent
ELSEWHERE = {"told.js": Path(cascade.__file__).parent / "document"}  # files that pages of HTML outputs have too
FILES = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "told.js": "text/javascript; charset=utf-8",
    "marks.js": "text/javascript; charset=utf-8",
    "long_text.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def marks_css() -> str:
    """The CSS of marked entities, as a View brings it along."""
    [style] = re.findall(r"<style>(.*?)</style>", View([])._repr_html_(), re.DOTALL)
    return str(style)


def page_router() -> APIRouter:
    """The routes of the page; none is part of the interface."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def page() -> Response:
        return Response((HERE / "page.html").read_bytes(), media_type="text/html; charset=utf-8")

    @router.get("/page/marks.css")
    def marks() -> Response:
        return Response(marks_css(), media_type=FILES["page.css"])

    for name in FILES:
        router.add_api_route(f"/page/{name}", _sender(name), methods=["GET"])
    return router


def _sender(name: str) -> Callable[[], Response]:
    file = ELSEWHERE.get(name, HERE) / name

    def send() -> Response:
        return Response(file.read_bytes(), media_type=FILES[name])

    return send
