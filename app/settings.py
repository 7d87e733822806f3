"""What the process is told from outside: the environment, read once, typed and checked."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")

#: Runs belong to an application version; a pinned one lets every later build pick up the runs of this one.
WORKFLOW_VERSION = "wakesleep-1"


class Settings(BaseSettings):
    """Environment variables start with WAKESLEEP_, but for DATABASE_URL, which has its customary name."""

    model_config = SettingsConfigDict(
        env_prefix="WAKESLEEP_", populate_by_name=True, protected_namespaces=(), extra="ignore"
    )

    data_dir: Path = Field(Path("var"), description="State and checkpoints live here.")
    database_url: str = Field(
        "", validation_alias="DATABASE_URL", description="SQLAlchemy URL of the database."
    )
    model_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible server; none: no model guide."
    )
    model_name: str | None = Field(None, description="The model's name at that server.")
    model_path: Path | None = Field(
        None,
        description="Folder with the model's weights: tuned on dreams, and asked where there is no server.",
    )
    tuning_seconds: float = Field(
        600.0, ge=0, description="CPU seconds of tuning the model in each dream sleep; 0: it isn't tuned."
    )
    tuning_kind: Literal["lora", "full"] = Field(
        "lora", description="An adapter, or every weight; a server takes adapters only."
    )
    model_key: SecretStr | None = Field(None, description="Its API key, where it wants one.")
    workers: int = Field(os.cpu_count() or 1, ge=1, le=256, description="Searches that run side by side.")
    executor: Literal["local", "ray"] = Field(
        "local", description="Where wakes search: in this process, or on the Ray cluster at RAY_ADDRESS."
    )
    max_body_bytes: int = Field(8 << 20, ge=1024, description="The largest request body that is read.")
    silent_seconds: float = Field(
        15.0,
        ge=1,
        le=3600,
        description="A worker without a sign of life for so long is dead: the others take over from it.",
    )
    max_file_bytes: int = Field(200 << 20, ge=1024, description="The largest file that can be uploaded.")
    rate_limit: float = Field(
        200.0, ge=0, description="Requests a second that a key may make in the long run; 0: no limit."
    )
    rate_burst: int = Field(1000, ge=1, description="Requests that it may make at once.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins, with commas between, whose pages may call the API; none: only our own."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        """`https://a.example,https://b.example` as a tuple; `*` is refused."""
        origins = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        for origin in origins:
            if origin and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin such as https://example.org")
        return tuple(origin for origin in origins if origin)

    @property
    def database(self) -> str:
        """The database's URL: DATABASE_URL, else an SQLite file in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'wakesleep.db'}"

    @property
    def single_process(self) -> bool:
        """Whether one process has it all to itself: SQLite can't be shared."""
        return make_url(self.database).get_backend_name() == "sqlite"

    @property
    def adapters_dir(self) -> Path:
        """Where tuned versions of the model are kept; a server that is to load them has to see it too."""
        return self.data_dir.resolve() / "adapters"

    @property
    def workflow_database(self) -> str:
        """Where DBOS keeps its steps: an SQLite file of its own, or beside our tables on PostgreSQL."""
        if self.single_process:
            return f"sqlite:///{self.data_dir.resolve() / 'workflows.db'}"
        return self.database

    @property
    def key(self) -> str:
        """The model's API key; servers that want none get this word."""
        return "none" if self.model_key is None else self.model_key.get_secret_value()

    def prepare(self) -> Settings:
        """Make the data directory; returns itself. Raises OSError where that is not allowed."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return self


@cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()  # pyright: ignore[reportCallIssue]  (its plugin knows no environment)
