"""Errors as `application/problem+json`: {type, title, status, detail, errors: [{pointer|line, id, code, message}]}.

Services raise DomainError; nothing but this module knows how an error looks on the wire. Messages are Chinese unless
the request prefers English.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.translation import get_language
from django.views import defaults
from rest_framework import exceptions

logger = logging.getLogger(__name__)

TITLES = {
    400: ("请求有误", "Bad request"),
    401: ("需要登录或密钥", "Credentials needed"),
    403: ("没有权限", "Not permitted"),
    404: ("没有找到", "Not found"),
    405: ("不支持这种请求方法", "Method not allowed"),
    406: ("不支持所要求的格式", "Not acceptable"),
    409: ("与现状冲突", "Conflict"),
    412: ("前提不成立", "Precondition failed"),
    413: ("内容过大", "Content too large"),
    415: ("不支持这种内容类型", "Unsupported media type"),
    422: ("内容无法处理", "Unprocessable content"),
    429: ("请求过多，请稍后再试", "Too many requests"),
    500: ("服务器出错", "Server error"),
    503: ("暂时不可用", "Unavailable"),
}
SOON = {"Retry-After": "5"}  # seconds
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
LISTENED_TO = 64 << 20  # bytes of a body that is refused


class DomainError(Exception):
    """A rule of the domain said no. `detail` is for people, `code` for programs; `errors` name the parts at fault, each
    {pointer | line, id?, code, message}. Subclass it with another status or code, or give them."""

    status = 400
    code = "bad_request"

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        retry_after: int | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """retry_after: seconds, sent as Retry-After. members: more members of the problem than the standard ones."""
        super().__init__(detail)
        self.detail = detail
        self.status = status or self.status
        self.code = code or self.code
        self.errors = list(errors)
        self.retry_after = retry_after
        self.members = dict(members or {})


def say(chinese: str, english: str) -> str:
    """The text in the request's language: Chinese unless English is asked for."""
    return english if (get_language() or "").startswith("en") else chinese


def problem(
    status: int,
    code: str,
    detail: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The response."""
    body = {
        "type": f"urn:siyu:problem:{code}",
        "title": say(*TITLES.get(status, TITLES[400 if status < 500 else 500])),
        "status": status,
        "detail": detail,
        "errors": list(errors),
        **(members or {}),
    }
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
        headers=dict(headers or {}),
    )


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER. What nobody foresaw is logged by its place and answered 500 without a word of it."""
    if isinstance(exc, DomainError):
        headers = {"Retry-After": str(exc.retry_after)} if exc.retry_after is not None else {}
        return problem(exc.status, exc.code, exc.detail, exc.errors, exc.members, headers)
    if isinstance(exc, Http404):
        return problem(404, "not_found")
    if isinstance(exc, PermissionDenied):
        return problem(403, "permission_denied")
    if isinstance(exc, ModelValidationError):
        return problem(400, "invalid", say("内容不符合要求", "The content is not valid"), list(_model_errors(exc)))
    if isinstance(exc, exceptions.ValidationError):
        detail = say("内容不符合要求", "The content is not valid")
        return problem(exc.status_code, "invalid", detail, list(_errors("", exc.detail)))
    if isinstance(exc, exceptions.APIException):
        headers = {}
        if auth_header := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = auth_header
        if (wait := getattr(exc, "wait", None)) is not None:
            headers["Retry-After"] = str(int(wait) + 1)
        code = exc.get_codes() if isinstance(exc.get_codes(), str) else exc.default_code
        return problem(exc.status_code, str(code), str(exc.detail), headers=headers)
    log_unforeseen(exc)
    if isinstance(exc, OperationalError):
        return problem(503, "unavailable", headers=SOON)
    return problem(500, "server_error")


def log_unforeseen(exc: BaseException) -> None:
    """Log where it happened, not its message: a database's message quotes values, and values may be personal data."""
    where = "".join(traceback.format_tb(exc.__traceback__))
    logger.error("%s\n%s", type(exc).__qualname__, where)


def _errors(pointer: str, detail: Any) -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _errors(pointer if name == "non_field_errors" else f"{pointer}/{_escaped(name)}", inner)
    elif isinstance(detail, (list, tuple)):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list, tuple))
            yield from _errors(f"{pointer}/{index}" if nested else pointer, inner)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "message": str(detail)}


def _model_errors(exc: ModelValidationError) -> Iterator[dict[str, str]]:
    by_field = exc.error_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.error_list}
    for name, found in by_field.items():
        pointer = "" if name == NON_FIELD_ERRORS else f"/{_escaped(name)}"
        for error in found:
            yield {"pointer": pointer, "code": error.code or "invalid", "message": " ".join(error.messages)}


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


# -- Handlers of the URL configurations: JSON below /api/, pages elsewhere --------------------------------------------


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(404, "not_found") if _is_api(request) else defaults.page_not_found(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(403, "permission_denied") if _is_api(request) else defaults.permission_denied(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not hasattr(request, "_post"):
        request._mark_post_parse_error()  # type: ignore[attr-defined]  # the shell around the page would read it again
    if _is_api(request):
        return problem(400, "bad_request")
    if not isinstance(exception, TOO_MUCH):
        return defaults.bad_request(request, exception)
    _hear_out(request)
    why = say(
        "一次提交的内容太多（最多 10 MB、10,000 项）。请返回上一页，分几次提交。",
        "Too much at once (10 MB and 10,000 entries at most). Go back and send it in parts.",
    )
    return render(request, "400.html", {"why": why}, status=413)


def _hear_out(request: HttpRequest) -> None:
    """Read what is refused: a browser that is still sending shows a broken connection instead of the answer."""
    left = LISTENED_TO
    try:
        while left > 0 and (part := request.read(1 << 16)):
            left -= len(part)
    except UnreadablePostError:
        pass


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return unavailable(request)
    return problem(500, "server_error") if _is_api(request) else defaults.server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away, or gave up a lock: the same request may pass in a while."""
    if _is_api(request):
        return problem(503, "unavailable", headers=SOON)
    text = say("暂时不可用，请稍后再试。", "Not available just now. Try again in a while.")
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers=SOON)
