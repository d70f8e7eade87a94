// What Glibc's module leaves out or shows in a shape Swift cannot use.
//
// Never define _GNU_SOURCE here: Swift's Glibc module is built without it, and structures that differ between the two
// (fd_set, rusage) make every file fail that imports both. Declare by hand what only _GNU_SOURCE shows.
#pragma once
#include <arpa/inet.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// Shown by _GNU_SOURCE only.
extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int syncfs(int fd);
extern int sched_getcpu(void);

extern char **environ;
static inline char **clinux_environment(void) { return environ; }

static inline int clinux_sync_file_system(int fd) { return syncfs(fd); }

static inline void clinux_name_this_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

// Socket calls that take any family's address.
static inline int clinux_accept(int fd, struct sockaddr_storage *address, socklen_t *length) {
    return accept4(fd, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
static inline int clinux_bind(int fd, const struct sockaddr_storage *address, socklen_t length) {
    return bind(fd, (const struct sockaddr *)address, length);
}
static inline int clinux_connect(int fd, const struct sockaddr_storage *address, socklen_t length) {
    return connect(fd, (const struct sockaddr *)address, length);
}
static inline int clinux_local_address(int fd, struct sockaddr_storage *address, socklen_t *length) {
    return getsockname(fd, (struct sockaddr *)address, length);
}
static inline int clinux_peer_address(int fd, struct sockaddr_storage *address, socklen_t *length) {
    return getpeername(fd, (struct sockaddr *)address, length);
}
static inline int clinux_stream_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
static inline int clinux_set_flag(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value);
}
static inline int clinux_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}
// MSG_ constants are an enum in one module and numbers in the other.
static inline ssize_t clinux_send(int fd, const void *octets, size_t count) {
    return send(fd, octets, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}
static inline ssize_t clinux_receive(int fd, void *octets, size_t count) {
    return recv(fd, octets, count, MSG_DONTWAIT);
}
static inline ssize_t clinux_peek(int fd, void *octets, size_t count) {
    return recv(fd, octets, count, MSG_DONTWAIT | MSG_PEEK);
}
static inline int clinux_shutdown_writing(int fd) { return shutdown(fd, SHUT_WR); }
static inline int clinux_shutdown(int fd) { return shutdown(fd, SHUT_RDWR); }

// The events of epoll as plain numbers, all edge-triggered.
static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int clinux_epoll_add(int epoll, int fd, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = tag}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}
// Level-triggered, for descriptors that others read from.
static inline int clinux_epoll_add_level(int epoll, int fd, uint64_t tag, int with_output) {
    struct epoll_event event = {.events = EPOLLIN | (with_output ? EPOLLOUT : 0), .data = {.u64 = tag}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}
static inline int clinux_epoll_remove(int epoll, int fd) {
    struct epoll_event event = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
}
static inline uint32_t clinux_event_flags(const struct epoll_event *events, int index) {
    uint32_t seen = events[index].events;
    return (seen & EPOLLIN ? 1u : 0) | (seen & EPOLLOUT ? 2u : 0)
        | (seen & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? 4u : 0) | (seen & (EPOLLHUP | EPOLLERR) ? 8u : 0);
}
static inline uint64_t clinux_event_tag(const struct epoll_event *events, int index) { return events[index].data.u64; }
static inline int clinux_wakeup_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// Milliseconds that only grow; read without a system call, a few milliseconds coarse.
static inline uint64_t clinux_coarse_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}
// Moves the calling thread to the core on which the last packet of a TCP connection came in, if it may run there, and lets it go
// where it may from there. 1: it moved; 0: it is there already, or the system does not tell.
static inline int clinux_join_core(int descriptor) {
    int core = -1;
    socklen_t size = sizeof core;
    if (getsockopt(descriptor, SOL_SOCKET, SO_INCOMING_CPU, &core, &size) != 0 || core < 0) return 0;
    if (core == sched_getcpu()) return 0;
    unsigned long all[128] = {0}, one[128] = {0};
    const unsigned bits = 8 * sizeof *all;
    if ((unsigned)core >= bits * 128 || syscall(SYS_sched_getaffinity, 0, sizeof all, all) < 0) return 0;
    one[core / bits] = 1ul << core % bits;
    if (!(all[core / bits] & one[core / bits])) return 0;
    if (syscall(SYS_sched_setaffinity, 0, sizeof one, one) != 0) return 0;
    syscall(SYS_sched_setaffinity, 0, sizeof all, all);
    return 1;
}

// How often the system took the calling thread off its core while it could have run on; -1 when it does not tell.
static inline long clinux_preemptions(void) {
    struct rusage usage;
    return getrusage(1 /* RUSAGE_THREAD */, &usage) == 0 ? usage.ru_nivcsw : -1;
}

// Takes the program's own code out of memory. It lies in its file: what is used again comes back with a page fault.
static inline void clinux_give_back_code(void) {
    const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    uintptr_t base = 0, page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < count; i++)
        if (headers[i].p_type == PT_PHDR) base = (uintptr_t)headers - headers[i].p_vaddr;
    for (size_t i = 0; base != 0 && i < count; i++) {
        if (headers[i].p_type != PT_LOAD || !(headers[i].p_flags & PF_X) || headers[i].p_flags & PF_W) continue;
        uintptr_t start = (base + headers[i].p_vaddr) & ~(page - 1);
        madvise((void *)start, base + headers[i].p_vaddr + headers[i].p_memsz - start, MADV_DONTNEED);
    }
}
// Raises the limit of open files to the hard limit and gives what holds now.
static inline uint64_t clinux_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        rlim_t former = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = former;
    }
    return limit.rlim_cur;
}

// Datagrams, for the tests' own servers.
static inline ssize_t clinux_receive_datagram(
    int fd, void *octets, size_t count, struct sockaddr_storage *address, socklen_t *length) {
    return recvfrom(fd, octets, count, 0, (struct sockaddr *)address, length);
}
static inline ssize_t clinux_send_datagram(
    int fd, const void *octets, size_t count, const struct sockaddr_storage *address, socklen_t length) {
    return sendto(fd, octets, count, 0, (const struct sockaddr *)address, length);
}
