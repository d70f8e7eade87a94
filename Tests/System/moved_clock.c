/* Loaded before a server (LD_PRELOAD), it lets as many seconds pass as stand in the first eight octets of the file that
 * MOVED_CLOCK names, and sets the calendar's clock ahead by as many as stand in the next eight. That clock stands still at the
 * second in the last eight, unless it is zero. Waits and deadlines are measured by the monotonic clock, which stays as it is: as
 * if the machine had been asleep. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *seconds;

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("MOVED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(0, 3 * sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) seconds = page;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    /* Not by dlsym: an allocator that looks at the clock while it starts would be asked for memory by it. */
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && seconds && clock == CLOCK_REALTIME) {
        if (seconds[2] != 0) *now = (struct timespec){.tv_sec = seconds[2]};
        now->tv_sec += seconds[0] + seconds[1];
    }
    if (result == 0 && seconds && clock == CLOCK_BOOTTIME) now->tv_sec += seconds[0];
    return result;
}
