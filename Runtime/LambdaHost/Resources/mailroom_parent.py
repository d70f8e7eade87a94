"""A Python that has loaded what most functions ask for, and forks their processes: the launcher's own, started by CLauncher/parent.c.

It runs nothing of users': what a fork is to become, that process alone is told, by its supervisor, after it was forked. It sits in a
root like theirs, so that everything loaded here has the place that it has there.
"""
import ctypes
import fcntl
import gc
import importlib
import os
import resource
import socket
import struct
import sys
import time
import warnings

# linux/sched.h, linux/prctl.h, linux/seccomp.h; the number of close_range is the same everywhere.
NEW_PROCESSES = 0x20000000
SET_DUMPABLE, SET_NO_NEW_PRIVS, SET_SECCOMP, FILTER = 4, 38, 22, 2
CLOSE_RANGE = 436
# linux/capability.h
CAPABILITY_VERSION = 0x20080522
# launcher.h: LAUNCHER_REQUEST_MAX, LAUNCHER_DESCRIPTORS_MAX, launcher_request.
REQUEST_OCTETS, DESCRIPTORS = 65536, 8
REQUEST = struct.Struct("=6I2Q6I")
# Above all that a function is given.
HIGH = 64

MODULES = """
boto3 boto3.session boto3.dynamodb.conditions boto3.dynamodb.transform boto3.s3.inject boto3.s3.transfer botocore.client botocore.config
botocore.exceptions botocore.httpsession base64 calendar collections.abc concurrent.futures contextlib copy csv dataclasses datetime
decimal email email.header email.message email.mime.application email.mime.multipart email.mime.text email.parser email.policy
email.utils enum functools hashlib hmac html http.client inspect io itertools math operator pathlib queue random re s3transfer.manager
shutil six ssl string subprocess tempfile textwrap threading typing urllib.error urllib.parse urllib.request urllib3 uuid zipfile
""".split()

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *words):
    """A system call by the C library; its errors are Python's."""
    if getattr(libc, name)(*words) < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))


class Missed:
    """Hears at the end of the search which modules are looked for and not found: a function may bring them."""

    def __init__(self):
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        if path is None:
            self.names.add(name)


