#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// A parent is an interpreter that has loaded what functions ask for. Its forks become functions' processes and save them the time
// that loading takes: Resources/mailroom_parent.py is the other half of this file.

// Until a parent's fork says that it is there. A start takes twice as long at most.
#define BIRTH_MILLISECONDS 1000
// Until it is the function's process: it has its root to enter, some limits to set and some names to look at.
#define GROWTH_MILLISECONDS 5000

void become_parent(const struct launcher_request *request, const char *strings, int link, const char *scratch) {
    static struct words words;
    struct launcher_gauge unused = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const char *mounts = read_words(request, next_string(strings), &words);
    if (!mounts || sandbox_build_root(scratch, mounts, request->mount_count, &unused) != 0) _exit(1);
    setsid();
    // Python looks once at what its standard descriptors are: what will be pipes must be some now. Nobody reads what it says.
    int empty = open("/dev/null", O_RDONLY), silent[2];
    if (empty < 0 || pipe(silent) != 0 || dup2(empty, 0) < 0 || dup2(silent[1], 1) < 0 || dup2(silent[1], 2) < 0
        || dup2(link, LAUNCHER_SOCKET) < 0)
        _exit(1);
    syscall(SYS_close_range, LAUNCHER_SOCKET + 1, ~0u, 0u);
    keep_capabilities_of_a_parent();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(1);
    reset_signals();
    execve(words.arguments[0], words.arguments, words.variables);
    _exit(126);
}

int parent_prepare(int socket) {
    size_t octets;
    const void *filter = sandbox_filter(&octets);
    if (launcher_send(socket, filter, octets, NULL, 0) != 0) return -1;
    // A start must never wait for a parent that does not listen.
    return fcntl(socket, F_SETFL, O_NONBLOCK);
}

int parent_is_ready(int socket) {
    char octet;
    ssize_t count = recv(socket, &octet, 1, MSG_DONTWAIT);
    return count < 0 ? 0 : count == 0 ? -1 : 1;
}

void parent_offer(int link) {
    // In the order in which they are entered: processes before the fork, the others once they are ready.
    static const char *const places[] = {"/proc/self/ns/pid", "/proc/self/ns/ipc", "/proc/self/ns/mnt"};
    int descriptors[3], count = 0;
    for (; count < 3; count++)
        if ((descriptors[count] = open(places[count], O_RDONLY | O_CLOEXEC)) < 0) break;
    if (count == 3) launcher_send(link, "", 1, descriptors, count);
    while (count > 0) close(descriptors[--count]);
}

// One message of exactly this size, in time.
static int hear(int link, void *octets, size_t count, int milliseconds) {
    struct pollfd ready = {.fd = link, .events = POLLIN};
    int result;
    while ((result = poll(&ready, 1, milliseconds)) < 0 && errno == EINTR) {}
    return result == 1 && recv(link, octets, count, MSG_DONTWAIT) == (ssize_t)count;
}

pid_t adopt_child(
    const struct launcher_request *request, const char *strings, size_t count, const struct carried *descriptors, int link) {
    static char packet[LAUNCHER_REQUEST_MAX];
    int32_t child = -1;
    if (sizeof *request + count > sizeof packet || !hear(link, &child, sizeof child, BIRTH_MILLISECONDS) || child <= 1) {
        // Closed, it tells a child that comes late that nobody waits for it any more.
        close(link);
        return -1;
    }
    memcpy(packet, request, sizeof *request);
    memcpy(packet + sizeof *request, strings, count);
    int given[LAUNCHER_DESCRIPTORS_MAX], number = 0;
    for (int index = 0; index < descriptors->count; index++)
        if (index != 2) given[number++] = descriptors->numbers[index];
    char octet = 0;
    if (launcher_send(link, packet, sizeof *request + count, given, number) == 0
        && hear(link, &octet, 1, GROWTH_MILLISECONDS) && octet == 1) {
        close(link);
        return child;
    }
    // Its last word comes before the function's own code: nothing of that has run.
    kill(child, SIGKILL);
    close(link);
    return -1;
}
