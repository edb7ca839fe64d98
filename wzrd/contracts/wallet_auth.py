"""POST /functions/v1/wallet-auth on the wire."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from wzrd.contracts.auth_v1 import Session, User
from wzrd.contracts.wire import WireModel


class WalletAuthRequest(WireModel):
    """The claim as sent. Types are open here: the domain checks them in the documented order and words."""

    wallet_address: Any = None
    message: Any = None
    signature: Any = None
    timestamp: Any = None


class Bootstrap(BaseModel):
    """What provisioning found or made (snake_case on the wire)."""

    model_config = ConfigDict(frozen=True)

    success: Literal[True] = True
    user_id: str
    wallet_address: str
    plan_code: Literal["free"] = "free"
    available_credits: int
    welcome_granted: bool


class WalletAuthAnswer(BaseModel):
    """`{session, user, bootstrap}`."""

    model_config = ConfigDict(frozen=True)

    session: Session
    user: User
    bootstrap: Bootstrap
