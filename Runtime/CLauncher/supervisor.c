#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void limit(int resource, uint64_t value) {
    struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    setrlimit(resource, &limit);
}

static void fail_to(struct launcher_gauge *gauge, const char *what) {
    snprintf(gauge->failure, sizeof gauge->failure, "%s: %s", what, strerror(errno));
    _exit(126);
}

const char *read_words(const struct launcher_request *request, const char *strings, struct words *words) {
    if (request->argument_count >= sizeof words->arguments / sizeof words->arguments[0]
        || request->variable_count >= sizeof words->variables / sizeof words->variables[0])
        return errno = E2BIG, NULL;
    for (uint32_t index = 0; index < request->argument_count; index++, strings = next_string(strings))
        words->arguments[index] = (char *)strings;
    for (uint32_t index = 0; index < request->variable_count; index++, strings = next_string(strings))
        words->variables[index] = (char *)strings;
    return strings;
}

void reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Older systems pass the slice over.
static void set_priority(int nice, uint32_t slice_microseconds) {
    setpriority(PRIO_PROCESS, 0, nice);
    if (slice_microseconds == 0) return;
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = 48, .nice = nice, .runtime = slice_microseconds * UINT64_C(1000)};
    syscall(SYS_sched_setattr, 0, &attributes, 0u);
}

// Turns the forked process into the function's. A parent's fork does the same for itself (mailroom_parent.py).
static void become(
    const struct launcher_request *request, const char *folder, const char *strings, const struct carried *descriptors,
    struct launcher_gauge *gauge, enum launcher_isolation isolation) {
    static struct words words;
    if (!read_words(request, strings, &words)) fail_to(gauge, "too many arguments");
    // If the supervisor is killed alone, in plain isolation, its function must not stay.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    int empty = open("/dev/null", O_RDONLY);
    if (empty < 0 || dup2(empty, 0) < 0 || dup2(descriptors->numbers[0], 1) < 0 || dup2(descriptors->numbers[1], 2) < 0)
        fail_to(gauge, "no standard descriptors");
    // Behind the gauge stands what becomes 3 and on: since all rise, none is overwritten before its turn.
    for (int index = 3; index < descriptors->count; index++)
        if (dup2(descriptors->numbers[index], index) < 0) fail_to(gauge, "no descriptor of its own");
    syscall(SYS_close_range, (unsigned)descriptors->count, ~0u, 0u);
    set_priority((int)request->nice, request->slice_microseconds);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, request->open_files);
    limit(RLIMIT_FSIZE, request->file_octets);
    limit(RLIMIT_DATA, request->data_octets);
    // Counted by user: only where the user is the function's alone, as in a user namespace of its own.
    if (request->uid != 0 || isolation == LAUNCHER_UNPRIVILEGED) limit(RLIMIT_NPROC, request->processes);
    if (request->uid != 0) {
        if (setgroups(0, NULL) != 0 || setresgid(request->uid, request->uid, request->uid) != 0
            || setresuid(request->uid, request->uid, request->uid) != 0)
            fail_to(gauge, "no user id");
        // Changing the user id clears it.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    if (give_up_capabilities() != 0) fail_to(gauge, "no end of capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || sandbox_filter_calls() != 0)
        fail_to(gauge, "no system call filter");
    if (chdir(folder) != 0) fail_to(gauge, "working directory");
    reset_signals();
    execve(words.arguments[0], words.arguments, words.variables);
    fail_to(gauge, "entrypoint");
}

// Resident memory of one process that is its own, in KiB: files and shared memory (/tmp) do not count.
static uint64_t own_memory(const char *process) {
    char path[64], text[128];
    snprintf(path, sizeof path, "/proc/%.20s/statm", process);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    ssize_t count = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (count <= 0) return 0;
    text[count] = 0;
    unsigned long total, resident, shared;
    if (sscanf(text, "%lu %lu %lu", &total, &resident, &shared) != 3 || resident < shared) return 0;
    return (resident - shared) * (uint64_t)(sysconf(_SC_PAGESIZE) / 1024);
}

// The same with each page that several processes share counted once among them: dear, so only asked before killing.
static uint64_t shared_out_memory(const char *process) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%.20s/smaps_rollup", process);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return own_memory(process);
    ssize_t count = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (count <= 0) return own_memory(process);
    text[count] = 0;
    const char *line = strstr(text, "Pss_Anon:");
    return line ? strtoull(line + strlen("Pss_Anon:"), NULL, 10) : own_memory(process);
}

