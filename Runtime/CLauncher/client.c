#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

int launcher_start(const char *program, char *const arguments[], pid_t *process) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    // A start with its whole environment is one packet.
    int room = 4 * LAUNCHER_REQUEST_MAX;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    // Onto itself would keep close-on-exec in older systems: by way of another number.
    int high = fcntl(ends[1], F_DUPFD_CLOEXEC, 64);
    posix_spawn_file_actions_adddup2(&actions, high, LAUNCHER_SOCKET);
    posix_spawn_file_actions_addclosefrom_np(&actions, LAUNCHER_SOCKET + 1);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    char *const empty[] = {NULL};
    int result = high < 0 ? errno : posix_spawn(process, program, &actions, &attributes, arguments, empty);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (high >= 0) close(high);
    close(ends[1]);
    if (result == 0) return ends[0];
    close(ends[0]);
    errno = result;
    return -1;
}

int launcher_send(int socket, const void *octets, size_t count, const int *descriptors, int descriptor_count) {
    struct iovec part = {.iov_base = (void *)octets, .iov_len = count};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(LAUNCHER_DESCRIPTORS_MAX * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > LAUNCHER_DESCRIPTORS_MAX) return errno = EINVAL, -1;
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE((size_t)descriptor_count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN((size_t)descriptor_count * sizeof(int));
        memcpy(CMSG_DATA(head), descriptors, (size_t)descriptor_count * sizeof(int));
    }
    ssize_t sent;
    while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {}
    return sent < 0 ? -1 : 0;
}

struct launcher_gauge *launcher_make_gauge(int *descriptor) {
    *descriptor = memfd_create("gauge", MFD_CLOEXEC);
    if (*descriptor < 0) return NULL;
    if (ftruncate(*descriptor, sizeof(struct launcher_gauge)) == 0) {
        void *gauge = mmap(NULL, sizeof(struct launcher_gauge), PROT_READ | PROT_WRITE, MAP_SHARED, *descriptor, 0);
        if (gauge != MAP_FAILED) {
            ((struct launcher_gauge *)gauge)->status = -1;
            return gauge;
        }
    }
    close(*descriptor);
    return NULL;
}

void launcher_free_gauge(struct launcher_gauge *gauge) { munmap(gauge, sizeof *gauge); }

struct launcher_event_count *launcher_make_event_count(int *descriptor) {
    *descriptor = memfd_create("events", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*descriptor < 0) return NULL;
    if (ftruncate(*descriptor, sizeof(struct launcher_event_count)) == 0) {
        void *count = mmap(NULL, sizeof(struct launcher_event_count), PROT_READ | PROT_WRITE, MAP_SHARED, *descriptor, 0);
        if (count != MAP_FAILED) {
            // The mapping that stands stays writable.
            int seals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
            if (fcntl(*descriptor, F_ADD_SEALS, seals) == 0) return count;
            munmap(count, sizeof(struct launcher_event_count));
        }
    }
    close(*descriptor);
    return NULL;
}

void launcher_free_event_count(struct launcher_event_count *count) { munmap(count, sizeof *count); }

void launcher_count_event(struct launcher_event_count *count) { __atomic_fetch_add(&count->events, 1, __ATOMIC_RELEASE); }

void launcher_count_answer(struct launcher_event_count *count) { __atomic_fetch_add(&count->answers, 1, __ATOMIC_RELEASE); }

int launcher_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

int launcher_channel(int ends[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    int on = 1;
    setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

ssize_t launcher_receive_first(int channel, void *room, size_t count, pid_t *sender) {
    union {
        struct cmsghdr head;
        char octets[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec part = {room, count};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *sender = 0;
    ssize_t received = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received <= 0) return received;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_CREDENTIALS) {
        struct ucred credentials;
        memcpy(&credentials, CMSG_DATA(head), sizeof credentials);
        *sender = credentials.pid;
    }
    int off = 0;
    setsockopt(channel, SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
    return received;
}

int launcher_keep_off(pid_t process, struct launcher_cores *former) {
    const unsigned bits = 8 * sizeof former->bits[0], words = sizeof former->bits / sizeof former->bits[0];
    int core = sched_getcpu();
    memset(former, 0, sizeof *former);
    if (core < 0 || (unsigned)core >= bits * words) return errno = ENOSYS, -1;
    if (syscall(SYS_sched_getaffinity, process, sizeof *former, former) < 0) return -1;
    struct launcher_cores others = *former;
    others.bits[core / bits] &= ~(1ul << core % bits);
    bool has_others = false;
    for (unsigned word = 0; word < words; word++) has_others |= others.bits[word] != 0;
    if (!has_others) return 0;
    return syscall(SYS_sched_setaffinity, process, sizeof others, &others) == 0 ? 1 : -1;
}

void launcher_let_go(pid_t process, const struct launcher_cores *cores) {
    syscall(SYS_sched_setaffinity, process, sizeof *cores, cores);
}

int64_t launcher_peer_uid(const char *peer_host, uint16_t peer_port, const char *local_host, uint16_t local_port) {
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request = {
        .head = {.nlmsg_len = sizeof request, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u}};
    request.body.id.idiag_sport = htons(peer_port);
    request.body.id.idiag_dport = htons(local_port);
    request.body.id.idiag_cookie[0] = request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (inet_pton(AF_INET, peer_host, request.body.id.idiag_src) != 1
        || inet_pton(AF_INET, local_host, request.body.id.idiag_dst) != 1)
        return -1;
    int descriptor = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (descriptor < 0) return -1;
    // The kernel answers within the call to send; the limit is for surprises.
    struct timeval limit = {.tv_sec = 1};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    int64_t user = -1;
    union {
        struct nlmsghdr head;
        char room[4096];
    } answer;
    if (send(descriptor, &request, sizeof request, 0) == (ssize_t)sizeof request) {
        ssize_t count = recv(descriptor, &answer, sizeof answer, 0);
        if (count >= (ssize_t)(sizeof(struct nlmsghdr) + sizeof(struct inet_diag_msg))
            && answer.head.nlmsg_type == SOCK_DIAG_BY_FAMILY)
            user = ((struct inet_diag_msg *)NLMSG_DATA(&answer.head))->idiag_uid;
    }
    close(descriptor);
    return user;
}
