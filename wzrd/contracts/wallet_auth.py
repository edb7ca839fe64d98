"""POST /functions/v1/wallet-auth and GET /functions/v1/wallet-nonce on the wire."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict

from wzrd.contracts.auth_v1 import Session, User
from wzrd.contracts.wire import Needed, WireModel


class WalletAuthRequest(WireModel):
    """The claim as sent. Types are open here: the domain checks them in the documented order and words."""

    wallet_address: Annotated[Any, Needed()] = None
    message: Annotated[Any, Needed()] = None
    signature: Annotated[Any, Needed()] = None
    timestamp: Any = None
    nonce: Any = None


class WalletNonce(WireModel):
    """Facts that a wallet's message is made of: the nonce, and what else ERC-4361 wants to be told.

    `domains` are all that a message may name; `domain` is the one for this caller. Times are RFC 3339, in UTC.
    """

    nonce: str
    issued_at: str
    expires_at: str
    domain: str
    domains: tuple[str, ...]
    version: Literal["1"] = "1"


class Bootstrap(BaseModel):
    """Result of provisioning: the account that it found or made (snake_case on the wire)."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    success: Literal[True] = True
    user_id: str
    wallet_address: str
    plan_code: Literal["free"] = "free"
    available_credits: int
    welcome_granted: bool


class WalletAuthAnswer(BaseModel):
    """`{session, user, bootstrap}`."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    session: Session
    user: User
    bootstrap: Bootstrap
