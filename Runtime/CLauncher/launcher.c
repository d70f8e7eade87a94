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

// One environment as the launcher knows it, or one parent.
struct child {
    uint32_t id;
    pid_t process;
    // Where a parent is asked; -1 for an environment.
    int parent;
    int is_ready;
};

#define CHILDREN_MAX 4096
#define LOADING_MAX 16

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

static enum launcher_isolation best_possible(void) {
    if (may_isolate_fully() && is_possible(LAUNCHER_FULL)) return LAUNCHER_FULL;
    // In a user namespace of its own root would have no other user ids to give.
    return geteuid() != 0 && is_possible(LAUNCHER_UNPRIVILEGED) ? LAUNCHER_UNPRIVILEGED : LAUNCHER_PLAIN;
}

// The socket of a parent that can be asked; -1 when there is none.
static int ready_parent(uint32_t id) {
    for (int index = 0; id != 0 && index < child_count; index++)
        if (children[index].id == id) return children[index].is_ready ? children[index].parent : -1;
    return -1;
}

static void spawn(const struct launcher_request *request, const char *strings, const struct carried *descriptors) {
    struct launcher_gauge *gauge =
        mmap(NULL, sizeof *gauge, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors->numbers[2], 0);
    if (gauge == MAP_FAILED || child_count >= CHILDREN_MAX) {
        if (gauge != MAP_FAILED) munmap(gauge, sizeof *gauge);
        return tell(LAUNCHER_ENDED, request->id, errno);
    }
    int link[2] = {-1, -1};
    int parent = ready_parent(request->parent);
    if (parent >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link) != 0) parent = -1;
    uid_t user = geteuid();
    gid_t group = getegid();
    pid_t process = clone_into(namespaces(isolation));
    if (process == 0) {
        // The other end must be the child's alone, so that its end is heard.
        if (link[1] >= 0) close(link[1]);
        // A supervisor must not outlive the launcher. In a pid namespace its own end takes everybody along.
        prctl(PR_SET_PDEATHSIG, isolation == LAUNCHER_PLAIN ? SIGTERM : SIGKILL);
        if (isolation == LAUNCHER_UNPRIVILEGED && sandbox_map_user(user, group) != 0) {
            snprintf(gauge->failure, sizeof gauge->failure, "no user namespace: %s", strerror(errno));
            _exit(1);
        }
        supervise(request, strings, descriptors, gauge, isolation, scratch_folder, link[0]);
    }
    int reason = errno;
    // While the supervisor builds the root, the parent forks. One that takes no more is heard by the end of the link.
    if (process > 0 && parent >= 0) launcher_send(parent, "", 1, &link[1], 1);
    for (int end = 0; end < 2; end++)
        if (link[end] >= 0) close(link[end]);
    if (process < 0) snprintf(gauge->failure, sizeof gauge->failure, "no process: %s", strerror(reason));
    munmap(gauge, sizeof *gauge);
    if (process < 0) return tell(LAUNCHER_ENDED, request->id, reason);
    children[child_count++] = (struct child){.id = request->id, .process = process, .parent = -1};
    tell(LAUNCHER_STARTED, request->id, process);
}

// Starts a parent. It may see all processes, as those it forks go into namespaces below its own.
static void raise_parent(const struct launcher_request *request, const char *strings) {
    int link[2];
    if (isolation != LAUNCHER_FULL || child_count >= CHILDREN_MAX) return tell(LAUNCHER_ENDED, request->id, EPERM);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link) != 0) return tell(LAUNCHER_ENDED, request->id, errno);
    pid_t process = clone_into(CLONE_NEWNS | CLONE_NEWIPC);
    if (process == 0) become_parent(request, strings, link[1], scratch_folder);
    int reason = errno;
    close(link[1]);
    if (process < 0) {
        close(link[0]);
        return tell(LAUNCHER_ENDED, request->id, reason);
    }
    parent_prepare(link[0]);
    children[child_count++] = (struct child){.id = request->id, .process = process, .parent = link[0]};
    tell(LAUNCHER_STARTED, request->id, process);
}

static void end_child(pid_t process) { kill(process, isolation == LAUNCHER_PLAIN ? SIGTERM : SIGKILL); }

static void reap(void) {
    pid_t process;
    while ((process = waitpid(-1, NULL, WNOHANG)) > 0) {
        for (int index = 0; index < child_count; index++) {
            if (children[index].process != process) continue;
            tell(LAUNCHER_ENDED, children[index].id, 0);
            if (children[index].parent >= 0) close(children[index].parent);
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
        } else if (request.kind == LAUNCHER_RAISE_PARENT) {
            raise_parent(&request, buffer + sizeof request);
        } else if (request.kind == LAUNCHER_KILL) {
            for (int index = 0; index < child_count; index++)
                if (children[index].id == request.id) end_child(children[index].process);
        }
    }
    for (int index = 0; index < descriptors.count; index++) close(descriptors.numbers[index]);
    return 1;
}

// Parents that have not said yet that they are ready; more at once have to wait for each other.
static int add_loading(struct pollfd *sockets) {
    int count = 0;
    for (int index = 0; index < child_count && count < LOADING_MAX; index++)
        if (children[index].parent >= 0 && !children[index].is_ready)
            sockets[count++] = (struct pollfd){.fd = children[index].parent, .events = POLLIN};
    return count;
}

static void hear_loading(void) {
    for (int index = 0; index < child_count; index++) {
        struct child *child = &children[index];
        if (child->parent < 0 || child->is_ready) continue;
        int answer = parent_is_ready(child->parent);
        if (answer < 0) end_child(child->process);
        if (answer <= 0) continue;
        child->is_ready = 1;
        tell(LAUNCHER_READY, child->id, 0);
    }
}

static void nothing(int number) { (void)number; }

int launcher_main(const char *scratch, int most) {
    static char buffer[LAUNCHER_REQUEST_MAX];
    scratch_folder = scratch;
    prctl(PR_SET_NAME, "launcher");
    // What a killed parent leaves is in the namespace of an environment, whose end the kernel holds up until it is reaped.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
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
    isolation = most == LAUNCHER_PLAIN ? LAUNCHER_PLAIN : best_possible();
    tell(LAUNCHER_READY, 0, isolation);
    while (1) {
        struct pollfd sockets[1 + LOADING_MAX] = {{.fd = LAUNCHER_SOCKET, .events = POLLIN}};
        int count = 1 + add_loading(sockets + 1);
        if (ppoll(sockets, (nfds_t)count, NULL, &former) < 0) sockets[0].revents = 0;
        hear_loading();
        reap();
        if (sockets[0].revents != 0 && !serve(buffer)) break;
    }
    for (int index = 0; index < child_count; index++) end_child(children[index].process);
    // Whoever started us may delete the data directory next: nobody may be left writing there.
    for (int turn = 0; turn < 1000 && child_count > 0; turn++) {
        reap();
        usleep(10000);
    }
    return 0;
}
