import pytest

from common.environment import boolean_switch
from common.errors import ConfigurationError


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "yes", "on", " true "])
def test_words_that_switch_on(word: str) -> None:
    assert boolean_switch("SWITCH", {"SWITCH": word}) is True


@pytest.mark.parametrize("word", ["false", "False", "0", "no", "off"])
def test_words_that_switch_off(word: str) -> None:
    assert boolean_switch("SWITCH", {"SWITCH": word}) is False


@pytest.mark.parametrize("environment", [{}, {"SWITCH": ""}, {"SWITCH": "  "}, {"OTHER": "true"}])
def test_unset_and_blank_say_nothing(environment: dict[str, str]) -> None:
    assert boolean_switch("SWITCH", environment) is None


@pytest.mark.parametrize("word", ["flase", "2", "none", "enabled"])
def test_any_other_word_is_an_error_that_names_it(word: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SWITCH is '{word}'; expected one of true"):
        boolean_switch("SWITCH", {"SWITCH": word})


def test_the_process_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when imported: a test or a reload may change it."""
    monkeypatch.setenv("SWITCH", "on")
    assert boolean_switch("SWITCH") is True
    monkeypatch.setenv("SWITCH", "off")
    assert boolean_switch("SWITCH") is False
