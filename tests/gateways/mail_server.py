"""A mail server on a real socket: takes letters, speaks TLS with a certificate of its own, and misbehaves where it is told to."""

import base64
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# What it does instead of answering.
DROP, SILENCE, DRIP, FLOOD = b"<drop>", b"<silence>", b"<drip>", b"<flood>"
GOOD = {
    "GREETING": b"220 ready",
    "EHLO": b"250 hello",
    "MAIL": b"250 2.1.0 ok",
    "RCPT": b"250 2.1.5 ok",
    "DATA": b"354 go ahead",
    "BODY": b"250 2.0.0 taken",
    "AUTH": b"235 welcome",
    "STARTTLS": b"220 go ahead",
    "QUIT": b"221 bye",
}


@dataclass
class MailServer:
    """`answers` replace the good ones by step; `letters` holds (from, to, content) of those it took all of."""

    port: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    context: ssl.SSLContext | None = None
    is_tls_from_the_start: bool = False
    letters: list[tuple[str, str, bytes]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def serve(self, listening: socket.socket) -> None:
        """Until the socket closes: one connection after the other."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.settimeout(10)
            with closing(connection), suppress(OSError, ssl.SSLError, _Ended):
                if self.is_tls_from_the_start:
                    self._encrypted(connection)
                else:
                    self._talk(connection)

    def _encrypted(self, connection: socket.socket, *, is_greeted: bool = False) -> None:
        assert self.context is not None
        with self.context.wrap_socket(connection, server_side=True) as secure:
            self._talk(secure, is_greeted=is_greeted)

    def _talk(self, connection: socket.socket, *, is_greeted: bool = False) -> None:
        if not is_greeted:
            self._say(connection, "GREETING")
        reader, sender, to = connection.makefile("rb"), "", ""
        while line := reader.readline():
            words = line.decode("latin-1").strip()
            verb = words.split(" ")[0].upper()
            self.heard.append(verb)
            sender, to = words if verb == "MAIL" else sender, words if verb == "RCPT" else to
            if verb == "AUTH":
                self.logins.append(base64.b64decode(words.split(" ")[2]))
            self._say(connection, verb)
            if verb == "STARTTLS":
                reader.close()
                self._encrypted(connection, is_greeted=True)
                return
            if verb == "DATA" and self.answers.get("DATA", GOOD["DATA"]).startswith(b"354"):
                self.letters.append((sender, to, _read_letter(reader)))
                self._say(connection, "BODY")

    def _say(self, connection: socket.socket, step: str) -> None:
        answer = self.answers.get(step, GOOD.get(step, b"500 what"))
        if step == "EHLO" and step not in self.answers:
            connection.sendall("".join(f"250-{line}\r\n" for line in ("here", *self.offers)).encode())
        if answer == DROP:
            raise _Ended
        if answer == SILENCE:
            self.released.wait(10)
            raise _Ended
        while answer in (DRIP, FLOOD) and not self.released.is_set():
            connection.sendall(b"2" if answer == DRIP else b"250-" + b"x" * 60 + b"\r\n")
            self.released.wait(0.05 if answer == DRIP else 0)
        connection.sendall(answer + b"\r\n")


class _Ended(Exception):
    """Hang up."""


def _read_letter(reader: object) -> bytes:
    lines = []
    while (line := reader.readline()) not in (b".\r\n", b""):  # type: ignore[attr-defined]
        lines.append(line[1:] if line.startswith(b".") else line)
    if line == b"":
        raise _Ended
    return b"".join(lines)


@contextmanager
def mail_server(**settings: object) -> Iterator[MailServer]:
    """One on a free port of this machine, for as long as the block runs."""
    server = MailServer(**settings)  # type: ignore[arg-type]
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context for 127.0.0.1, and the file that makes a client trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "cert.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return context, str(trusted)
