"""The Debian package: what is in it, and that its program runs from where it is put."""
import configparser
import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest
from mailroom import BINARY, ROOT, TEMPLATE, Server


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    directory = tmp_path_factory.mktemp("package")
    done = subprocess.run(
        [ROOT / "Packaging/build", BINARY, directory], capture_output=True, text=True, timeout=300,
        env={**os.environ, "DEB_COMPRESSION": "none"})
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())


@pytest.fixture(scope="module")
def root(package, tmp_path_factory):
    directory = tmp_path_factory.mktemp("root")
    subprocess.run(["dpkg-deb", "--raw-extract", package, directory], check=True)
    return directory


def field(package, name):
    return subprocess.run(["dpkg-deb", "--field", package, name], capture_output=True, text=True, check=True).stdout.strip()


def test_its_fields_name_version_and_libraries(package):
    version = subprocess.run([BINARY, "--version"], capture_output=True, text=True).stdout.split()[1]
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True).stdout.strip()
    assert package.name == f"mailroom_{version}_{architecture}.deb"
    assert (field(package, "Package"), field(package, "Version"), field(package, "Architecture")) == (
        "mailroom", version, architecture)
    needed = re.split(r", ", field(package, "Depends"))
    for library in ("libc6", "libsqlite3-0", "libssl3", "libsodium23", "libyaml-0-2", "libxml2", "libunbound8", "libcurl4"):
        assert any(need.split(" ")[0] == library for need in needed), (library, needed)
    assert "adduser" in needed and "dns-root-data" in needed
    # Who has no functions needs no interpreters.
    assert {"python3", "python3-boto3", "python3-pip", "nodejs", "npm"} == set(re.split(r", ", field(package, "Suggests")))


def test_files_are_roots_and_nobody_else_writes_them(package, root):
    listing = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
    lines = [line.split(maxsplit=5) for line in listing.splitlines()]
    assert all(owner == "root/root" and mode[5] == mode[8] == "-" for mode, owner, *_ in lines), listing
    files = {line[5] for line in lines if not line[5].endswith("/")}
    samples = {file for file in files if file.startswith("./usr/share/mailroom/functions/")}
    assert "./usr/share/mailroom/functions/hello-world-python/template.yaml" in samples
    assert not [file for file in samples if "test_" in file or "__pycache__" in file]
    assert files - samples == {
        "./usr/bin/mailroom", "./usr/share/mailroom/mailroom.yaml", "./etc/mailroom/mailroom.yaml", "./etc/default/mailroom",
        "./lib/systemd/system/mailroom.service", "./usr/share/doc/mailroom/README.md", "./usr/share/doc/mailroom/CHANGELOG.md",
        "./usr/share/doc/mailroom/copyright"}
    assert (root / "etc/mailroom/mailroom.yaml").read_text() == TEMPLATE
    # What people change is asked about by upgrades, and everything can be checked.
    assert (root / "DEBIAN/conffiles").read_text().split() == ["/etc/mailroom/mailroom.yaml", "/etc/default/mailroom"]
    subprocess.run(["md5sum", "--check", "--quiet", "DEBIAN/md5sums"], cwd=root, check=True)
    assert len((root / "DEBIAN/md5sums").read_text().splitlines()) == len(files)


def test_its_scripts_make_the_user_and_keep_the_mail(root):
    for name in ("postinst", "prerm", "postrm"):
        script = root / "DEBIAN" / name
        assert script.stat().st_mode & stat.S_IXUSR
        subprocess.run(["sh", "-n", script], check=True)
    install = (root / "DEBIAN/postinst").read_text()
    assert "adduser --system --group" in install and "-m 0700 /var/lib/mailroom" in install
    assert "rm " not in (root / "DEBIAN/postrm").read_text()


def test_the_service_is_hardened_and_can_start_functions(root, tmp_path):
    path = root / "lib/systemd/system/mailroom.service"
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read(path)
    service = unit["Service"]
    assert service["Type"] == "notify" and service["User"] == "mailroom" and service["StateDirectoryMode"] == "0700"
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectKernelModules", "RestrictSUIDSGID"):
        assert service[name] == "yes", name
    assert service["ProtectSystem"] == "strict"
    # Ports below 1024, and child processes under user ids of their own.
    wanted = {f"CAP_{name}" for name in (
        "NET_BIND_SERVICE", "SETUID", "SETGID", "KILL", "SYS_ADMIN", "SYS_CHROOT", "SYS_NICE")}
    assert set(service["AmbientCapabilities"].split()) == set(service["CapabilityBoundingSet"].split()) == wanted
    assert not {
        "MemoryDenyWriteExecute", "RestrictNamespaces", "PrivateUsers", "ProtectKernelTunables", "ProtectKernelLogs"} & set(service)
    command = service["ExecStart"].split()
    assert command[0] == "/usr/bin/mailroom" and f"--template {'/etc/mailroom/mailroom.yaml'}" in service["ExecStart"]
    if shutil.which("systemd-analyze"):
        copy = tmp_path / "mailroom.service"
        copy.write_text(path.read_text().replace("/usr/bin/mailroom", str(root / "usr/bin/mailroom")))
        done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
        assert "mailroom.service" not in done.stderr, done.stderr


def test_the_program_finds_its_template_and_serves(root, tmp_path):
    with Server(
            data=str(tmp_path / "data"), log=str(tmp_path / "log"), verb="serve", arguments=["--address", "127.0.0.1"],
            binary=str(root / "usr/bin/mailroom"), directory=str(tmp_path)) as server:
        assert server.card["ready"]
        with server.smtp() as client:
            assert client.noop()[0] == 250
