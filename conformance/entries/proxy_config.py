"""The proxy's configuration: a model for each way that a case configures one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml

from conformance.environment import KEY_OF_THE_CLIENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from conformance.entries.access import Upstreams
    from conformance.matrix import Case
    from conformance.scenarios import Scenario

PROVIDER = "claude_code_router"
_TOP = "optional_params"
_NESTED = "optional_params.litellm_params"
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


def configuration(case: Case, scenario: Scenario, upstreams: Upstreams) -> dict[str, Any]:
    """Return the ``litellm_params`` of the model that ``case`` asks for."""
    access = upstreams.access(case.source)
    configured: dict[str, Any] = {
        "model": f"{PROVIDER}/{case.model}{scenario.model_suffix}",
        **case.settings(_TOP),
        **access.call,
    }
    if _NESTED in case.delivery.placements:
        configured["litellm_params"] = case.settings(_NESTED)
    if case.options.extra_headers:
        configured["extra_headers"] = dict(case.options.extra_headers)
    return configured


def write_config(path: Path, models: Mapping[str, Mapping[str, Any]], custom_handler: str) -> None:
    """Write a configuration file that serves ``models`` (by name) through ``custom_handler``."""
    path.write_text(
        yaml.safe_dump(
            {
                "model_list": [
                    {"model_name": name, "litellm_params": dict(params)}
                    for name, params in models.items()
                ],
                "litellm_settings": {
                    "custom_provider_map": [
                        {"provider": PROVIDER, "custom_handler": custom_handler}
                    ],
                    # Claude Code's parameters are more than a custom provider is known to take.
                    "drop_params": True,
                    "num_retries": 0,
                },
                "router_settings": {"num_retries": 0, "disable_cooldowns": True},
                "general_settings": {"master_key": KEY_OF_THE_CLIENT},
            }
        ),
        "utf-8",
    )


def proxy_environment(home: Path, python_path: Iterable[str]) -> dict[str, str]:
    """Return the whole environment of the proxy: this run's own, and what any process needs."""
    prepared = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(("OPENAI_", "LITELLM_LOCAL_"))
    }
    return {**prepared, "HOME": str(home), "PYTHONPATH": os.pathsep.join(python_path)}
