"""Who may connect to the embedded PostgreSQL: whoever can read the password that its home keeps (mode 0600).

The password stands in a file of libpq's own kind (`*:*:*:postgres:…`), and addresses name that file: so it is on no
command line, in no environment and in no log, and psql takes it too. The server is given its SCRAM verifier only.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from server.stack.account import Account

SUPERUSER = "postgres"
ITERATIONS = 4096  # PostgreSQL's own number; a password of 256 random bits needs no more
_PREFIX = f"*:*:*:{SUPERUSER}:"


def ensure_password(passfile: Path) -> str:
    """The superuser's password; made where there is none, for our eyes only.

    Raises:
        RuntimeError: the file holds something else.
    """
    if not passfile.exists():
        draft = passfile.with_name(f".{passfile.name}.{secrets.token_hex(6)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{_PREFIX}{secrets.token_urlsafe(32)}\n")
        with contextlib.suppress(FileExistsError):  # somebody was faster: theirs counts
            os.link(draft, passfile)
        draft.unlink()
    passfile.chmod(0o600)  # libpq does not read one that others can read
    password = passfile.read_text().removeprefix(_PREFIX).strip()
    if len(password) < 32 or ":" in password:
        raise RuntimeError(f"{passfile} holds no password of ours: remove it, and a new one is made")
    return password


def scram_verifier(password: str, salt: bytes) -> str:
    """Verifier that PostgreSQL stores of a password (RFC 5803): it proves one, and does not tell it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def rules(password: str) -> str:
    """The content of pg_hba.conf. Its mark tells whether the server has this very password already."""
    mark = hashlib.sha256(f"pg_hba:{password}".encode()).hexdigest()[:16]
    return (
        f"# Written by `wzrd up`, which puts it back when it is changed. {mark}\n"
        "local all all scram-sha-256\n"
        "local replication all scram-sha-256\n"
    )


def are_in_force(data: Path, password: str) -> bool:
    """True if the cluster has this password, and asks for one."""
    try:
        return (data / "pg_hba.conf").read_text() == rules(password)
    except (OSError, UnicodeDecodeError):
        return False


def put_in_force(data: Path, password: str, account: Account | None) -> None:
    """Replace pg_hba.conf in one step. The folder is the server's: nothing there is written through."""
    draft = data / f".pg_hba.{secrets.token_hex(6)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(rules(password))
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)
    draft.replace(data / "pg_hba.conf")
