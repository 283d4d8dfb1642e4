"""What a server's certificate is checked against, and what is wrong where it does not fit, in words.

Without an authority the connection is encrypted and nobody is asked who answers. With one, the server's certificate must
be signed by it; where that names the hosts it is made out for, it must name ours. MySQL makes its own certificates without
any host, and those count as made out for all: their authority signs for one server only.
"""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import Any

#: OpenSSL's numbers (x509_vfy.h): not valid yet, expired, and made out for another host or address.
_NOT_YET, _EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64


class _Checking(ssl.SSLContext):
    """Looks at the host's name too, once the authority's signature was found good, before anything is sent."""

    def wrap_socket(self, sock: Any, *args: Any, **options: Any) -> ssl.SSLSocket:
        encrypted = super().wrap_socket(sock, *args, **options)
        host = str(options.get("server_hostname") or "")
        if not fits(encrypted.getpeercert() or {}, host):
            encrypted.close()
            error = ssl.SSLCertVerificationError(1, f"the certificate is not made out for {host}")
            error.verify_code = _OTHER_HOST
            raise error
        return encrypted


def context(ca: Path | None) -> ssl.SSLContext:
    """How to encrypt, and with an authority whom to trust. Raises OSError (ssl.SSLError) where the file is none."""
    made = _Checking(ssl.PROTOCOL_TLS_CLIENT) if ca is not None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    if ca is None:
        made.verify_mode = ssl.CERT_NONE
        return made
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cafile=str(ca))
    return made


def problem_of(ca: Path) -> tuple[str, str] | None:
    """What is wrong with a file that shall hold an authority, and what to do; None where it can be used."""
    if not ca.exists():
        return f"There is no file {ca}.", "Check its name, or choose it again."
    if not ca.is_file():
        return f"{ca} is a folder.", "Choose the file with the certificate in it."
    try:
        context(ca)
    except ssl.SSLError:
        return (
            f"{ca.name} is no certificate.",
            "It must be the authority's certificate in PEM form, whose first line is -----BEGIN CERTIFICATE-----.",
        )
    except OSError as error:
        return f"{ca} cannot be read ({error.strerror or type(error).__name__}).", "Ask who may read it, or copy it."
    return None


def refusal(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The certificate's refusal behind an error of the driver's, or None."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = getattr(error, "original_exception", None) or getattr(error, "orig", None)
    return error


def explained(error: ssl.SSLCertVerificationError, host: str = "") -> tuple[str, str]:
    """Why a server's certificate was refused, and what to do."""
    code = getattr(error, "verify_code", 0)
    if code == _EXPIRED:
        return "The server's certificate has expired.", "Have it renewed, and look at this machine's date and time."
    if code == _NOT_YET:
        return (
            "The server's certificate is not valid yet.",
            "Look at this machine's date and time, and at the server's.",
        )
    if code in (_OTHER_HOST, _OTHER_ADDRESS):
        named = f"not for {host}" if host else "for another server"
        return f"The server's certificate is made out {named}.", "Type the server's name as its certificate has it."
    return (
        "The server's certificate is not signed by this certificate authority.",
        "Ask whoever looks after the server for its authority's file (MySQL's own is ca.pem in its data folder).",
    )


def fits(certificate: dict[str, Any], host: str) -> bool:
    """Whether a certificate (as ``getpeercert`` tells it) is made out for this host, or for no host at all."""
    names = certificate.get("subjectAltName", ())
    if not names:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return any(kind == "DNS" and _same_name(name, host) for kind, name in names)
    return any(kind == "IP Address" and _same_address(name, address) for kind, name in names)


def _same_name(pattern: str, host: str) -> bool:
    """A star stands for the first part of a name and never for more (RFC 6125)."""
    wanted, given = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if wanted.startswith("*.") and wanted.count(".") > 1:
        return given.partition(".")[2] == wanted[2:] and not given.startswith(".")
    return wanted == given


def _same_address(text: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return ipaddress.ip_address(text.strip()) == address
    except ValueError:
        return False
