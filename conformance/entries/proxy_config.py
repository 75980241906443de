"""The proxy's configuration: a model for each way that a case configures one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import yaml

from conformance.entries.configuration import PROVIDER
from conformance.environment import KEY_OF_THE_CLIENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


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
