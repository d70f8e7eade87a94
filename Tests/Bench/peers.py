"""Postfix handing to Dovecot over LMTP, both with durable settings, on free loopback ports."""
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostfixDovecot:
    """The peer that most people run. `with PostfixDovecot() as peer:` starts and stops it."""

    domain = "demo.mailroom.test"

    def __enter__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="peer-", dir="/var/tmp"))
        self.root.chmod(0o755)
        self.smtp_port, self.imap_port, self.lmtp_port = free_port(), free_port(), free_port()
        self._dovecot()
        self._postfix()
        for port in (self.smtp_port, self.imap_port, self.lmtp_port):
            self._await(port)
        return self

    def _dovecot(self):
        try:
            pwd.getpwnam("vmailbench")
        except KeyError:
            subprocess.run(["useradd", "--system", "--no-create-home", "vmailbench"], check=True)
        mail = self.root / "mail"
        mail.mkdir()
        shutil.chown(mail, "vmailbench", "vmailbench")
        config = self.root / "dovecot.conf"
        config.write_text(f"""
base_dir = {self.root}/run
state_dir = {self.root}/state
log_path = {self.root}/dovecot.log
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
mail_location = sdbox:{mail}/%n
mail_fsync = always
mail_uid = vmailbench
mail_gid = vmailbench
first_valid_uid = 1
default_client_limit = 2000
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=vmailbench gid=vmailbench home={mail}/%n
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {self.imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp_port}
  }}
}}
namespace inbox {{
  inbox = yes
}}
auth_username_format = %n
""")
        self.dovecot = config
        subprocess.run(["dovecot", "-c", str(config)], check=True)

    def _postfix(self):
        etc, queue, data = self.root / "etc", self.root / "queue", self.root / "data"
        for path in (etc, queue, data):
            path.mkdir()
        shutil.chown(data, "postfix")
        (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = bench.mailroom.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
virtual_mailbox_domains = {self.domain}
virtual_transport = lmtp:inet:127.0.0.1:{self.lmtp_port}
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
maillog_file = {self.root}/postfix.log
maillog_file_prefixes = {self.root}
""")
        master = pathlib.Path("/etc/postfix/master.cf").read_text() if pathlib.Path("/etc/postfix/master.cf").exists() else \
            pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
        lines = []
        for line in master.splitlines():
            if line.startswith("smtp ") and " inet " in line:
                line = f"127.0.0.1:{self.smtp_port} inet n - n - - smtpd"
            lines.append(line)
        if not any("postlogd" in line for line in lines):
            lines.append("postlog unix-dgram n - n - 1 postlogd")
        text = "\n".join(lines) + "\n"
        # No chroot: the queue directory is a fresh one without the files that a chroot needs.
        fixed = []
        for line in text.splitlines():
            words = line.split()
            if len(words) >= 8 and words[1] in ("inet", "unix", "fifo", "pass", "unix-dgram") and not line.startswith((" ", "#")):
                words[4] = "n"
                line = " ".join(words)
            fixed.append(line)
        (etc / "master.cf").write_text("\n".join(fixed) + "\n")
        self.etc = etc
        done = subprocess.run(["postfix", "-c", str(etc), "start"], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)

    def _await(self, port):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"nothing listens on {port}; see {self.root}")

    @property
    def roots(self):
        """The two masters."""
        return [int((self.root / "queue/pid/master.pid").read_text()), int((self.root / "run/master.pid").read_text())]

    def place(self, name):
        return "127.0.0.1", {"mx": self.smtp_port, "imap": self.imap_port}[name]

    def __exit__(self, *_):
        subprocess.run(["postfix", "-c", str(self.etc), "stop"], capture_output=True)
        subprocess.run(["doveadm", "-c", str(self.dovecot), "stop"], capture_output=True)
        time.sleep(0.5)
        shutil.rmtree(self.root, ignore_errors=True)
