#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_file(const char *path, const char *text) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    ssize_t count = write(descriptor, text, strlen(text));
    close(descriptor);
    return count < 0 ? -1 : 0;
}

int sandbox_map_user(uid_t user, gid_t group) {
    char line[64];
    // Without this a group map is refused (user_namespaces(7)).
    write_file("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "%u %u 1", user, user);
    if (write_file("/proc/self/uid_map", line) != 0) return -1;
    snprintf(line, sizeof line, "%u %u 1", group, group);
    return write_file("/proc/self/gid_map", line);
}

// Makes a folder with those above it, below the current folder.
static void make_folders(char *path) {
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
    mkdir(path, 0755);
}

static void make_file(char *path) {
    char *slash = strrchr(path, '/');
    if (slash) {
        *slash = 0;
        make_folders(path);
        *slash = '/';
    }
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor >= 0) close(descriptor);
}

static int bind_mount(const char *source, char *target, int is_device) {
    struct stat facts;
    if (stat(source, &facts) != 0) return -1;
    if (S_ISDIR(facts.st_mode)) make_folders(target);
    else make_file(target);
    if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0) return -1;
    unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | (is_device ? MS_NOEXEC : MS_RDONLY | MS_NODEV);
    // In a user namespace flags that the host locked must be asked for again; losing them is refused.
    if (mount(NULL, target, NULL, flags, NULL) == 0) return 0;
    return mount(NULL, target, NULL, flags | MS_NOATIME | MS_RELATIME, NULL) == 0 || is_device ? 0 : -1;
}

static int apply(char kind, const char *source, char *target) {
    char options[4096];
    switch (kind) {
    case 'b': return bind_mount(source, target, 0);
    case 'd': return bind_mount(source, target, 1);
    case 't':
        make_folders(target);
        snprintf(options, sizeof options, "mode=1777,size=%sm,nr_inodes=%lu", source, 65536ul + 256 * strtoul(source, NULL, 10));
        return mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options);
    case 'p':
        make_folders(target);
        return mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    case 'o':
        make_folders(target);
        if ((size_t)snprintf(options, sizeof options, "lowerdir=%s", source) >= sizeof options) return errno = E2BIG, -1;
        return mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV | MS_RDONLY, options);
    case 'l': return symlink(source, target) == 0 || errno == EEXIST ? 0 : -1;
    case 'm': return make_folders(target), 0;
    default: return errno = EINVAL, -1;
    }
}

static int fail(struct launcher_gauge *gauge, const char *what, const char *of) {
    int reason = errno;
    snprintf(gauge->failure, sizeof gauge->failure, "%s %.120s: %s", what, of, strerror(reason));
    return -1;
}

const char *next_string(const char *string) { return string + strlen(string) + 1; }

int sandbox_build_root(const char *folder, const char *mounts, uint32_t count, struct launcher_gauge *gauge) {
    // Nothing of this may show outside.
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return fail(gauge, "cannot make private", "/");
    if (mount("function", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") != 0)
        return fail(gauge, "cannot mount on", folder);
    if (chdir(folder) != 0) return fail(gauge, "cannot enter", folder);
    umask(022);
    for (uint32_t index = 0; index < count; index++, mounts = next_string(mounts)) {
        char line[4096];
        if (strlen(mounts) >= sizeof line) return errno = E2BIG, fail(gauge, "cannot mount", "");
        strcpy(line, mounts);
        char *tab = strchr(line, '\t');
        if (!tab || tab[1] != '/') return errno = EINVAL, fail(gauge, "cannot mount", line);
        *tab = 0;
        if (apply(line[0], line + 1, tab + 2) != 0) return fail(gauge, "cannot mount", tab + 1);
    }
    // The old root is stacked on the new one and taken off (pivot_root(2), notes).
    if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
        return fail(gauge, "cannot change to", "the new root");
    mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
    return 0;
}

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define REFUSE(call) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

#ifdef THIS_ARCHITECTURE
static const struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
    // New namespaces bring back, inside them, what dropping privileges took away.
    REFUSE(SYS_unshare),
    REFUSE(SYS_setns),
    REFUSE(SYS_mount),
    REFUSE(SYS_umount2),
    REFUSE(SYS_pivot_root),
    REFUSE(SYS_chroot),
    REFUSE(SYS_open_by_handle_at),
    REFUSE(SYS_bpf),
    REFUSE(SYS_perf_event_open),
    REFUSE(SYS_userfaultfd),
    REFUSE(SYS_ptrace),
    REFUSE(SYS_process_vm_readv),
    REFUSE(SYS_process_vm_writev),
    REFUSE(SYS_keyctl),
    REFUSE(SYS_add_key),
    REFUSE(SYS_request_key),
    REFUSE(SYS_init_module),
    REFUSE(SYS_finit_module),
    REFUSE(SYS_delete_module),
    REFUSE(SYS_kexec_load),
    REFUSE(SYS_reboot),
    REFUSE(SYS_swapon),
    REFUSE(SYS_swapoff),
    REFUSE(SYS_acct),
    REFUSE(SYS_quotactl),
    REFUSE(425 /* io_uring_setup */),
    REFUSE(428 /* open_tree */),
    REFUSE(429 /* move_mount */),
    REFUSE(430 /* fsopen */),
    REFUSE(442 /* mount_setattr */),
    // A filter cannot look into clone3's structure: glibc takes "not there" and uses clone.
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 435 /* clone3 */, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
    BPF_JUMP(
        BPF_JMP | BPF_JSET | BPF_K,
        CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
#else
static const struct sock_filter filter[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
#endif

const void *sandbox_filter(size_t *octets) {
    *octets = sizeof filter;
    return filter;
}

int sandbox_filter_calls(void) {
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = (struct sock_filter *)filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
