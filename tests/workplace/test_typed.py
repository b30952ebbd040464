"""A refusal, as the form it answers says it: in one sentence, each fault once, what was typed beside it."""

import pytest
from django.utils import translation

from projects.services import fault
from siyu.problems import DomainError, say
from workplace.blocks import typed_of


def refusal() -> DomainError:
    faults = [
        fault("/cause", "missing_field", say("请写明原因", "Say why")),
        fault("/measure", "missing_field", say("请写明措施", "Say what will be done")),
    ]
    detail = say("还不能发送：", "Not to be sent yet: ") + faults[0]["message"]
    return DomainError(detail, status=409, errors=faults)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", "还不能发送：请写明原因；请写明措施"),
        ("en", "Not to be sent yet: Say why; Say what will be done"),
    ],
)
def test_a_fault_that_the_sentence_names_already_is_not_said_again(language, said):
    with translation.override(language):
        typed, status = typed_of({"/note": "早"}, refusal())
    assert (typed.detail, status) == (said, 409)
    assert typed.values == {"/note": "早"}


def test_a_fault_of_a_field_stands_beside_it_and_not_in_the_sentence():
    typed, _ = typed_of({"/measure": ""}, refusal())
    assert typed.detail == "还不能发送：请写明原因"
    assert typed.errors["/measure"] == "请写明措施"
