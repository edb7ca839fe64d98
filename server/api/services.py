"""State that the API's routes share: one typed value, made with the application and reached from any request."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, FastAPI, Request

from server.api.auth import Authenticator
from server.api.fal_signatures import FalSignatures, open_signatures
from server.api.hub import Hub
from server.dispatch import Dispatcher, PrefectApi
from server.metrics import ProcessMetrics
from wzrd.operations.inline import InlineRuns
from wzrd.runtime.process import Runtime
from wzrd.storage.signed_urls import UrlSigner


@dataclass(frozen=True, slots=True)
class Services:
    """The live objects of one API process."""

    runtime: Runtime
    authenticator: Authenticator
    prefect: PrefectApi
    dispatcher: Dispatcher
    hub: Hub
    inline: InlineRuns
    fal_signatures: FalSignatures
    metrics: ProcessMetrics

    async def start(self) -> None:
        """Begin what works in the background."""
        await self.hub.start()
        self.inline.start()
        self.metrics.start()

    async def close(self) -> None:
        """Close what was made here; the runtime is its caller's."""
        self.metrics.close()
        await self.inline.close()
        await self.hub.close()
        await self.dispatcher.close()
        await self.prefect.close()
        await self.authenticator.close()
        await self.fal_signatures.close()


def make_services(runtime: Runtime) -> Services:
    """The services over `runtime`; nothing listens or connects before it is used."""
    settings = runtime.settings
    prefect = PrefectApi.of(settings)
    authenticator = Authenticator(settings, runtime.now)
    signatures = open_signatures(settings.fal_rest_url, runtime.now)
    dispatcher, hub, inline = Dispatcher(runtime, prefect), Hub(runtime), InlineRuns(runtime)
    return Services(runtime, authenticator, prefect, dispatcher, hub, inline, signatures, ProcessMetrics(runtime))


def services_of(app: FastAPI) -> Services:
    """The services of an application."""
    return cast("Services", app.state.services)


def signer_of(services: Services) -> UrlSigner:
    """Signer of files' addresses, which knows its own again."""
    return UrlSigner.of(services.runtime.settings, services.runtime.now)


async def get_services(request: Request) -> Services:
    """The services, as a dependency."""
    return services_of(request.app)


ServicesOf = Annotated[Services, Depends(get_services)]
