"""The base of every REST view of a brand."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, ClassVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from siyu.brands import enter_brand
from siyu.parsing import BodyParser
from tenants.identity import Identity, brand_asked_for
from tenants.permissions import Act, may


class MayAct(BasePermission):
    """Whoever may do the act that the view names for the method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Identity):
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in view.allowed_methods:
            raise MethodNotAllowed(method)
        act = getattr(view, "acts", {}).get(method)
        return act is not None and may(request.auth, act, brand_asked_for(request._request))


class BrandView(APIView):
    """A REST view whose handlers run inside the brand, after authentication and permission were settled in public.

        class ProjectList(BrandView):
            acts = {"GET": Act.READ_PROJECT, "POST": Act.PROPOSE_CONTRACT}

            def get(self, request): ...          # self.identity is who asks

    A method without an act is denied. Responses carry plain data, never lazy querysets: they are rendered after the
    brand is left. Failing authentication: 401; no role in this brand: 404; a role or key without the act: 403.
    """

    acts: ClassVar[Mapping[str, Act]] = {}
    permission_classes = (MayAct,)
    parser_classes = (BodyParser,)

    @property
    def identity(self) -> Identity:
        """Who asks."""
        return cast(Identity, self.request.auth)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self._brand:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._brand.enter_context(enter_brand(brand_asked_for(request._request).schema_name))
