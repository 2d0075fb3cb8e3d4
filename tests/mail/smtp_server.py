"""A real SMTP server on this machine, for the tests of the SMTP transport: STARTTLS and a sign-in are required.

Usage: smtp_server.py FOLDER. It writes the authority's certificate to FOLDER/ca.pem, prints its port, and leaves each
message as FOLDER/<number>.json with its sender, its recipients and its bytes (Base64). Recipients whose address begins
with `full` are put off, those that begin with `nobody` refused. It ends when its standard input does.
"""

import base64
import itertools
import json
import socket
import ssl
import sys
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Keeps:
    """Keeps each message in a folder."""

    def __init__(self, folder):
        self.folder, self.numbers = folder, itertools.count(1)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("full"):
            return "452 4.2.2 mailbox full"
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        number = next(self.numbers)
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "content": base64.b64encode(envelope.original_content).decode(),
            "tls": session.ssl is not None,
        }
        unfinished = self.folder / f".{number}"
        unfinished.write_text(json.dumps(kept))
        unfinished.rename(self.folder / f"{number}.json")
        return f"250 2.0.0 OK queued as test-{number}"


def signs_in(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"monmaster", b"open sesame")
    return AuthResult(success=right)


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


def free_port():
    """The controller asks its own port whether it answers, so it must know it beforehand."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def main():
    folder = Path(sys.argv[1])
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = Server(
        Keeps(folder),
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=signs_in,
    )
    server.start()
    print(server.port, flush=True)
    sys.stdin.read()
    server.stop()


main()
