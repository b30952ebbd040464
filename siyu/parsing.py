"""Bodies of requests as JSON."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from siyu.problems import say


class BodyParser(JSONParser):
    """DRF's, but a body nested deeper than Python can follow is the sender's mistake (400), not ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return super().parse(stream, media_type=media_type, parser_context=parser_context)
        except RecursionError as error:
            raise ParseError(say("JSON 嵌套过深", "The JSON is nested too deeply")) from error
