"""Rules that are true on loopback and must be true on the internet: docs/operating/internet.md has the table."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server.api.app import create_app
from server.api.auth import Authenticator
from server.api.fal_signatures import open_signatures
from server.fakes import Behaviour, Fakes
from server.stack import postgres
from tests.fakes.keys import KeyServer, public_jwk
from tests.fakes.providers import settings_with
from tests.generation.claimed import QueueRun, asked, open_queue_run
from tests.generation.test_references import FAL, LARGE, stored, with_reference
from tests.internet import ROOT, STUDIO, NamedCloud, between_namespaces, can_make_namespaces, open_named_cloud
from tests.providers.conformance import png
from tests.server.conftest import Clock, MakeToken
from tests.server.fakes.tls_proxy import open_tls_proxy
from tests.server.served import serving, shared_runtime, with_settings
from tests.server.stack.test_plan import planned
from tests.waiting import looks
from wzrd.assets.sources import fetch_result
from wzrd.domain.errors import Unavailable
from wzrd.generation.recovery import note_call
from wzrd.net.addresses import FetchRefused
from wzrd.providers.base import Progress
from wzrd.providers.opening import open_providers
from wzrd.runtime.process import Runtime
from wzrd.runtime.session import utc_now
from wzrd.settings import Settings
from wzrd.storage.local import LocalStorage

OWN, PUBLIC = "http://127.0.0.1:8787", "https://studio.example.org"
in_namespaces = pytest.mark.skipif(not can_make_namespaces(), reason="needs root and iproute2; the names do the same")


@pytest.fixture
async def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[NamedCloud]:
    """The vendors under their own names."""
    async with open_named_cloud(tmp_path, monkeypatch) as made:
        yield made


async def told(rig: QueueRun, **environment: str) -> None:
    """The rig's process under these settings."""
    rig.runtime.settings = settings_with(rig.runtime.settings, environment)
    rig.runtime.storage = LocalStorage(rig.runtime.settings.media_folder, rig.runtime.settings.address)
    await rig.runtime.providers.aclose(grace=0.1)
    rig.runtime.providers = open_providers(rig.runtime.settings)


def laptop(home: Path) -> dict[str, str]:
    """Addresses that `wzrd up` tells its parts, as it comes."""
    made = planned(home, {}).environment
    return {name: made[name] for name in ("WZRD_API_URL", "WZRD_PUBLIC_URL") if name in made}


async def found_in_the_list(rig: QueueRun) -> None:
    """The answer to a submit gets lost, and nobody can call: it is found among fal's requests, and paid once."""
    await rig.fakes.script(Behaviour(reply="dropped"))
    said = await rig.chunks(asked(deadline=60.0))
    lines = [line for one in said if isinstance(one, Progress) for line in one.logs]
    assert any("looked for among its requests" in line for line in lines)
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)


async def dispatched(rig: QueueRun) -> None:
    """A file of ours reaches a vendor who reaches nothing of ours."""
    url = await stored(rig, LARGE)
    assert url.startswith("http://127.0.0.1:")
    made = await rig.ask(with_reference(FAL, url))
    assert made.output.media


async def test_a_laptop_is_sent_no_webhook(runtime: Runtime, cloud: NamedCloud, tmp_path: Path) -> None:
    """Vendors under their own names cannot call 127.0.0.1: a lost answer is looked for at theirs."""
    async with open_queue_run(runtime, cloud.fakes) as rig:
        await told(rig, **laptop(tmp_path))
        await found_in_the_list(rig)


async def test_a_laptop_hands_its_files_over(runtime: Runtime, cloud: NamedCloud, tmp_path: Path) -> None:
    """By fal's storage, under its own name and certificate."""
    async with open_queue_run(runtime, cloud.fakes) as rig:
        await told(rig, **laptop(tmp_path))
        await dispatched(rig)


