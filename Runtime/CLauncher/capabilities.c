#include "internal.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What full isolation takes: namespaces, roots and entering them (SYS_ADMIN, SYS_CHROOT), user ids (SETUID, SETGID) and ending what
// has one (KILL).
static const int needed[] = {CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID, CAP_KILL};

int may_isolate_fully(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, sets) != 0) return 0;
    for (size_t index = 0; index < sizeof needed / sizeof needed[0]; index++)
        if (!(sets[CAP_TO_INDEX(needed[index])].effective & CAP_TO_MASK(needed[index]))) return 0;
    return 1;
}

int give_up_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    // The ambient ones go with them (capabilities(7)).
    return (int)syscall(SYS_capset, &header, none);
}

void keep_capabilities_of_a_parent(void) {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        if (capability == CAP_SYS_ADMIN || capability == CAP_SYS_CHROOT || capability == CAP_SETUID || capability == CAP_SETGID)
            continue;
        // The first bounds what root gets from a program's start, the second is what others get.
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability, 0, 0);
    }
}
