"""Decisions before anything starts: whose auth string opens Prefect's server, and who is handed it."""

from pathlib import Path

import pytest

from server.stack.errors import StackError
from server.stack.plan import StackPlan, make_plan
from server.stack.state import AUTH_FILE, PartState, StackState
from wzrd.settings import Settings

GIVEN = {"WZRD_DATABASE_URL": "postgresql://d", "PREFECT_API_URL": "https://prefect.example/api"}


def planned(
    home: Path, environ: dict[str, str], *, port: int | None = 0, before: StackState | None = None
) -> StackPlan:
    """A plan, its ports given back."""
    made = make_plan(Settings.model_validate({"WZRD_HOME": home, **environ}), environ, port=port, before=before)
    made.api.socket.close()
    if made.prefect is not None:
        made.prefect.socket.close()
    return made


def test_a_home_opens_its_own_prefect_with_its_own_string(tmp_path: Path) -> None:
    """Made at the first start, the same at the next, and handed to every part."""
    made, again = planned(tmp_path, {}), planned(tmp_path, {})
    assert made.prefect_auth == again.prefect_auth == (tmp_path / AUTH_FILE).read_text()
    assert made.environment["PREFECT_API_AUTH_STRING"] == made.prefect_auth


@pytest.mark.parametrize("variable", ["PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"])
def test_the_environments_string_is_honoured(tmp_path: Path, variable: str) -> None:
    """It takes the place of the home's own, and is not written there."""
    made = planned(tmp_path, {variable: "me:mine"})
    assert (made.prefect_auth, made.environment["PREFECT_API_AUTH_STRING"]) == ("me:mine", "me:mine")
    assert not (tmp_path / AUTH_FILE).exists()


def test_a_foreign_server_is_not_sent_the_homes_string(tmp_path: Path) -> None:
    """A given Prefect gets the environment's string or none, though the home has one from before."""
    planned(tmp_path, {})
    made = planned(tmp_path, GIVEN)
    assert made.prefect_auth == ""
    assert "PREFECT_API_AUTH_STRING" not in made.environment
    assert planned(tmp_path, {**GIVEN, "PREFECT_API_AUTH_STRING": "me:mine"}).prefect_auth == "me:mine"


def test_a_string_that_is_none_stops_the_start(tmp_path: Path) -> None:
    """Refused before anything starts, naming the variable and not its value."""
    with pytest.raises(StackError, match="PREFECT_API_AUTH_STRING is not name:password") as caught:
        planned(tmp_path, {"PREFECT_API_AUTH_STRING": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_the_parts_are_told_the_own_address_and_no_public_one(tmp_path: Path) -> None:
    """An address that only this machine can reach is not called public; one that the operator gives is, unchanged."""
    made = planned(tmp_path, {})
    assert made.environment["WZRD_API_URL"] == made.api.url
    assert "WZRD_PUBLIC_URL" not in made.environment
    given = planned(tmp_path, {"WZRD_PUBLIC_URL": "https://studio.example.org"})
    assert given.environment["WZRD_PUBLIC_URL"] == "https://studio.example.org"
    assert given.environment["WZRD_API_URL"] == given.api.url


def test_the_api_keeps_its_port(tmp_path: Path) -> None:
    """Addresses of files stand in rows: they are good after a restart too. A named port is taken all the same."""
    first, other = planned(tmp_path, {}), planned(tmp_path, {})
    before = StackState(None, first.api.url, "", "nonsense", "")
    assert planned(tmp_path, {}, port=None, before=before).environment["WZRD_API_URL"] == first.api.url
    named = int(other.environment["WZRD_PORT"])
    assert planned(tmp_path, {}, port=named, before=before).environment["WZRD_API_URL"] == other.api.url


def test_a_given_prefect_lends_its_port_to_nobody(tmp_path: Path) -> None:
    """The one started here keeps the port that it had itself."""
    own = planned(tmp_path, {})
    last = StackState(None, "", "", own.prefect_api_url, "")
    given, started = (PartState(own.prefect_api_url, "stopped", log=log) for log in ("", "prefect.log"))
    after_given = planned(tmp_path, {}, before=last.with_part("prefect", given))
    assert after_given.prefect_api_url != own.prefect_api_url
    after_own = planned(tmp_path, {}, before=last.with_part("prefect", started))
    assert after_own.prefect_api_url == own.prefect_api_url


def test_files_that_can_lie_nowhere_stop_the_start(tmp_path: Path) -> None:
    """The variable is named; files kept elsewhere need no folder."""
    (tmp_path / "file").touch()
    nowhere = {"WZRD_MEDIA_DIR": str(tmp_path / "file" / "media")}
    with pytest.raises(StackError, match="files cannot lie in") as caught:
        planned(tmp_path, nowhere)
    assert "WZRD_MEDIA_DIR" in caught.value.remedy
    assert planned(tmp_path, {**nowhere, "WZRD_STORAGE": "s3"})
