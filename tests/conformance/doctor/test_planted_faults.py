"""Every planted fault is found, where it stands, and nothing else; in a good file nothing is."""

from pathlib import Path

import pytest
from litellm.constants import DEFAULT_CHAT_COMPLETION_PARAM_VALUES
from litellm.types.utils import all_litellm_params

from conformance.doctor.checks import findings
from conformance.doctor.checks.spelling import nearest_setting
from conformance.doctor.config_file import read_config
from conformance.doctor.finding import Finding
from conformance.doctor.secrets import Secrets
from conformance.doctor.subject import Subject
from tests.conformance.doctor.faults import (
    ENVIRONMENT,
    FAULTS,
    QUESTIONS,
    Fault,
    copied,
    copied_and_changed,
)
from tests.conformance.doctor.trial_case import SHOWN_BY_A_TRIAL


def examined(fault: Fault, directory: Path) -> tuple[Subject, tuple[Finding, ...]]:
    """The good file with the fault in it, and what the doctor finds without running it."""
    config = directory / "config.yaml"
    config.write_text(fault.text, "utf-8")
    fault.around(directory)
    read = read_config(config)
    subject = Subject(read, fault.surroundings(directory).configured_by(read))
    return subject, findings(subject)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_and_nothing_else(fault: Fault, tmp_path: Path) -> None:
    _, found = examined(fault, tmp_path)
    assert [finding.id for finding in found] == [fault.finds], found
    [finding] = found
    assert finding.is_fault
    assert fault.says in finding.message
    line = Path(finding.file).read_text("utf-8").splitlines()[finding.line - 1]
    assert fault.at in line


def test_a_good_file_has_none(tmp_path: Path) -> None:
    """Not even a note."""
    good = Fault(name="none", question="", finds="", at="")
    _, found = examined(good, tmp_path)
    assert found == ()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(
            Fault(name="", question="", finds="handler-copies", at="custom_handler", around=copied),
            "the two copies are the same today: keep one",
            id="two equal copies",
        ),
        pytest.param(
            Fault(
                name="",
                question="",
                finds="handler-copies",
                at="custom_handler",
                around=copied_and_changed,
                environment={"PYTHONPATH": "."},
            ),
            "is not the same and not used",
            id="a copy that is not used",
        ),
        pytest.param(
            Fault(
                name="",
                question="",
                finds="effort-not-let-in",
                at="- model_name: fast",
                old="      allowed_openai_params: [thinking, reasoning_effort]\n",
                new="",
            ),
            "This is so of fast",
            id="effort is not let in",
        ),
        pytest.param(
            Fault(
                name="",
                question="",
                finds="master-key",
                at="general_settings",
                old="master_key: os.environ/PROXY_KEY",
                new="dangerously_permit_weak_or_unset_master_key: true",
            ),
            "for this machine alone",
            id="no master key, and told so",
        ),
    ],
)
def test_what_is_only_good_to_know_is_no_fault(fault: Fault, says: str, tmp_path: Path) -> None:
    _, found = examined(fault, tmp_path)
    assert [(finding.id, finding.is_fault) for finding in found] == [(fault.finds, False)]
    assert says in found[0].message


def test_every_question_has_its_faults() -> None:
    """And there are more than 25, each by a name of its own."""
    every = (*FAULTS, *SHOWN_BY_A_TRIAL)
    assert {fault.question for fault in every} == set(QUESTIONS)
    assert len({fault.name for fault in every}) == len(every) >= 25


def test_no_message_holds_a_key(tmp_path: Path) -> None:
    """Of all faults together: neither a variable's value nor a key that stands in the file."""
    shown = ""
    for number, fault in enumerate(FAULTS):
        directory = tmp_path / str(number)
        directory.mkdir()
        _, found = examined(fault, directory)
        shown += "".join(finding.message for finding in found)
    values = [*ENVIRONMENT.values(), "key-1", "sk-1234", "sk-ant-", "me:pw"]
    assert [value for value in values if value in shown] == []


def test_the_last_guard_masks_what_a_message_would_hold(tmp_path: Path) -> None:
    """A key of the environment or of the file, wherever a text has it from."""
    by_file = Fault(
        name="", question="", finds="", at="", old="os.environ/FAST_API_KEY", new="key-in-the-file"
    )
    subject, _ = examined(by_file, tmp_path)
    text = f"a handler that says {ENVIRONMENT['PLAIN_API_KEY']} and key-in-the-file"
    assert Secrets.of(subject).masked(text) == "a handler that says (not shown) and (not shown)"


def test_no_name_of_litellms_is_taken_for_a_misspelt_one() -> None:
    """The doctor's list of names is short, and LiteLLM's is not imported by it."""
    names = {*all_litellm_params, *DEFAULT_CHAT_COMPLETION_PARAM_VALUES}
    assert {name: nearest for name in names if (nearest := nearest_setting(name))} == {}
