"""The mail server: what is set of it, and one message sent through it."""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from coresafe.config import MAIL_KEYRING_SERVICE, PREFIX, Settings, keyring_password
from coresafe.errors import Trouble, UserError

#: Seconds until a silent server counts as away.
PATIENCE = 30.0
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail server and what goes through it. ``tls``: starttls, tls or none; ``ca``: None for those of the system."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    ca: Path | None = None

    @property
    def server(self) -> str:
        """As people name it."""
        return f"{self.host}:{self.port}"


def mail_of(settings: Settings) -> Mail:
    """What the settings say. Raises UserError naming all that has still to be set."""
    missing = [PREFIX + name.upper() for name in ("smtp_host", "smtp_from", "smtp_to") if not getattr(settings, name)]
    password = settings.smtp_password.get_secret_value() if settings.smtp_password is not None else ""
    if settings.smtp_user and not password:
        password = keyring_password(f"{settings.smtp_user}@{settings.smtp_host}", MAIL_KEYRING_SERVICE) or ""
        if not password:
            missing.append(f"{PREFIX}SMTP_PASSWORD")
    if missing:
        names = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
        raise UserError(f"The digest is not set up. Set {names}.")
    if settings.smtp_tls == "none" and settings.smtp_user and not _is_this_machine(settings.smtp_host):
        raise UserError(
            f"{PREFIX}SMTP_TLS=none would send the password of {settings.smtp_user} for everybody to read. Nothing was sent.",
            hint="Set it to starttls or tls.",
        )
    return Mail(
        host=settings.smtp_host,
        port=settings.smtp_port or _PORTS[settings.smtp_tls],
        sender=settings.smtp_from,
        to=settings.smtp_to,
        user=settings.smtp_user,
        password=password,
        tls=settings.smtp_tls,
        ca=settings.smtp_ca,
    )


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def send(mail: Mail, message: EmailMessage) -> tuple[str, ...]:
    """Send a message; the addresses that the server would not take, where it took others.

    Raises Trouble with one sentence about what went wrong; then nobody got it.
    """
    with _in_words(mail), _connected(mail) as server:
        if mail.tls == "starttls":
            server.starttls(context=_secrecy(mail))
        if mail.user:
            server.login(mail.user, mail.password)
        refused = server.send_message(message, from_addr=mail.sender, to_addrs=list(mail.to))
    return tuple(sorted(refused))


@contextlib.contextmanager
def _connected(mail: Mail) -> Iterator[smtplib.SMTP]:
    if mail.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=PATIENCE, context=_secrecy(mail))
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=PATIENCE)
    try:
        yield server
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()  # the message is taken: how they part does not matter
    finally:
        server.close()


def _secrecy(mail: Mail) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(mail.ca) if mail.ca is not None else None)


@contextlib.contextmanager
def _in_words(mail: Mail) -> Iterator[None]:
    """What the server or the line has against it, as Trouble."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise Trouble(
            f"The mail server {mail.server} does not take the user {mail.user} or the password. Nothing was sent.",
            hint=f"Look at {PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD.",
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        refused = ", ".join(sorted(error.recipients))
        raise Trouble(f"The mail server {mail.server} takes nothing for {refused}. Nothing was sent.") from error
    except smtplib.SMTPSenderRefused as error:
        raise Trouble(
            f"The mail server {mail.server} takes nothing from {mail.sender} ({_said(error.smtp_error)}). Nothing was sent."
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Trouble(
            f"The mail server {mail.server} does not offer what is needed: {str(error).rstrip('.')}. Nothing was sent.",
            hint=f"Look at {PREFIX}SMTP_TLS and {PREFIX}SMTP_PORT.",
        ) from error
    except smtplib.SMTPResponseException as error:
        raise Trouble(
            f"The mail server {mail.server} refused the message ({error.smtp_code} {_said(error.smtp_error)}). Nothing was sent."
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise Trouble(
            f"The certificate of the mail server {mail.server} cannot be trusted: {error.verify_message}. Nothing was sent.",
            hint=f"Set {PREFIX}SMTP_CA to the authority that signed it.",
        ) from error
    except ssl.SSLError as error:
        raise Trouble(
            f"No secret line to the mail server {mail.server} came about. Nothing was sent.",
            hint=f"Look at {PREFIX}SMTP_TLS and {PREFIX}SMTP_PORT.",
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Trouble(
            f"The mail server {mail.server} cannot be reached: {str(why).rstrip('.').lower()}. Nothing was sent.",
            hint=f"Look at {PREFIX}SMTP_HOST and {PREFIX}SMTP_PORT, or try again later.",
        ) from error


def _said(answer: bytes | str) -> str:
    """What a server answered, as one line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:200]
