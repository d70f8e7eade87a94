#pragma once
#define _GNU_SOURCE
#include "launcher.h"

#define LAUNCHER_SOCKET 3

/// What a start carries; see launcher.h. They are numbered in rising order, and all above LAUNCHER_SOCKET.
struct carried {
    int count;
    int numbers[LAUNCHER_DESCRIPTORS_MAX];
};

/// Makes this process's user the only one of its new user namespace.
int sandbox_map_user(uid_t user, gid_t group);
/// Builds a root out of mounts on a folder and moves there. 0, or -1 with the gauge's text set.
int sandbox_build_root(
    const char *folder, const char *mounts, uint32_t count, struct launcher_gauge *gauge);
/// Refuses system calls that no function needs and that have often been the way out. 0 or -1.
int sandbox_filter_calls(void);
/// The same filter for others to set: `sock_filter`s, and how many octets they are.
const void *sandbox_filter(size_t *octets);
/// The string after this one.
const char *next_string(const char *string);
/// Starts the function and stays with it. Never returns.
/// - link: to the parent that is asked for it; -1 when none is.
void supervise(
    const struct launcher_request *request, const char *strings, const struct carried *descriptors, struct launcher_gauge *gauge,
    enum launcher_isolation isolation, const char *scratch, int link) __attribute__((noreturn));

/// The words and variables of a request, as execve takes them.
struct words {
    char *arguments[256];
    char *variables[8192];
};
/// Reads them from where argv begins; gives the mounts behind them. NULL when there are too many.
const char *read_words(const struct launcher_request *request, const char *strings, struct words *words);
/// Becomes a parent that listens on this socket. Never returns.
void become_parent(const struct launcher_request *request, const char *strings, int link, const char *scratch)
    __attribute__((noreturn));
/// Tells a new parent what it has to know. 0 or -1.
int parent_prepare(int socket);
/// 1 once a parent said that it has loaded everything, 0 before; -1 when it never will.
int parent_is_ready(int socket);
/// A supervisor's first word on the link to a parent: the namespaces that a child is wanted in.
void parent_offer(int link);
/// A supervisor's second: the child's process id once it is the function's; -1 when there is none and there will be none.
/// - count: octets of the strings, mounts left out.
pid_t adopt_child(
    const struct launcher_request *request, const char *strings, size_t count, const struct carried *descriptors, int link);
/// 1 if this process may do all that full isolation takes: as root, or as a service that was given just these capabilities.
int may_isolate_fully(void);
/// Drops every capability. Root's go with its user id; those of a service that is not root stay over a change of user id and over
/// a program's start. 0 or -1.
int give_up_capabilities(void);
/// Keeps what it takes to put others into namespaces and to give them user ids, and nothing else of what root or a service may.
void keep_capabilities_of_a_parent(void);
/// Every signal as a new program expects it.
void reset_signals(void);