// Everything below a process, by the kernel's list of children. Calls back with each id.
static void each_descendant(const char *process, int depth, void (*visit)(const char *, void *), void *context) {
    char path[80];
    static char lists[8][16384];
    if (depth >= 8) return;
    snprintf(path, sizeof path, "/proc/%.20s/task/%.20s/children", process, process);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    ssize_t count = read(descriptor, lists[depth], sizeof lists[depth] - 1);
    close(descriptor);
    if (count <= 0) return;
    lists[depth][count] = 0;
    char *rest = NULL;
    for (char *child = strtok_r(lists[depth], " ", &rest); child; child = strtok_r(NULL, " ", &rest)) {
        each_descendant(child, depth + 1, visit, context);
        visit(child, context);
    }
}

struct memory_sum {
    uint64_t kib;
    uint64_t (*of)(const char *process);
};

static void add_memory(const char *process, void *context) {
    struct memory_sum *sum = context;
    sum->kib += sum->of(process);
}
static void end_process(const char *process, void *context) {
    (void)context;
    pid_t id = (pid_t)atoi(process);
    if (id > 1) kill(id, SIGKILL);
}

static uint64_t tree_memory(enum launcher_isolation isolation, uint64_t (*of)(const char *)) {
    struct memory_sum sum = {.of = of};
    if (isolation == LAUNCHER_PLAIN) {
        char own[24];
        snprintf(own, sizeof own, "%d", (int)getpid());
        each_descendant(own, 0, add_memory, &sum);
        return sum.kib;
    }
    // Its own /proc holds its own processes only.
    DIR *folder = opendir("/proc");
    if (!folder) return 0;
    struct dirent *entry;
    while ((entry = readdir(folder)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && strcmp(entry->d_name, "1") != 0)
            add_memory(entry->d_name, &sum);
    closedir(folder);
    return sum.kib;
}

// Ends whoever is left. In a pid namespace our own end does that; without one orphans come to us and are ended in turn.
static void end_all(enum launcher_isolation isolation) {
    if (isolation != LAUNCHER_PLAIN) return;
    char own[24];
    snprintf(own, sizeof own, "%d", (int)getpid());
    for (int turn = 0; turn < 500; turn++) {
        each_descendant(own, 0, end_process, NULL);
        pid_t ended;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {}
        if (ended < 0 && errno == ECHILD) return;
        usleep(1000);
    }
}

static void finish(struct launcher_gauge *gauge, enum launcher_isolation isolation, int status) {
    end_all(isolation);
    __atomic_store_n(&gauge->status, status, __ATOMIC_RELEASE);
    _exit(0);
}

void supervise(
    const struct launcher_request *request, const char *strings, const struct carried *descriptors, struct launcher_gauge *gauge,
    enum launcher_isolation isolation, const char *scratch, int link) {
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, SIGTERM);
    sigprocmask(SIG_BLOCK, &heard, NULL);
    if (link >= 0) parent_offer(link);
    const char *all = strings, *folder = strings;
    strings = next_string(strings);
    const char *mounts = strings;
    for (uint32_t index = 0; index < request->argument_count + request->variable_count; index++) mounts = next_string(mounts);
    if (isolation == LAUNCHER_PLAIN) prctl(PR_SET_CHILD_SUBREAPER, 1);
    else if (sandbox_build_root(scratch, mounts, request->mount_count, gauge) != 0) _exit(1);
    struct launcher_request plan = *request;
    if (isolation != LAUNCHER_FULL && geteuid() != 0) plan.uid = 0;
    pid_t function = link < 0 ? -1 : adopt_child(&plan, all, (size_t)(mounts - all), descriptors, link);
    if (function < 0) function = fork();
    if (function == 0) become(&plan, folder, strings, descriptors, gauge, isolation);
    if (function < 0) {
        snprintf(gauge->failure, sizeof gauge->failure, "no process: %s", strerror(errno));
        _exit(1);
    }
    syscall(SYS_close_range, 0u, ~0u, 0u);
    // Looks often at who grows and seldom at who does not.
    uint64_t before = 0, bound = (uint64_t)request->memory_mib * 1024;
    long milliseconds = 20;
    while (1) {
        struct timespec wait = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
        int number = sigtimedwait(&heard, NULL, &wait);
        pid_t ended;
        int status;
        while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
            if (ended == function) finish(gauge, isolation, status);
        if (number == SIGTERM) finish(gauge, isolation, SIGKILL);
        if (number == SIGCHLD) continue;
        uint64_t now = tree_memory(isolation, own_memory);
        if (now > bound) now = tree_memory(isolation, shared_out_memory);
        gauge->memory_kib = (uint32_t)now;
        if (now > gauge->peak_kib) gauge->peak_kib = (uint32_t)now;
        if (now > bound) {
            gauge->out_of_memory = 1;
            finish(gauge, isolation, SIGKILL);
        }
        milliseconds = now > before + 1024 ? 20 : milliseconds < 320 ? milliseconds * 2 : 500;
        before = now;
    }
}
