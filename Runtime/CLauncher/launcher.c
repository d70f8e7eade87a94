#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// One environment as the launcher knows it.
struct child {
    uint32_t id;
    pid_t process;
};

#define CHILDREN_MAX 4096

static struct child children[CHILDREN_MAX];
static int child_count;
static enum launcher_isolation isolation;
static const char *scratch_folder;

static void tell(uint32_t kind, uint32_t id, int32_t value) {
    struct launcher_notice notice = {.kind = kind, .id = id, .value = value};
    while (send(LAUNCHER_SOCKET, &notice, sizeof notice, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

static pid_t clone_into(unsigned long flags) { return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0); }

static unsigned long namespaces(enum launcher_isolation level) {
    if (level == LAUNCHER_PLAIN) return 0;
    return CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (level == LAUNCHER_UNPRIVILEGED ? CLONE_NEWUSER : 0);
}

// Tries what a function's start needs, in a child that does nothing else.
static int is_possible(enum launcher_isolation level) {
    uid_t user = geteuid();
    gid_t group = getegid();
    pid_t child = clone_into(namespaces(level));
    if (child == 0) {
        struct launcher_gauge unused = {0};
        if (level == LAUNCHER_UNPRIVILEGED && sandbox_map_user(user, group) != 0) _exit(1);
        static const char mounts[] = "t1\t/tmp\0p\t/proc\0b/usr\t/usr";
        _exit(sandbox_build_root(scratch_folder, mounts, 3, &unused) == 0 ? 0 : 1);
    }
    if (child < 0) return 0;
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void spawn(const struct launcher_request *request, const char *strings, const struct carried *descriptors) {
    struct launcher_gauge *gauge =
        mmap(NULL, sizeof *gauge, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors->numbers[2], 0);
    if (gauge == MAP_FAILED || child_count >= CHILDREN_MAX) {
        if (gauge != MAP_FAILED) munmap(gauge, sizeof *gauge);
        return tell(LAUNCHER_ENDED, request->id, errno);
    }
    uid_t user = geteuid();
    gid_t group = getegid();
    pid_t process = clone_into(namespaces(isolation));
    if (process == 0) {
        // A supervisor must not outlive the launcher. In a pid namespace its own end takes everybody along.
        prctl(PR_SET_PDEATHSIG, isolation == LAUNCHER_PLAIN ? SIGTERM : SIGKILL);
        if (isolation == LAUNCHER_UNPRIVILEGED && sandbox_map_user(user, group) != 0) {
            snprintf(gauge->failure, sizeof gauge->failure, "no user namespace: %s", strerror(errno));
            _exit(1);
        }
        supervise(request, strings, descriptors, gauge, isolation, scratch_folder);
    }
    int reason = errno;
    if (process < 0) snprintf(gauge->failure, sizeof gauge->failure, "no process: %s", strerror(reason));
    munmap(gauge, sizeof *gauge);
    if (process < 0) return tell(LAUNCHER_ENDED, request->id, reason);
    children[child_count++] = (struct child){.id = request->id, .process = process};
    tell(LAUNCHER_STARTED, request->id, process);
}

static void end_child(pid_t process) { kill(process, isolation == LAUNCHER_PLAIN ? SIGTERM : SIGKILL); }

static void reap(void) {
    pid_t process;
    while ((process = waitpid(-1, NULL, WNOHANG)) > 0) {
        for (int index = 0; index < child_count; index++) {
            if (children[index].process != process) continue;
            tell(LAUNCHER_ENDED, children[index].id, 0);
            children[index] = children[--child_count];
            break;
        }
    }
}

// Takes one request; 0 when the server is gone.
static int serve(char *buffer) {
    struct iovec part = {.iov_base = buffer, .iov_len = LAUNCHER_REQUEST_MAX};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(LAUNCHER_DESCRIPTORS_MAX * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(LAUNCHER_SOCKET, &message, MSG_CMSG_CLOEXEC);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    if (count == 0) return 0;
    struct carried descriptors = {0};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_type == SCM_RIGHTS) {
        descriptors.count = (int)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(descriptors.numbers, CMSG_DATA(head), (size_t)descriptors.count * sizeof(int));
    }
    struct launcher_request request;
    if ((size_t)count >= sizeof request) {
        memcpy(&request, buffer, sizeof request);
        if (request.kind == LAUNCHER_SPAWN && descriptors.count >= 3) {
            spawn(&request, buffer + sizeof request, &descriptors);
        } else if (request.kind == LAUNCHER_KILL) {
            for (int index = 0; index < child_count; index++)
                if (children[index].id == request.id) end_child(children[index].process);
        }
    }
    for (int index = 0; index < descriptors.count; index++) close(descriptors.numbers[index]);
    return 1;
}

static void nothing(int number) { (void)number; }

int launcher_main(const char *scratch, int most) {
    static char buffer[LAUNCHER_REQUEST_MAX];
    scratch_folder = scratch;
    prctl(PR_SET_NAME, "launcher");
    // Ctrl-C in the server's terminal is the server's to answer: it drains first.
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigset_t waiting, former;
    sigemptyset(&waiting);
    sigaddset(&waiting, SIGCHLD);
    sigprocmask(SIG_BLOCK, &waiting, &former);
    sigdelset(&former, SIGCHLD);
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGCHLD, &action, NULL);
    // An environment's end is heard as a signal that only arrives inside ppoll.
    enum launcher_isolation best = geteuid() == 0 ? LAUNCHER_FULL : LAUNCHER_UNPRIVILEGED;
    isolation = most != LAUNCHER_PLAIN && is_possible(best) ? best : LAUNCHER_PLAIN;
    tell(LAUNCHER_READY, 0, isolation);
    while (1) {
        struct pollfd socket = {.fd = LAUNCHER_SOCKET, .events = POLLIN};
        int ready = ppoll(&socket, 1, NULL, &former);
        reap();
        if (ready > 0 && !serve(buffer)) break;
    }
    for (int index = 0; index < child_count; index++) end_child(children[index].process);
    // Whoever started us may delete the data directory next: nobody may be left writing there.
    for (int turn = 0; turn < 200 && child_count > 0; turn++) {
        reap();
        usleep(10000);
    }
    return 0;
}