@in_namespaces
def test_a_laptop_in_a_network_of_its_own(cluster: postgres.Cluster, tmp_path: Path) -> None:
    """The vendors live in another namespace, and there is no way to our loopback: the same two promises."""

    async def work(fakes: Fakes) -> None:
        async with shared_runtime(cluster) as runtime:
            for promise in (found_in_the_list, dispatched):
                async with open_queue_run(runtime, fakes) as rig:
                    await told(rig, **laptop(tmp_path))
                    await promise(rig)
                await fakes.reset()

    between_namespaces(work)


@in_namespaces
def test_a_server_in_a_network_of_its_own(cluster: postgres.Cluster) -> None:
    """Vendors in another namespace call its public address: a lost answer is made good, and paid once."""

    async def work(fakes: Fakes) -> None:
        async with shared_runtime(cluster) as runtime, open_queue_run(runtime, fakes) as rig:
            async with serving(create_app(runtime), STUDIO) as (url, _):
                await told(rig, WZRD_PUBLIC_URL=url)
                await fakes.script(Behaviour(reply="dropped", list_seconds=3600))
                made = await rig.ask(asked())
            assert (made.output.media != (), await rig.statuses(), await rig.paid()) == (True, [(0, "succeeded")], 1)

    between_namespaces(work)


async def test_a_server_behind_a_proxy_waits_for_its_webhook(runtime: Runtime, cloud: NamedCloud) -> None:
    """An answer that is lost is awaited, under an address that the vendor can call; the call makes it good."""
    async with open_queue_run(runtime, cloud.fakes) as rig:
        await told(rig, WZRD_PUBLIC_URL=PUBLIC, WZRD_API_URL=OWN)
        await rig.fakes.script(Behaviour(reply="dropped", webhook="lost", list_seconds=3600))
        work = asyncio.create_task(rig.ask(asked(deadline=120.0)))
        (submit,) = await rig.fakes.wait_submit()
        async for _ in looks():
            if [job for job in await rig.jobs() if job.status == "unknown"]:
                break
        (job,) = await rig.jobs()
        assert await note_call(rig.runtime, job.token or "", submit.request_id) == "noted"
        assert (await work).output.media
        assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)


async def test_the_fakes_call_our_own_address(cluster: postgres.Cluster, fakes: Fakes) -> None:
    """Beside a laptop's stack: a lost answer is made good by a call that the fakes have signed, paid once."""
    async with shared_runtime(cluster) as runtime, open_queue_run(runtime, fakes) as rig:
        async with serving(create_app(runtime)) as (url, _):
            await told(rig, WZRD_API_URL=url)
            await fakes.script(Behaviour(reply="dropped", list_seconds=3600))
            assert (await rig.ask(asked())).output.media
        assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)


async def test_our_clock_changes_no_lease_and_no_deadline(runtime: Runtime, fakes: Fakes, clock: Clock) -> None:
    """A process whose clock is a day ahead, or behind, works like any other: the database's clock counts."""
    for seconds in (86_400, -2 * 86_400):
        clock.forward(seconds)
        async with open_queue_run(runtime, fakes) as rig:
            assert (await rig.ask(asked())).output.media
            (job,) = await rig.jobs()
            assert (job.status, 0 < job.remaining <= asked().deadline) == ("succeeded", True)
            assert (await rig.resumed()).epoch == rig.lease.epoch + 1


async def test_a_result_is_fetched_from_the_vendors_own_host(
    runtime: Runtime, cloud: NamedCloud, tmp_path: Path
) -> None:
    """Over https and by its name; not in the clear, not from a private address that the vendor may name."""
    runtime._result_fetch = cloud.fetch
    async with open_queue_run(runtime, cloud.fakes) as rig:
        made = (await rig.ask(asked())).output
        assert made.media[0].startswith("https://v3.fal.media/")
        await fetch_result(runtime, made, 0, tmp_path / "a.png", "image")
        assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    for bad in (made.media[0].replace("https:", "http:"), "https://10.0.0.7/a.png", "https://127.0.0.1/a.png"):
        with pytest.raises(FetchRefused):
            await fetch_result(runtime, replace(made, media=(bad,)), 0, tmp_path / "b.png", "image")


