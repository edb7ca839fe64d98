"""Every environment variable, once. An empty variable means an absent one; secrets never print themselves."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LEASE_SECONDS = 10.0
LOOP_SILENCE_SECONDS = 60.0
"""So long leases are renewed for an event loop that does not answer; then its process ends."""
WELCOME_CREDITS = 100
_INTEGER = 2**31 - 1  # the most that a column of credits holds


def _flag(value: object) -> object:
    """The client's rule for its feature flags: on unless exactly `false`."""
    return str(value).strip().lower() not in {"false", "0", "off", "no"} if isinstance(value, str) else value


Flag = Annotated[bool, BeforeValidator(_flag)]

_DOMAIN = re.compile(r"(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def _listed(value: object) -> object:
    """A text of names with commas or spaces between them, as these names."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _seconds_by_name(value: object) -> object:
    """A text of `name=seconds` with commas or spaces between them, as these seconds."""
    if not isinstance(value, str):
        return value
    parts = [one.partition("=") for one in value.replace(",", " ").split()]
    if bare := next((name for name, _, seconds in parts if not seconds), ""):
        raise ValueError(f"{bare!r} has no seconds: write {bare}=3600")
    return {name: seconds for name, _, seconds in parts}


def _network(value: object) -> object:
    try:
        return ip_network(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"{error}: name proxies by address (10.0.0.7) or network (10.0.0.0/8)") from None


def _domain(value: object) -> object:
    if isinstance(value, str) and not _DOMAIN.fullmatch(value.lower()):
        raise ValueError(
            f"{value!r} is no domain: write it as a browser shows it, studio.example.org or localhost:3000"
        )
    return value.lower() if isinstance(value, str) else value


def _url(value: str, *, query: bool = True) -> str:
    """An address, without blanks around it."""
    try:
        parts = urlsplit(value.strip())
        is_plain = not re.search(r"[\s\x00-\x1f\x7f\\]", value.strip()) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, is_plain = urlsplit(""), False
    usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if not (is_plain and usable) or parts.fragment or (parts.query and not query):
        shown = re.sub(r"//[^/]*@", "//***@", value.partition("?")[0])[:100]
        raise ValueError(f"{shown!r} is no address: write https://HOST/PATH, without user name, query and fragment")
    return value.strip()


def _address(value: str) -> str:
    """An address that paths are put behind, as it is used: without a slash at its end."""
    return _url(value, query=False).rstrip("/")


Address = Annotated[str, AfterValidator(_address)]

Media = Annotated[str, Field(pattern="^(text|image|video|audio|3d)$")]
Seconds = Annotated[float, Field(ge=1, le=86_400)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Domain = Annotated[str, BeforeValidator(_domain)]


def _either(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(BaseSettings):
    """Settings read from environment variables. Addresses are given to processes by `wzrd up`, or by an operator."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, env_file=None, hide_input_in_errors=True, defer_build=True
    )

    home: Path = Field(Path(".wzrd"), alias="WZRD_HOME")
    database_url: SecretStr | None = Field(None, alias="WZRD_DATABASE_URL")
    prefect_api_url: Address | None = Field(None, alias="PREFECT_API_URL")
    prefect_auth_string: SecretStr | None = Field(None, alias="PREFECT_API_AUTH_STRING")
    host: str = Field("127.0.0.1", alias="WZRD_HOST")
    port: int = Field(8787, alias="WZRD_PORT")
    public_url: Address | None = Field(None, alias="WZRD_PUBLIC_URL")  # where the world reaches the API
    api_url: Address | None = Field(None, alias="WZRD_API_URL")  # where this machine does; `wzrd up` tells its parts
    media_dir: Path | None = Field(None, alias="WZRD_MEDIA_DIR")  # where files are stored; without it below the home
    storage: Literal["local", "supabase", "s3"] = Field("local", alias="WZRD_STORAGE")  # where files are kept
    file_copies: int = Field(4 << 30, alias="WZRD_FILE_COPIES", ge=0)  # bytes of copies of what is kept elsewhere
    s3_bucket: str | None = Field(None, alias="WZRD_S3_BUCKET")
    s3_endpoint: Address | None = Field(None, alias="WZRD_S3_ENDPOINT")  # without it AWS
    s3_region: str = Field("us-east-1", alias="AWS_REGION")
    s3_key_id: str | None = Field(None, alias="AWS_ACCESS_KEY_ID")  # without keys: those of the machine's role
    s3_key: SecretStr | None = Field(None, alias="AWS_SECRET_ACCESS_KEY")
    supabase_url: Address | None = Field(None, alias="SUPABASE_URL")
    supabase_service_key: SecretStr | None = Field(None, alias="SUPABASE_SERVICE_ROLE_KEY")
    work_pool: str = Field("wzrd", alias="WZRD_WORK_POOL")
    worker_concurrency: int = Field(32, alias="WZRD_WORKER_CONCURRENCY", ge=1)
    pool_size: int = Field(8, alias="WZRD_POOL_SIZE", ge=1)
    prepared_statements: Flag = Field(True, alias="WZRD_PREPARED_STATEMENTS")  # some poolers know none
    lease_seconds: float = Field(LEASE_SECONDS, alias="WZRD_LEASE_SECONDS", ge=1)
    loop_silence: float = Field(LOOP_SILENCE_SECONDS, alias="WZRD_LOOP_SILENCE", gt=0)  # seconds; see heartbeat.py
    offline: Literal["auto", "always", "never"] = Field("auto", alias="WZRD_OFFLINE")
    free_routes: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field((), alias="WZRD_FREE_ROUTES")
    anon_sounds_user: UUID | None = Field(None, alias="WZRD_ANON_SOUNDS_USER")  # who pays for the anon key's sounds
    anon_sounds_credits: int = Field(100, alias="WZRD_ANON_SOUNDS_CREDITS", ge=1, le=_INTEGER)  # of a day (UTC)
    spend_alert: int = Field(1_000, alias="WZRD_SPEND_ALERT", ge=0)  # credits of a day, of all users; 0: none
    max_attempts: int = Field(10, alias="WZRD_MAX_ATTEMPTS", ge=1)
    runs_at_prefect_per_user: int = Field(16, alias="WZRD_RUNS_AT_PREFECT_PER_USER", ge=1)
    open_runs_per_user: int = Field(200, alias="WZRD_OPEN_RUNS_PER_USER", ge=1)
    nodes_at_once: int = Field(16, alias="WZRD_NODES_AT_ONCE", ge=1)  # of one compute run
    node_text: int = Field(256 << 10, alias="WZRD_NODE_TEXT", ge=1024)  # bytes of text that a node hands on
    run_text: int = Field(4 << 20, alias="WZRD_RUN_TEXT", ge=1024)  # that all nodes of a run hand on
    faults: str = Field("", alias="WZRD_FAULTS")
    seed: int = Field(0, alias="WZRD_SEED")

    url: Address | None = Field(None, alias="WZRD_URL")  # the API that the command line speaks to, instead of one here
    token: SecretStr | None = Field(None, alias="WZRD_TOKEN")  # whom the command line acts for, instead of a user named
    jwt_secret: SecretStr | None = Field(None, alias="SUPABASE_JWT_SECRET")
    jwks_url: Annotated[str, AfterValidator(_url)] | None = Field(None, alias="SUPABASE_JWKS_URL")
    jwt_issuer: str | None = Field(None, alias="SUPABASE_JWT_ISSUER")
    storage_secret: SecretStr | None = Field(None, alias="WZRD_STORAGE_SECRET")  # signs file addresses; else jwt_secret
    jwt_leeway: int = Field(10, alias="WZRD_JWT_LEEWAY", ge=0, le=30)

    welcome_credits: int = Field(WELCOME_CREDITS, alias="WZRD_WELCOME_CREDITS", ge=0, le=_INTEGER)
    credits_per_usd: float | None = Field(None, alias="WZRD_CREDITS_PER_USD", gt=0, le=1_000_000)  # by which rows warn
    wallet_sign_ups: int = Field(5, alias="WZRD_WALLET_SIGN_UPS", ge=1, le=1000)  # an address and minute
    wallet_require_nonce: Flag = Field(default=False, alias="WZRD_WALLET_REQUIRE_NONCE")
    wallet_domains: Annotated[tuple[Domain, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), alias="WZRD_WALLET_DOMAINS"
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), alias="WZRD_TRUSTED_PROXIES"
    )

    shot_stream: Flag = Field(
        default=True, validation_alias=_either("WZRD_ENABLE_SHOT_STREAM", "VITE_ENABLE_SHOT_STREAM")
    )
    stream_telemetry: Flag = Field(
        default=True, validation_alias=_either("WZRD_ENABLE_STREAM_TELEMETRY", "VITE_ENABLE_STREAM_TELEMETRY")
    )
    streams_per_user: int = Field(64, alias="WZRD_STREAMS_PER_USER", ge=1)
    streams_total: int = Field(4096, alias="WZRD_STREAMS_TOTAL", ge=1)
    stream_max_age: float = Field(3600.0, alias="WZRD_STREAM_MAX_AGE", gt=0)
    stream_ping: float = Field(15.0, alias="WZRD_STREAM_PING", gt=0)
    stream_send_timeout: float = Field(30.0, alias="WZRD_STREAM_SEND_TIMEOUT", gt=0)
    max_body: int = Field(1_048_576, alias="WZRD_MAX_BODY", ge=1024)  # of a route that states no size of its own
    body_seconds: float = Field(30.0, alias="WZRD_BODY_SECONDS", gt=0)
    max_upload: int = Field(512 << 20, alias="WZRD_MAX_UPLOAD", ge=1024)  # of one uploaded file
    user_storage: int = Field(0, alias="WZRD_USER_STORAGE", ge=0)  # bytes that a user may store; 0: no quota
    upload_seconds: float = Field(3600.0, alias="WZRD_UPLOAD_SECONDS", gt=0)  # for the whole of it
    max_headers: int = Field(65_536, alias="WZRD_MAX_HEADERS", ge=1024)
    header_seconds: float = Field(10.0, alias="WZRD_HEADER_SECONDS", gt=0)
    keep_alive: int = Field(75, alias="WZRD_KEEP_ALIVE", ge=1)  # seconds; longer than a proxy in front keeps its own
    linger_seconds: float = Field(2.0, alias="WZRD_LINGER_SECONDS", gt=0)
    connections: int = Field(8192, alias="WZRD_CONNECTIONS", ge=1)

    metrics: Literal["local", "token", "open", "off"] = Field("local", alias="WZRD_METRICS")
    metrics_token: SecretStr | None = Field(None, alias="WZRD_METRICS_TOKEN")
    probe_port: int | None = Field(None, alias="WZRD_PROBE_PORT", ge=1, le=65_535)  # of a worker; without it none
    probe_host: str = Field("127.0.0.1", alias="WZRD_PROBE_HOST")
    logs: Literal["text", "json"] = Field("text", alias="WZRD_LOGS")
    docs: Literal["local", "open", "off"] = Field("local", alias="WZRD_DOCS")  # /docs and /redoc
    openapi: Literal["local", "open", "off"] = Field("local", alias="WZRD_OPENAPI")  # /openapi.json

    # Keys and addresses of the providers: whose each is stands in wzrd/providers/credentials.py.
    groq_api_key: SecretStr | None = Field(None, alias="GROQ_API_KEY")
    groq_base_url: Address = Field("https://api.groq.com/openai/v1", alias="GROQ_BASE_URL")
    fal_key: SecretStr | None = Field(None, alias="FAL_KEY")
    fal_queue_url: Address = Field("https://queue.fal.run", alias="FAL_QUEUE_URL")
    fal_rest_url: Address = Field("https://rest.fal.ai", alias="FAL_REST_URL")
    fal_api_url: Address = Field("https://api.fal.ai/v1", alias="FAL_API_URL")
    gmi_cloud_api_key: SecretStr | None = Field(None, alias="GMI_CLOUD_API_KEY")
    gmi_chat_url: Address = Field("https://api.gmi-serving.com/v1", alias="GMI_CHAT_URL")
    gmi_queue_url: Address = Field("https://console.gmicloud.ai/api/v1/ie/requestqueue/apikey", alias="GMI_QUEUE_URL")
    elevenlabs_api_key: SecretStr | None = Field(None, alias="ELEVENLABS_API_KEY")
    elevenlabs_base_url: Address = Field("https://api.elevenlabs.io", alias="ELEVENLABS_BASE_URL")
    lovable_api_key: SecretStr | None = Field(None, alias="LOVABLE_API_KEY")
    gateway_base_url: Address = Field("https://ai.gateway.lovable.dev/v1", alias="GATEWAY_BASE_URL")
    gemini_api_key: SecretStr | None = Field(None, alias="GEMINI_API_KEY")
    gemini_base_url: Address = Field("https://generativelanguage.googleapis.com/v1beta/openai", alias="GEMINI_BASE_URL")
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    openai_base_url: Address = Field("https://api.openai.com/v1", alias="OPENAI_BASE_URL")
    chat_base_url: Address | None = Field(None, alias="WZRD_CHAT_BASE_URL")  # any server that speaks OpenAI's chat
    chat_api_key: SecretStr | None = Field(None, alias="WZRD_CHAT_API_KEY")
    writer_model: str = Field("llama-3.3-70b-versatile", alias="WZRD_WRITER_MODEL")
    reader: Literal["rules", "model", "auto"] = Field("rules", alias="WZRD_READER")  # who reads a film's scenes
    deadlines: Annotated[Mapping[Media, Seconds], NoDecode, BeforeValidator(_seconds_by_name)] = Field(
        {}, alias="WZRD_DEADLINES"
    )  # of a generation in all, a vendor's queue included: video=3600 image=900
    writer_timeout: float = Field(60.0, alias="WZRD_WRITER_TIMEOUT", gt=0)

    @property
    def address(self) -> str:
        """Where clients reach this server, without a trailing slash."""
        return self.addresses[0]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of this server that is known here: the public one first, then its own."""
        own = self.api_url or f"http://{self.host}:{self.port}"
        return tuple(dict.fromkeys(filter(None, (self.public_url, own))))

    def owns(self, url: str) -> bool:
        """True if a URL leads to this server, by its address alone."""
        return url.startswith(tuple(f"{address}/" for address in self.addresses))

    @property
    def sign_in_domains(self) -> tuple[str, ...]:
        """The domains that a wallet's message may be signed for: those configured, else this server's own."""
        return self.wallet_domains or (urlsplit(self.address).netloc.rpartition("@")[2].lower(),)

    @property
    def media_folder(self) -> Path:
        """Where stored files lie."""
        return self.media_dir or self.home / "media"

    @property
    def work_folder(self) -> Path:
        """Where media are made before they are stored."""
        return self.home / "work"

    def require_database_url(self) -> str:
        """The database's address, or an error that tells how to get one."""
        if self.database_url is None:
            raise RuntimeError("WZRD_DATABASE_URL is not set: start with `wzrd up`, or point it at a PostgreSQL")
        return self.database_url.get_secret_value()
