"""Certificates change with a deploy, for who connects next; files that cannot be used refuse it."""
import socket
import ssl
import subprocess

import pytest
from mailroom import PATIENCE, TEMPLATE, Server


# The certificate of its own making again: what is not given keeps its value.
OWN = ("CertificateFile=", "CertificateKeyFile=")


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture
def deploy(server, tmp_path):
    def run(*parameters, flags=(), check=True):
        path = tmp_path / "mailroom.yaml"
        path.write_text(TEMPLATE)
        words = [word for parameter in parameters for word in ("--parameter", parameter)]
        return server.run("deploy", str(path), *words, *flags, check=check)
    yield run
    run(*OWN)


def make(directory, name):
    """A certificate that signs itself, and its key; both paths."""
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
         f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-out", str(certificate), "-keyout", str(key)],
        check=True, capture_output=True)
    return certificate, key


def shown(server, endpoint, name, roots):
    """The names of the certificate that a client which trusts `roots` alone is shown; fails when it does not trust it."""
    context = ssl.create_default_context(cafile=str(roots))
    with socket.create_connection(server.place(endpoint), timeout=PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname=name) as secure:
            return [value for _, value in secure.getpeercert()["subjectAltName"]]


def starttls(server, name, roots):
    with server.smtp() as client:
        client.ehlo()
        client._host = name
        client.starttls(context=ssl.create_default_context(cafile=str(roots)))
        return [value for _, value in client.sock.getpeercert()["subjectAltName"]]


def test_another_path_counts_for_the_next_connection(server, deploy, tmp_path):
    own = server.card["ca"]
    assert "localhost" in shown(server, "imaps", "localhost", own)
    old = server.imap()
    certificate, key = make(tmp_path, "mail.acme.example")
    deploy(f"CertificateFile={certificate}", f"CertificateKeyFile={key}")
    for endpoint in ("imaps", "https"):
        assert shown(server, endpoint, "mail.acme.example", certificate) == ["mail.acme.example"]
        with pytest.raises(ssl.SSLCertVerificationError):
            shown(server, endpoint, "localhost", own)
    assert starttls(server, "mail.acme.example", certificate) == ["mail.acme.example"]
    # Who was connected stays so.
    assert old.noop()[0] == "OK"
    old.logout()
    # Another pair, and then our own again.
    second, second_key = make(tmp_path, "second.acme.example")
    deploy(f"CertificateFile={second}", f"CertificateKeyFile={second_key}")
    assert shown(server, "imaps", "second.acme.example", second) == ["second.acme.example"]
    # Whatever else changes, the certificate stays.
    deploy("ContentMax=39MiB")
    assert shown(server, "imaps", "second.acme.example", second) == ["second.acme.example"]
    deploy(*OWN)
    assert "localhost" in shown(server, "imaps", "localhost", own)


@pytest.mark.parametrize("fault", ["missing", "not PEM", "another key", "alone"])
@pytest.mark.parametrize("flags", [(), ("--dry-run",)])
def test_files_that_cannot_be_used_refuse_the_deploy_with_the_reason(server, deploy, tmp_path, fault, flags):
    certificate, key = make(tmp_path, "bad.acme.example")
    if fault == "missing":
        certificate = tmp_path / "nowhere.pem"
        reason = f"{certificate} cannot be opened: No such file"
    elif fault == "not PEM":
        certificate.write_text("nonsense")
        reason = "There is no PEM certificate in"
    elif fault == "another key":
        _, key = make(tmp_path, "other.acme.example")
        reason = "The private key does not belong to the certificate"
    else:
        reason = "CertificateFile is given alone"
    parameters = [f"CertificateFile={certificate}"] + ([] if fault == "alone" else [f"CertificateKeyFile={key}"])
    done = deploy(*parameters, flags=flags, check=False)
    assert done.returncode == 1 and reason in done.stderr.decode(), done.stderr
    assert "localhost" in shown(server, "imaps", "localhost", server.card["ca"])


def test_what_was_deployed_is_shown_after_a_restart(server, deploy, tmp_path):
    certificate, key = make(tmp_path, "kept.acme.example")
    deploy(f"CertificateFile={certificate}", f"CertificateKeyFile={key}")
    server.stop()
    server.start()
    assert shown(server, "imaps", "kept.acme.example", certificate) == ["kept.acme.example"]