async def test_fals_keys_come_from_its_own_host(cloud: NamedCloud) -> None:
    """Over https, by the operator's proxy and authority; none without them."""
    assert cloud.fakes
    signatures = open_signatures("https://rest.fal.ai", utc_now)
    assert len(await signatures._keys.refetch()) == 1
    await signatures.close()


async def test_a_sign_in_services_keys_come_from_its_own_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_token: MakeToken
) -> None:
    """A hosted Supabase: its keys by https, its tokens whatever they call their issuer."""
    key, server = ec.generate_private_key(ec.SECP256R1()), KeyServer()
    server.serve(public_jwk(key, "ES256", kid="1"))
    await server.open()
    async with open_tls_proxy(server.origin, ["project.supabase.co"], tmp_path) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        settings = Settings.model_validate({"SUPABASE_JWKS_URL": "https://project.supabase.co/auth/v1/jwks"})
        header = f"Bearer {make_token(key, 'ES256', {'kid': '1'}, iss='http://kong:8000/auth/v1')}"
        stranger = Authenticator(settings, utc_now)
        with pytest.raises(Unavailable):
            await stranger.authenticate(header)
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
        trusting = Authenticator(settings, utc_now)
        assert (await trusting.authenticate(header)).email == "ada@example.org"
        await stranger.close()
        await trusting.close()
    await server.close()


AS_THE_PROXY_SAYS = {
    "host": "attacker.example",
    "origin": "https://attacker.example",
    "x-forwarded-host": "attacker.example",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "444",
    "forwarded": "host=attacker.example;proto=https",
}


@pytest.mark.parametrize("public", [None, PUBLIC])
async def test_addresses_are_never_those_of_a_request(
    runtime: Runtime, bearer: dict[str, str], public: str | None
) -> None:
    """Whoever calls us something else is told, and has stored, what we are called; no cookie, and any origin."""
    runtime = with_settings(runtime, public_url=public, api_url=OWN)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(runtime)), base_url="http://x") as client:
        file = {"file": ("a.png", png(), "image/png")}
        answer = await client.post("/functions/v1/upload", files=file, headers=bearer | AS_THE_PROXY_SAYS)
        assert answer.json()["url"].startswith(f"{public or OWN}/storage/v1/object/public/"), answer.text
        path = urlsplit(str(answer.json()["url"])).path.removeprefix("/storage/v1/object/public/")
        signed = await client.post(
            f"/storage/v1/object/sign/{path}", json={"expiresIn": 60}, headers=bearer | AS_THE_PROXY_SAYS
        )
        assert signed.json()["signedURL"].startswith("/object/sign/"), signed.text
        nonce = await client.get("/functions/v1/wallet-nonce", headers=AS_THE_PROXY_SAYS)
        assert nonce.json()["domain"] == urlsplit(public or OWN).netloc
        for one in (answer, signed, nonce, await client.get("/healthz", headers=AS_THE_PROXY_SAYS)):
            assert "set-cookie" not in one.headers
            assert one.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in one.headers
            assert "attacker.example" not in f"{one.headers}{one.text}"


