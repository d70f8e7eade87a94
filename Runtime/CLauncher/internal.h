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
/// The string after this one.
const char *next_string(const char *string);
/// Starts the function and stays with it. Never returns.
void supervise(
    const struct launcher_request *request, const char *strings, const struct carried *descriptors, struct launcher_gauge *gauge,
    enum launcher_isolation isolation, const char *scratch) __attribute__((noreturn));
