"""Variables that children inherit, and those that they must not."""

import os
from pathlib import Path

import pytest
from prefect.settings import Settings

from server.stack.environment import LOOPS, ORIGINS, common_environment, prefect_auth, prefect_server_environment
from server.stack.errors import StackError

HOME = Path("/home/of/wzrd")
STRAY = {
    "PREFECT_API_URL": "http://elsewhere/api",
    "PREFECT_API_KEY": "pnu_secret",
    "PREFECT_HOME": "/home/me/.prefect",
    "PREFECT_PROFILE": "cloud",
    "PREFECT_PROFILES_PATH": "/home/me/profiles.toml",
    "PREFECT_API_DATABASE_CONNECTION_URL": "sqlite:///mine.db",
    "PREFECT_SERVER_DATABASE_HOST": "elsewhere",
    "PREFECT_UI_SERVE_BASE": "/prefect",
}


def test_the_embedded_prefect_is_not_sent_elsewhere() -> None:
    """No profile, key, address or database of the user's own Prefect reaches the one that we start."""
    made = common_environment({**STRAY, "PREFECT_LOGGING_LEVEL": "DEBUG"}, HOME, prefect_given=False)
    assert not {name for name in STRAY if made.get(name) == STRAY[name]}
    assert made["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    assert made["PREFECT_HOME"] == str(HOME / "prefect")


def test_a_given_prefect_keeps_its_key_but_not_its_home() -> None:
    """With a Prefect of the user's own, its key goes along; ~/.prefect stays untouched all the same."""
    made = common_environment(STRAY, HOME, prefect_given=True)
    assert made["PREFECT_API_KEY"] == STRAY["PREFECT_API_KEY"]
    assert made["PREFECT_HOME"] == str(HOME / "prefect")


@pytest.mark.parametrize(("set_by_user", "given"), [({}, "2"), ({"MALLOC_ARENA_MAX": "8"}, "8")])
def test_freed_memory_is_kept_in_few_parts(set_by_user: dict[str, str], given: str) -> None:
    """Unless the operator knows better."""
    assert common_environment(set_by_user, HOME, prefect_given=False)["MALLOC_ARENA_MAX"] == given


def test_no_proxy_between_the_parts() -> None:
    """A proxy stays in force for the world, and what was exempt stays exempt."""
    made = common_environment({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "intra.net"}, HOME, prefect_given=False)
    assert made["HTTPS_PROXY"] == "http://p:1"
    assert made["NO_PROXY"].split(",") == ["intra.net", "127.0.0.1", "localhost"]


def test_modules_are_found_without_a_working_folder() -> None:
    """The packages come first on the path; what was there stays."""
    made = common_environment({"PYTHONPATH": "/theirs"}, HOME, prefect_given=False)
    first, *rest = made["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "server" / "stack").is_dir()
    assert rest == ["/theirs"]


def test_one_auth_string_for_server_and_clients() -> None:
    """Either of Prefect's two variables protects the server and opens it for our own clients."""
    assert prefect_auth({"PREFECT_SERVER_API_AUTH_STRING": "a:b"}) == "a:b"
    assert prefect_auth({"PREFECT_API_AUTH_STRING": "c:d", "PREFECT_SERVER_API_AUTH_STRING": "a:b"}) == "c:d"
    assert prefect_auth({"PREFECT_API_AUTH_STRING": ""}) == ""


def test_prefects_server_tells_nobody() -> None:
    """No telemetry, and its unpacked UI lies in the home."""
    made = prefect_server_environment({}, HOME, "postgresql+asyncpg://x", "http://127.0.0.1:1/api", auth="a:b")
    assert made["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert made["PREFECT_SERVER_UI_STATIC_DIRECTORY"].startswith(str(HOME))


def test_an_idle_server_looks_less_often_unless_the_operator_knows_better() -> None:
    """Each is a loop that Prefect knows, slower than by itself; a value of one's own stays."""
    made = prefect_server_environment({}, HOME, "postgresql+asyncpg://x", "http://127.0.0.1:1/api", auth="a:b")
    by_itself = Settings().server
    services = by_itself.services
    seconds = {
        "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": services.late_runs.loop_seconds,
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": services.late_runs.after_seconds.total_seconds(),
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": services.pause_expirations.loop_seconds,
        "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS": services.cancellation_cleanup.loop_seconds,
        "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": (
            services.scheduler.recent_deployments_loop_seconds
        ),
        "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": services.foreman.loop_seconds,
        "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": by_itself.events.proactive_granularity.total_seconds(),
    }
    assert set(seconds) == set(LOOPS)
    for name, default in seconds.items():
        assert float(made[name].strip("PTS")) > default
        assert prefect_server_environment({name: "7"}, HOME, "x", "http://127.0.0.1:1/api", auth="a:b")[name] == "7"


def test_prefects_events_are_written_at_once() -> None:
    """Sooner than by itself, or who follows a run misses what has just happened; a value of one's own stays."""
    name = "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL"
    made = prefect_server_environment({}, HOME, "x", "http://127.0.0.1:1/api", auth="a:b")
    assert float(made[name]) * 10 <= Settings().server.services.event_persister.flush_interval
    assert prefect_server_environment({name: "7"}, HOME, "x", "http://127.0.0.1:1/api", auth="a:b")[name] == "7"


@pytest.mark.parametrize(
    "auth", ["hunter2", ":hunter2", "hunter2:", "a:hunter 2", " a:hunter2", "a:hünter2", "a:hunter2\n"]
)
@pytest.mark.parametrize("variable", ["PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"])
def test_an_auth_string_that_clients_read_differently_is_refused(variable: str, auth: str) -> None:
    """Not `name:password` in plain ASCII: the variable is named, its value is not shown."""
    with pytest.raises(StackError, match=variable) as caught:
        prefect_auth({variable: auth})
    assert "nter" not in caught.value.message + caught.value.remedy


def test_prefects_server_asks_for_a_login_and_knows_its_own_pages() -> None:
    """The auth string is always there; origins are the server's own unless the operator names others."""
    url = "http://127.0.0.1:4200/api"
    made = prefect_server_environment({ORIGINS: ""}, HOME, "postgresql+asyncpg://x", url, auth="a:b")
    assert made["PREFECT_SERVER_API_AUTH_STRING"] == "a:b"
    assert made[ORIGINS] == "http://127.0.0.1:4200,http://localhost:4200"
    values = prefect_server_environment({ORIGINS: "https://x"}, HOME, "postgresql+asyncpg://x", url, auth="a:b")
    assert values[ORIGINS] == "https://x"