HERE = "tests/server/test_addresses.py"
API = "tests/server/api"
TESTED = {
    "our address": [f"tests/server/stack/test_plan.py::{name}" for name in (
        "test_the_parts_are_told_the_own_address_and_no_public_one", "test_the_api_keeps_its_port")],
    "the address of a file": [
        f"{HERE}::test_addresses_are_never_those_of_a_request",
        "tests/storage/test_supabase.py::test_files_are_shown_where_people_can_see_them",
    ],
    "a file of ours as a reference": [
        f"{HERE}::test_a_laptop_hands_its_files_over",
        "tests/generation/test_references.py::test_a_file_of_ours_is_known_by_whatever_host_it_is_called",
        "tests/generation/test_references.py::test_with_a_public_address_a_file_goes_by_it",
        f"{API}/test_own_media.py::test_fal_stream",
    ],
    "another address as a reference": [
        "tests/generation/test_references.py::test_a_private_address_is_never_sent",
        "tests/generation/test_references.py::test_another_supabases_file_stays_where_it_is",
    ],
    "a `data:` URI in a request": [
        "tests/generation/test_references.py::test_a_data_uri_is_uploaded_as_a_file",
        f"{API}/test_shot_functions.py::test_a_picture_in_the_body_becomes_a_file_of_ours",
    ],
    "a provider's result": [
        f"{HERE}::test_a_result_is_fetched_from_the_vendors_own_host",
        "tests/tasks/test_foreign_addresses.py::test_a_users_address_is_refused_and_a_results_is_fetched",
    ],
    "a webhook": [
        f"{HERE}::test_a_laptop_is_sent_no_webhook",
        f"{HERE}::test_a_server_behind_a_proxy_waits_for_its_webhook",
        f"{HERE}::test_the_fakes_call_our_own_address",
        "tests/providers/test_opening.py::test_who_can_call_us_where",
    ],
    "a webhook's signature": [
        f"{HERE}::test_fals_keys_come_from_its_own_host",
        f"{API}/test_webhooks.py::test_a_call_is_of_now",
    ],
    "an upload to a provider": [
        f"{HERE}::test_a_laptop_hands_its_files_over",
        "tests/providers/test_fal_storage.py::test_a_tokens_end_is_of_fals_clock",
    ],
    "a sign-in token": [
        f"{HERE}::test_a_sign_in_services_keys_come_from_its_own_host",
        f"{API}/test_auth.py::test_leeway_forgives_clocks_but_not_more",
        f"{API}/test_auth.py::test_the_issuer_counts_when_configured",
    ],
    "a signed address of a file": [
        f"{HERE}::test_addresses_are_never_those_of_a_request",
        f"{API}/test_storage_objects.py::test_a_token_ends",
    ],
    "a wallet's domain": [
        f"{HERE}::test_addresses_are_never_those_of_a_request",
        f"{API}/test_client_network.py::test_wallet_domains",
    ],
    "cookies and CORS": [
        f"{HERE}::test_addresses_are_never_those_of_a_request",
        f"{API}/test_cors.py::test_every_answer_carries_the_origin_header_once",
    ],
    "the operator's pages": [
        f"{API}/test_access.py::test_nobody_else_does",
        f"{API}/test_access.py::test_a_proxy_on_this_machine_need_not_say_that_it_is_one",
    ],
    "who a caller is": [f"{API}/test_client_network.py::test_the_right_most_untrusted_hop_is_the_client"],
    "a moment that a provider names": [
        "tests/net/test_retry_after.py::test_a_wrong_clock_of_ours_changes_no_wait",
        "tests/providers/test_gmi_jobs.py::test_a_jobs_time_is_told_by_our_clock",
    ],
    "a moment of ours": ["tests/server/test_addresses.py::test_our_clock_changes_no_lease_and_no_deadline"],
    "certificates, and proxies on the way out": [
        f"{HERE}::test_fals_keys_come_from_its_own_host",
        "tests/net/test_guarded.py::test_authorities_are_those_of_every_other_call",
        "tests/net/test_guarded.py::test_proxies_of_the_environment_are_ignored",
    ],
}  # fmt: skip
"""Every row of the table, and the tests that keep it."""


def test_every_row_has_its_tests() -> None:
    """The table and its tests name each other."""
    text = (ROOT / "docs/operating/internet.md").read_text()
    table = text.partition("## Addresses, clocks and certificates")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert rows[1:] == list(TESTED)
    for file, _, name in (place.partition("::") for tests in TESTED.values() for place in tests):
        assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE), (file, name)
