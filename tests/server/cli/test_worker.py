"""Variables that `wzrd worker` tells its process of the stack that is up."""

from server.cli.up import stack_environment
from server.stack.state import ClientSettings
from wzrd.settings import Settings

STACK = ClientSettings("http://127.0.0.1:8787", "postgresql://d", "http://127.0.0.1:4200/api", "", None, "a:b")


def test_the_stacks_address_is_our_own_and_no_public_one() -> None:
    """A vendor on the internet is not sent to a loopback address; what the environment says stays."""
    told = stack_environment(Settings.model_validate({}), STACK)
    assert (told["WZRD_API_URL"], "WZRD_PUBLIC_URL" in told) == (STACK.api_url, False)
    given = Settings.model_validate({"WZRD_API_URL": "http://10.0.0.4:8787"})
    assert "WZRD_API_URL" not in stack_environment(given, STACK)