def load_modules():
    """Loads what functions use. Gives the names that a function must not bring itself."""
    missed = Missed()
    sys.meta_path.append(missed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in MODULES:
            try:
                importlib.import_module(name)
            except Exception:
                pass  # Not here, or not on this version: then a function that asks for it sees what it always saw.
        try:
            rehearse()
        except Exception:
            pass
    sys.meta_path.remove(missed)
    names = missed.names | {name.partition(".")[0] for name in sys.modules}
    # The bootstrap is loaded before a function's code wherever it starts.
    return names - set(sys.builtin_module_names) - {"__main__", "bootstrap"}


def rehearse():
    """Makes a client, as botocore loads much only then. It talks to nobody."""
    import boto3.session
    session = boto3.session.Session(aws_access_key_id="-", aws_secret_access_key="-", region_name="us-east-1")
    session.client("s3")


def loaded_libraries():
    """The names of shared libraries in this process, without what comes after `.so`."""
    with open("/proc/self/maps") as lines:
        return {line.rsplit("/", 1)[-1].partition(".so")[0] for line in lines if ".so" in line}


def brings_its_own(modules, libraries):
    """True when code or layers have a module or library of a name that is loaded here: theirs is meant to win."""
    version = "%d.%d" % sys.version_info[:2]
    root = os.environ["LAMBDA_TASK_ROOT"]
    for folder, names, end in (
            (root, modules, "."), ("/opt/python/lib/python%s/site-packages" % version, modules, "."), ("/opt/python", modules, "."),
            (root, libraries, ".so"), (root + "/lib", libraries, ".so"), ("/opt/lib", libraries, ".so")):
        try:
            found = os.listdir(folder)
        except OSError:
            continue
        if any(name.partition(end)[0] in names for name in found):
            return True
    return False


class Program(ctypes.Structure):
    """sock_fprog (linux/filter.h)."""
    _fields_ = [("count", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def give_up_capabilities():
    """Root's go with its user id, those that a service was given stay: capset(2) with nothing in all three sets."""
    header, none = struct.pack("=Ii", CAPABILITY_VERSION, 0), bytes(24)
    call("capset", header, none)


def fork_into(processes, home):
    """Forks into a process namespace, as a child of its first process. True in the fork."""
    try:
        call("setns", processes, NEW_PROCESSES)
        between = os.fork()
    except OSError:
        between = None  # Its first process is gone, or there is no room.
    if between == 0:
        # Whoever loses its parent is given to the first process: the one between ends at once.
        try:
            child = os.fork()
        except OSError:
            child = -1
        if child != 0:
            os._exit(0)
        return True
    if between is not None:
        os.waitpid(between, 0)
    call("setns", home, NEW_PROCESSES)
    return False


def become(request, descriptors, kept, calls):
    """Turns this fork into a function's process: all that `become` in CLauncher/supervisor.c does, in its order."""
    _, _, user, _, open_files, processes, file_octets, data_octets, arguments, variables, _, nice, _, _ = REQUEST.unpack_from(request)
    strings = request[REQUEST.size:].split(b"\0")
    os.setsid()
    # All of them are above what they become.
    for number, descriptor in enumerate([os.open("/dev/null", os.O_RDONLY)] + descriptors):
        os.dup2(descriptor, number)
    call("syscall", CLOSE_RANGE, len(descriptors) + 1, kept - 1, 0)
    call("syscall", CLOSE_RANGE, kept + 1, 0xFFFFFFFF, 0)
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, open_files), (resource.RLIMIT_FSIZE, file_octets),
                         (resource.RLIMIT_DATA, data_octets), (resource.RLIMIT_NPROC, processes)):
        resource.setrlimit(limit, (value, value))
    if user == 0:
        raise PermissionError("a function needs a user id of its own")
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    give_up_capabilities()
    # Changing the user id clears it; a program's start sets it again.
    call("prctl", SET_DUMPABLE, 1, 0, 0, 0)
    call("prctl", SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call("prctl", SET_SECCOMP, FILTER, ctypes.byref(calls), 0, 0)
    os.chdir(strings[0])
    words = [os.fsdecode(word) for word in strings[1:1 + arguments]]
    sys.argv, sys.orig_argv = words[1:], words
    # What Python sets where the locale is not installed (PEP 538).
    locale = os.environb.get(b"LC_CTYPE")
    os.environ.clear()
    for variable in strings[1 + arguments:1 + arguments + variables]:
        name, _, value = variable.partition(b"=")
        os.environb[name] = value
    if locale is not None:
        os.environb.setdefault(b"LC_CTYPE", locale)
    time.tzset()


def start(link, namespaces, calls, modules, libraries):
    """The life of a fork until its function's own code: asks the supervisor what it is to be, and says when it is."""
    kept = fcntl.fcntl(link, fcntl.F_DUPFD_CLOEXEC, HIGH)
    with socket.socket(fileno=kept) as supervisor:
        supervisor.send(struct.pack("=i", os.getpid()))
        request, descriptors, _, _ = socket.recv_fds(supervisor, REQUEST_OCTETS, DESCRIPTORS)
        if not request:
            os._exit(0)
        # Its root is ready now.
        for namespace in namespaces:
            call("setns", namespace, 0)
        become(request, descriptors, kept, calls)
        if brings_its_own(modules, libraries):
            os._exit(0)
        supervisor.send(b"\1")


def serve():
    """Forks as often as the launcher asks. Returns in the forks only, where the function's code is next."""
    launcher = socket.socket(fileno=3)
    steps = launcher.recv(REQUEST_OCTETS)
    calls = Program(len(steps) // 8, steps)
    home = os.open("/proc/self/ns/pid", os.O_RDONLY)
    modules = load_modules()
    libraries = loaded_libraries()
    # The folder that is read is one itself. What a module left open or running, a fork could not be trusted with.
    if len(os.listdir("/proc/self/fd")) != home + 2 or len(os.listdir("/proc/self/task")) != 1:
        sys.exit(1)
    gc.collect()
    gc.freeze()
    launcher.send(b"\1")
    while True:
        octet, links, _, _ = socket.recv_fds(launcher, 1, 1)
        if not octet:
            os._exit(0)
        _, namespaces, _, _ = socket.recv_fds(supervisor := socket.socket(fileno=links[0]), 1, 3)
        if len(namespaces) == 3 and fork_into(namespaces[0], home):
            break
        supervisor.close()
        for descriptor in namespaces:
            os.close(descriptor)
    try:
        launcher.detach()
        start(supervisor.detach(), namespaces[1:], calls, modules, libraries)
    except BaseException:
        os._exit(1)
