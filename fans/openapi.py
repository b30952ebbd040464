"""What the OpenAPI document says of this room: the events a body may hold, as the vocabulary has them, and answers."""

from typing import Any

from rest_framework import serializers

from fans.models import EventKind
from fans.vocabulary import FIELDS


def event_schema() -> dict[str, Any]:
    """An event: its type and, by type, its fields."""
    return {"oneOf": [_one(kind.label) for kind in EventKind] + [_retract()]}


def _one(name: str) -> dict[str, Any]:
    fields = FIELDS[name]
    return {
        "title": name,
        "type": "object",
        "required": ["type", *(field.name for field in fields if field.required)],
        "properties": {"type": {"const": name}, **{field.name: {} for field in fields}},
    }


def _retract() -> dict[str, Any]:
    kinds = [kind.label for kind in EventKind]
    return {
        "title": "retract",
        "type": "object",
        "required": ["type", "of"],
        "properties": {"type": {"const": "retract"}, "of": {"enum": kinds}},
    }


BODY = {
    "application/x-ndjson": {
        "type": "string",
        "description": "One event a line, at most 64 KiB; up to 1,000,000 lines.",
    },
    "application/json": {"type": "array", "maxItems": 10_000, "items": event_schema()},
}


class AccountSerializer(serializers.Serializer):
    """The account of a body; the counters are lines, each counted once."""

    received = serializers.IntegerField()
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    replaced = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    held = serializers.IntegerField()
    rejected = serializers.IntegerField()
    errors = serializers.ListField(  # type: ignore[assignment]  # the answer's member, not what the base class calls so
        child=serializers.DictField(), help_text="The first 1,000: {line, id, code, message}."
    )
    batch = serializers.IntegerField(allow_null=True)


class BatchSerializer(AccountSerializer):
    state = serializers.ChoiceField(choices=["running", "done", "broken"])
    key = serializers.CharField(allow_null=True)
    made_by = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    undoes = serializers.IntegerField(allow_null=True)


class KeptSerializer(serializers.Serializer):
    type = serializers.CharField()
    id = serializers.CharField()
    code = serializers.ChoiceField(choices=["changed_since", "below_refunded", "refund_exceeds_paid"])


class UndoneSerializer(serializers.Serializer):
    batch = serializers.IntegerField()
    restored = serializers.IntegerField()
    kept_count = serializers.IntegerField()
    kept = KeptSerializer(many=True)


class HeldSerializer(serializers.Serializer):
    type = serializers.CharField()
    id = serializers.CharField()
    at = serializers.DateTimeField()
    fan = serializers.CharField(required=False, allow_null=True)
    order = serializers.CharField(required=False)
    reason = serializers.ChoiceField(choices=["unknown_fan", "unknown_order", "refund_exceeds_paid"])


class FanSerializer(serializers.Serializer):
    fan = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    present = serializers.BooleanField()
    account = serializers.CharField(allow_null=True)
    guide = serializers.CharField(allow_null=True)
    channel = serializers.CharField(allow_null=True)
    first_added_at = serializers.DateTimeField(allow_null=True)


class CourseSerializer(FanSerializer):
    phones = serializers.ListField(child=serializers.CharField(), help_text="Masked.")
    ties = serializers.ListField(child=serializers.DictField())
    presence = serializers.ListField(child=serializers.DictField())
    holdings = serializers.ListField(child=serializers.DictField())
    decisions = serializers.ListField(child=serializers.DictField())


class PhonesSerializer(serializers.Serializer):
    fan = serializers.CharField()
    phones = serializers.ListField(child=serializers.CharField(), help_text="In clear.")


class LoadSerializer(serializers.Serializer):
    account = serializers.CharField()
    guide = serializers.CharField(allow_null=True)
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    capacity = serializers.IntegerField()


class ExcludedSerializer(serializers.Serializer):
    account = serializers.CharField()
    guide = serializers.CharField(allow_null=True)
    why = serializers.ChoiceField(choices=["no_keeper", "same_keeper", "retired", "not_placed", "leaving"])
    message = serializers.CharField()


class PlanAnswerSerializer(serializers.Serializer):
    plan = serializers.IntegerField()
    scope = serializers.CharField()
    made_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    batch = serializers.IntegerField(allow_null=True)
    moves = serializers.IntegerField()
    per_account = LoadSerializer(many=True)
    unassignable = serializers.IntegerField()
    carried_out = serializers.DictField(child=serializers.IntegerField())
    excluded = ExcludedSerializer(many=True, help_text="Accounts that hold or could hold fans and may take none.")


class AppliedSerializer(PlanAnswerSerializer):
    applied = serializers.IntegerField()
    skipped = serializers.ListField(child=serializers.DictField())


class GivenBackSerializer(PlanAnswerSerializer):
    given_back = serializers.IntegerField()
    kept = serializers.ListField(child=serializers.DictField())
