"""The world outside: a name server and mail servers of other people (aiosmtpd), on loopback."""
import contextlib
import socket
import ssl
import subprocess
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Nameserver:
    """Answers from `records`, `{("example.net", "MX"): ["10 mx.example.net."]}`; a name whose value is None fails (SERVFAIL)."""

    def __init__(self, records):
        self.records, self.asked = dict(records), []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1@{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                question, client = self.socket.recvfrom(4096)
            except OSError:
                return
            with contextlib.suppress(Exception):
                self.socket.sendto(self.answer(dns.message.from_wire(question)).to_wire(), client)

    def answer(self, query):
        reply = dns.message.make_response(query, recursion_available=True)
        (question,) = query.question
        name, kind = question.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        if found is None or self.records.get(name, "") is None:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            reply.answer.append(dns.rrset.from_text(question.name, 0, "IN", kind, *found))
        elif not any(key[0] == name for key in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class OtherServer:
    """A mail server that takes what it gets, but for what `answers` says: a reply by recipient, or a list of replies, of which
    each is said once. `messages` are (sender, recipients, content, MAIL options, was it TLS)."""

    def __init__(self, host="127.0.0.1", port=0, certificate=None, login=None, hostname="mx.outside.example", implicit=False):
        self.messages, self.answers, self.connections, self.logins = [], {}, 0, []
        self.content_answers = []
        other = self
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                said = other.answers.get(address)
                if isinstance(said, list):
                    said = said.pop(0) if said else None
                if said:
                    return said
                envelope.rcpt_tos.append(address)
                envelope.rcpt_options.append(options)
                return "250 2.1.5 ok"

            async def handle_DATA(self, server, session, envelope):
                if other.content_answers:
                    said = other.content_answers.pop(0)
                    if said:
                        return said
                other.messages.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content,
                                       list(envelope.mail_options), session.ssl is not None or implicit))
                return "250 2.0.0 taken"

        def authenticate(server, session, envelope, mechanism, data):
            other.logins.append((data.login.decode(), data.password.decode()))
            return AuthResult(success=login == other.logins[-1], handled=False)

        class Session(SMTP):
            def connection_made(self, transport):
                other.connections += 1
                super().connection_made(transport)

        class Listening(Controller):
            def factory(self):
                return Session(
                    self.handler, hostname=hostname, enable_SMTPUTF8=True, decode_data=False,
                    tls_context=None if implicit else context, require_starttls=bool(login) and not implicit,
                    authenticator=authenticate if login else None, auth_required=bool(login),
                    auth_require_tls=not implicit, data_size_limit=50 << 20)

        self.controller = Listening(
            Handler(), hostname=host, port=port or free_port(host), ssl_context=context if implicit else None)
        self.host, self.port = host, self.controller.port

    def subjects(self):
        return [next((line[9:] for line in content.split(b"\r\n") if line.startswith(b"Subject: ")), b"").decode()
                for _, _, content, _, _ in self.messages]

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


def free_port(host="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def certificate(folder, *names):
    """Files of a certificate for these names, its key, and the authority that made it."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "authority.key",
            "-out", "authority.pem", "-days", "9", "-subj", "/CN=Test authority")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out", "server.csr",
            "-subj", f"/CN={names[0]}")
    (folder / "names").write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in names) + "\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
            "-out", "server.pem", "-days", "9", "-extfile", "names")
    return (folder / "server.pem", folder / "server.key"), folder / "authority.pem"
