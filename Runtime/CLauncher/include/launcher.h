// The process that starts users' functions. In C, because everything here runs between fork and exec, where neither the
// Swift runtime nor an allocator that other threads may have locked can be used. See Runtime/LambdaHost/README.md.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Most octets of one request: arguments, environment and mounts together.
#define LAUNCHER_REQUEST_MAX 65536
/// Most descriptors of one request.
#define LAUNCHER_DESCRIPTORS_MAX 8

/// One page that server and supervisor share for each environment.
struct launcher_gauge {
    /// A wait status, once the function's process ended; -1 before.
    int32_t status;
    /// Resident memory of the process tree as last seen, and the most seen, in KiB.
    uint32_t memory_kib;
    uint32_t peak_kib;
    /// 1: it was killed for its memory.
    uint32_t out_of_memory;
    /// What could not be set up, as text; empty when all could.
    char failure[240];
};

/// One page that the server counts an environment's events on, for a process that reads it (pread(2)) and cannot write it.
struct launcher_event_count {
    /// Events sent so far.
    uint64_t events;
    /// Answers taken so far.
    uint64_t answers;
};

/// Cores, one bit for each.
struct launcher_cores {
    unsigned long bits[16];
};

enum launcher_kind { LAUNCHER_SPAWN = 1, LAUNCHER_KILL = 2, LAUNCHER_RAISE_PARENT = 3 };

/// A request. A spawn is followed by NUL-terminated strings: the new root's place, the working directory, argv, environment,
/// mounts; and carries three descriptors or more: standard output, standard error, gauge, and what becomes 3, 4 and so on.
///
/// A mount is a letter, the source, a tab, the target: `b` binds read-only, `d` binds a device, `t` a tmpfs of so many MiB, `p` proc,
/// `o` an overlay of these folders (top first), `l` a symbolic link, `m` only makes the folder.
///
/// A parent is an interpreter that has loaded what functions ask for (mailroom_parent.py). Raising one takes the same strings and no
/// descriptors; it is ended like a function's process. Only full isolation has any: elsewhere it is told to have ended at once.
struct launcher_request {
    uint32_t kind;
    uint32_t id;
    /// 0: keep the launcher's own.
    uint32_t uid;
    uint32_t memory_mib;
    uint32_t open_files;
    uint32_t processes;
    uint64_t file_octets;
    uint64_t data_octets;
    uint32_t argument_count;
    uint32_t variable_count;
    uint32_t mount_count;
    uint32_t nice;
    /// The id of the parent that forks the process; 0: none, a program is executed. Where the parent does not run, is not ready or
    /// finds that it does not suit, the same start is made without it.
    uint32_t parent;
    /// Microseconds of the scheduler's slices, for a process that is executed; 0: the system's. Whoever has shorter ones need not
    /// wait for their end (Linux 6.12).
    uint32_t slice_microseconds;
};

/// What the launcher can do here.
enum launcher_isolation {
    /// Limits only.
    LAUNCHER_PLAIN = 0,
    /// Namespaces through a user namespace of one's own, no user ids of their own.
    LAUNCHER_UNPRIVILEGED = 1,
    /// Namespaces and user ids.
    LAUNCHER_FULL = 2,
};

enum launcher_notice_kind { LAUNCHER_READY = 1, LAUNCHER_STARTED = 2, LAUNCHER_ENDED = 3 };

/// What the launcher tells.
struct launcher_notice {
    uint32_t kind;
    uint32_t id;
    /// READY: `launcher_isolation`, of the launcher itself (id 0), or nothing, of a parent; STARTED: the supervisor's process id; ENDED: nothing.
    int32_t value;
};

/// The launcher's own life: serves requests on descriptor 3 until its other end closes, then ends everything it started.
/// - scratch: an empty folder of the server's own, on which each environment's root is built.
/// - most: the strongest `launcher_isolation` that is tried.
int launcher_main(const char *scratch, int most);

/// Starts a program with one end of a new socket as descriptor 3, an empty environment and a session of its own.
/// Gives the other end, and the process id; -1 with errno.
int launcher_start(const char *program, char *const arguments[], pid_t *process);
/// Sends one request with descriptors; 0 or -1 with errno.
int launcher_send(int socket, const void *octets, size_t count, const int *descriptors, int descriptor_count);
/// An anonymous file of one gauge, mapped; its descriptor in the second place.
struct launcher_gauge *launcher_make_gauge(int *descriptor);
void launcher_free_gauge(struct launcher_gauge *gauge);
/// An anonymous file of one event count, mapped and sealed against writing, growing and shrinking by anybody else; its
/// descriptor in the second place. NULL when the system cannot do all of that.
struct launcher_event_count *launcher_make_event_count(int *descriptor);
void launcher_free_event_count(struct launcher_event_count *count);
/// Adds one event. What was written to the function's channel before is there for who sees it.
void launcher_count_event(struct launcher_event_count *count);
/// Adds one answer.
void launcher_count_answer(struct launcher_event_count *count);
/// A pipe whose reading end does not block; both close on exec.
int launcher_pipe(int ends[2]);
/// Two ends of a stream; the first does not block, both close on exec.
int launcher_channel(int ends[2]);
/// Receives from a channel's first end, as recv(2) does, what was written first, and the process that wrote it; 0 when the system
/// does not tell. For the first octets only: it costs more.
ssize_t launcher_receive_first(int channel, void *room, size_t count, pid_t *sender);
/// Keeps a process's first thread off the caller's core. One that sleeps leaves it when it wakes.
/// - former: where it might run before, for `launcher_let_go`.
/// Returns 1; 0 where it has no other core, nothing done; -1 with errno.
int launcher_keep_off(pid_t process, struct launcher_cores *former);
/// Lets a process's first thread run on these cores.
void launcher_let_go(pid_t process, const struct launcher_cores *cores);
/// The user id of the other end of a loopback TCP connection (sock_diag(7)); -1 when the system does not tell.
int64_t launcher_peer_uid(const char *peer_host, uint16_t peer_port, const char *local_host, uint16_t local_port);
