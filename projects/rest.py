"""The base of every REST view of one project, and of what such views read."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from projects.models import Project
from projects.queries import is_seen, project_of_code
from projects.sheet import printable
from siyu.names import NOT_ONE_LINE, is_one_line
from siyu.problems import say
from tenants.rest import BrandView


class ProjectView(BrandView):
    """A BrandView below `projects/<str:code>/`: handlers find the project in `self.project`.

    404 where the brand has no such project, and where the caller is bound to seats and holds none in it today.
    """

    project: Project

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        try:
            self.project = project_of_code(kwargs["code"])
        except Project.DoesNotExist as error:
            raise Http404 from error
        if not is_seen(self.identity, self.project, timezone.now()):
            raise Http404


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, by name: a mistyped field must not silently keep its default."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = {
                printable(name): [
                    serializers.ErrorDetail(say("没有这个字段", "There is no such field"), "unknown_field")
                ]
                for name in data
                if name not in self.fields
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class NameField(serializers.CharField):
    """A name, or another text of one line."""

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if not is_one_line(text):
            raise serializers.ValidationError(say(*NOT_ONE_LINE), code="bad_value")
        return text


def page_of(row: type[serializers.Serializer]) -> serializers.Serializer:
    """For OpenAPI: what siyu.pagination answers where rows look so."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row(many=True),
    }
    return inline_serializer(f"{row.__name__}Page", fields)


def checked(body: serializers.BaseSerializer) -> Any:
    """What the body says; raises for what it must not say."""
    body.is_valid(raise_exception=True)
    return body.validated_data
