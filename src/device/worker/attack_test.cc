// SPDX-License-Identifier: BSD-3-Clause
//
// The hostile worker: attacks from inside the sandbox, one per query, for query_sandbox_test.cc. The SQL "ATTACK name"
// runs one and answers whether it got anywhere; "ATTACK ?" lists them. Linked only into a program for that test.
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "csd/status.hpp"
#include "device/query/protocol.hpp"
#include "device/query/socket.hpp"
#include "device/worker/attack.hpp"
#include "device/worker/files.hpp"

namespace csd::worker {

namespace {

void say(Code code, std::string_view text) {
    query::Answer header{static_cast<uint32_t>(code), static_cast<uint32_t>(text.size())};
    std::array<iovec, 2> parts{iovec{&header, sizeof(header)},
                               iovec{const_cast<char*>(text.data()), text.size()}};
    query::send_message(kSocketFd, parts, {}, true);
}

struct Attack {
    const char* name;
    std::function<bool()> succeeds;
};

bool opens(const char* path, int flags) {
    return open(path, flags, 0600) >= 0;
}
bool call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    return syscall(number, a, b, c, d, e, f) >= 0;
}
long address(const void* pointer) {
    return reinterpret_cast<long>(pointer);
}

const std::string kObject = path_of(kObjectFd);

bool connects_to_engine_twin() {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, "\0csd", 4);
    return fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0;
}

bool maps_code() {
    void* at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(at, 4096, PROT_READ | PROT_EXEC) == 0 ||
           mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

bool raises_limits() {
    rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_AS, &wide) == 0 || setrlimit(RLIMIT_FSIZE, &wide) == 0;
}

bool overfills(int fd) {
    return pwrite(fd, "x", 1, off_t{1} << 40) == 1 || ftruncate(fd, off_t{1} << 40) == 0;
}

bool takes_memory() {
    return mmap(nullptr, size_t{64} << 30, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

bool reads_own_links() {
    char target[256];
    return readlink(kObject.c_str(), target, sizeof(target)) > 0 ||
           readlink("/proc/self/exe", target, sizeof(target)) > 0;
}

const std::vector<Attack>& attacks() {
    static const pid_t parent = getppid();
    static const std::vector<Attack> all = {
        // Files.
        {"read-passwd", [] { return opens("/etc/passwd", O_RDONLY); }},
        {"read-proc-1",
         [] { return opens("/proc/1/environ", O_RDONLY) || opens("/proc/1/status", O_RDONLY); }},
        {"read-parent",
         [] { return opens(("/proc/" + std::to_string(parent) + "/maps").c_str(), O_RDONLY); }},
        {"read-self-maps", [] { return opens("/proc/self/maps", O_RDONLY); }},
        {"write-self-mem", [] { return opens("/proc/self/mem", O_RDWR); }},
        {"list-root", [] { return opendir("/") != nullptr; }},
        {"list-fds", [] { return opendir("/proc/self/fd") != nullptr; }},
        {"path-fd", [] { return opens("/etc", O_PATH); }},
        {"create-file", [] { return opens("/tmp/csd-attack", O_WRONLY | O_CREAT); }},
        {"create-temporary", [] { return opens("/tmp", O_RDWR | O_TMPFILE); }},
        {"write-log", [] { return opens("/dev/kmsg", O_WRONLY) || opens("/dev/tty", O_RDWR); }},
        {"read-disk", [] { return opens("/dev/vda", O_RDONLY) || opens("/dev/sda", O_RDONLY); }},
        {"links", reads_own_links},
        {"unlink",
         [] {
             return unlink(kObject.c_str()) == 0 ||
                    call(SYS_unlinkat, AT_FDCWD, address(kObject.c_str()));
         }},
        {"rename", [] { return rename("/tmp", "/tmp2") == 0; }},
        {"mkdir", [] { return mkdir("/tmp/csd-attack", 0700) == 0; }},
        {"symlink", [] { return symlink("/etc/passwd", "/tmp/csd-attack") == 0; }},
        {"link",
         [] { return linkat(kObjectFd, "", AT_FDCWD, "/tmp/csd-attack", AT_EMPTY_PATH) == 0; }},
        {"mknod", [] { return mknod("/tmp/csd-attack", S_IFIFO | 0600, 0) == 0; }},
        {"chdir", [] { return chdir("/etc") == 0 || chroot("/") == 0; }},
        {"handles", [] { return call(SYS_open_by_handle_at, kObjectFd, 0, O_RDONLY); }},
        {"openat2",
         [] {
             return call(SYS_openat2, AT_FDCWD, address("/etc/passwd"),
                         address("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 24);
         }},
        // The object.
        {"object-write", [] { return write(kObjectFd, "x", 1) == 1; }},
        {"object-truncate",
         [] {
             return ftruncate(kObjectFd, 0) == 0 || call(SYS_truncate, address(kObject.c_str()), 0);
         }},
        {"object-reopen",
         [] { return opens(kObject.c_str(), O_RDWR) || opens(kObject.c_str(), O_WRONLY); }},
        {"object-empty", [] { return opens(kObject.c_str(), O_RDONLY | O_TRUNC); }},
        {"object-chmod", [] { return fchmod(kObjectFd, 0777) == 0; }},
        {"object-chown", [] { return fchown(kObjectFd, 1, 1) == 0; }},
        {"object-times", [] { return futimens(kObjectFd, nullptr) == 0; }},
        {"object-xattr", [] { return fsetxattr(kObjectFd, "user.x", "x", 1, 0) == 0; }},
        {"object-map",
         [] { return mmap(nullptr, 4096, PROT_WRITE, MAP_SHARED, kObjectFd, 0) != MAP_FAILED; }},
        {"object-punch",
         [] {
             return fallocate(kObjectFd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0;
         }},
        {"object-flags", [] { return fcntl(kObjectFd, F_SETFL, O_APPEND | O_DIRECT) == 0; }},
        {"object-lease", [] { return fcntl(kObjectFd, F_SETLEASE, F_WRLCK) == 0; }},
        {"result-overfill", [] { return overfills(kResultFd); }},
        {"result-seal", [] { return fcntl(kResultFd, F_ADD_SEALS, F_SEAL_SEAL) == 0; }},
        {"scratch-overfill", [] { return overfills(kInputScratchFd); }},
        // Talking.
        {"socket-inet", [] { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }},
        {"socket-unix", connects_to_engine_twin},
        {"socket-netlink", [] { return socket(AF_NETLINK, SOCK_RAW, 0) >= 0; }},
        {"socketpair",
         [] {
             int ends[2];
             return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
         }},
        {"pipe",
         [] {
             int ends[2];
             return pipe(ends) == 0;
         }},
        {"shared-memory", [] { return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0; }},
        {"message-queue",
         [] {
             return call(SYS_msgget, IPC_PRIVATE, IPC_CREAT | 0600) ||
                    call(SYS_mq_open, address("/a"), O_CREAT, 0600);
         }},
        {"memory-file", [] { return memfd_create("x", 0) >= 0; }},
        {"keys",
         [] {
             return call(SYS_add_key, address("user"), address("a"), address("b"), 1,
                         KEY_SPEC_SESSION_KEYRING) ||
                    call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1);
         }},
        // Processes.
        {"exec",
         [] {
             const char* arguments[] = {"/bin/sh", nullptr};
             return execve("/bin/sh", const_cast<char**>(arguments), nullptr) == 0;
         }},
        {"exec-fd", [] { return call(SYS_execveat, kObjectFd, address(""), 0, 0, AT_EMPTY_PATH); }},
        {"fork", [] { return call(SYS_fork) || call(SYS_vfork); }},
        {"clone", [] { return call(SYS_clone, SIGCHLD) || call(SYS_clone, CLONE_VM | SIGCHLD); }},
        {"clone3",
         [] {
             uint64_t arguments[8] = {};
             return call(SYS_clone3, address(arguments), sizeof(arguments));
         }},
        {"clone-user",
         [] {
             return call(SYS_clone, CLONE_NEWUSER | SIGCHLD) || call(SYS_unshare, CLONE_NEWUSER) ||
                    call(SYS_unshare, CLONE_FILES);
         }},
        {"namespaces", [] { return call(SYS_setns, kObjectFd, 0); }},
        {"ptrace",
         [] {
             return ptrace(PTRACE_ATTACH, parent, nullptr, nullptr) == 0 ||
                    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
         }},
        {"read-memory",
         [] {
             char byte;
             iovec mine{&byte, 1}, theirs{&byte, 1};
             return process_vm_readv(parent, &mine, 1, &theirs, 1, 0) >= 0;
         }},
        {"write-memory",
         [] {
             char byte = 0;
             iovec mine{&byte, 1}, theirs{&byte, 1};
             return process_vm_writev(parent, &mine, 1, &theirs, 1, 0) >= 0;
         }},
        {"kill-parent", [] { return kill(parent, 0) == 0 || kill(parent, SIGUSR1) == 0; }},
        {"kill-all", [] { return kill(-1, 0) == 0 || kill(0, 0) == 0; }},
        {"tgkill-parent",
         [] {
             return call(SYS_tgkill, parent, parent, SIGUSR1) || call(SYS_tkill, parent, SIGUSR1);
         }},
        {"queue-signal",
         [] {
             siginfo_t info{};
             return call(SYS_rt_sigqueueinfo, parent, SIGUSR1, address(&info)) ||
                    call(SYS_rt_tgsigqueueinfo, parent, parent, SIGUSR1, address(&info));
         }},
        {"pidfd",
         [] {
             return call(SYS_pidfd_open, parent, 0) ||
                    call(SYS_pidfd_send_signal, kObjectFd, 0, 0, 0);
         }},
        {"steal-fd", [] { return call(SYS_pidfd_getfd, kSocketFd, 3, 0); }},
        {"owner-signals",
         [] {
             return fcntl(kSocketFd, F_SETOWN, parent) == 0 ||
                    fcntl(kSocketFd, F_SETSIG, SIGUSR1) == 0;
         }},
        {"timer",
         [] {
             timer_t timer;
             sigevent event{};
             event.sigev_notify = SIGEV_NONE;
             return timer_create(CLOCK_REALTIME, &event, &timer) == 0;
         }},
        {"parent-limits",
         [] {
             rlimit none{};
             return call(SYS_prlimit64, parent, RLIMIT_NOFILE, 0, address(&none));
         }},
        {"parent-priority",
         [] { return setpriority(PRIO_PROCESS, static_cast<id_t>(parent), 19) == 0; }},
        {"own-class",
         [] {
             sched_param none{};
             return sched_setscheduler(0, SCHED_OTHER, &none) == 0;
         }},
        {"own-priority", [] { return setpriority(PRIO_PROCESS, 0, -5) == 0 || nice(-5) != -1; }},
        {"own-limits", raises_limits},
        {"outlive-parent", [] { return prctl(PR_SET_PDEATHSIG, 0) == 0; }},
        {"dumpable", [] { return prctl(PR_SET_DUMPABLE, 1) == 0; }},
        {"subreaper",
         [] {
             return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ||
                    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY) == 0;
         }},
        {"session", [] { return setsid() > 0 || setpgid(0, parent) == 0; }},
        {"identity",
         [] { return setuid(0) == 0 || setgid(0) == 0 || call(SYS_setresuid, 0, 0, 0); }},
        {"capabilities",
         [] {
             uint32_t header[2] = {0x20080522, 0};
             uint32_t sets[6] = {~0u, ~0u, ~0u, ~0u, ~0u, ~0u};
             return call(SYS_capset, address(header), address(sets));
         }},
        // Memory and the kernel.
        {"new-code", maps_code},
        {"memory", takes_memory},
        {"io-uring",
         [] {
             char parameters[256] = {};
             return call(SYS_io_uring_setup, 8, address(parameters));
         }},
        {"userfaultfd", [] { return call(SYS_userfaultfd, 0); }},
        {"bpf",
         [] {
             char attributes[128] = {};
             return call(SYS_bpf, 0, address(attributes), sizeof(attributes));
         }},
        {"perf",
         [] {
             char attributes[128] = {};
             return call(SYS_perf_event_open, address(attributes), 0, -1, -1, 0);
         }},
        {"mount",
         [] {
             return mount("none", "/tmp", "tmpfs", 0, nullptr) == 0 ||
                    umount2("/proc", MNT_DETACH) == 0;
         }},
        {"pivot-root", [] { return call(SYS_pivot_root, address("/"), address("/")); }},
        {"modules",
         [] {
             return call(SYS_finit_module, kObjectFd, address(""), 0) ||
                    call(SYS_delete_module, address("ext4"), 0);
         }},
        {"reboot", [] { return call(SYS_reboot, 0, 0, 0); }},
        {"host-name", [] { return sethostname("x", 1) == 0; }},
        {"clock",
         [] {
             timespec time{1, 0};
             return clock_settime(CLOCK_REALTIME, &time) == 0;
         }},
        {"watch-files", [] { return call(SYS_inotify_init1, 0) || call(SYS_fanotify_init, 0, 0); }},
        {"personality", [] { return call(SYS_personality, 0x0040000); }},
        {"drop-filter", [] { return prctl(PR_SET_SECCOMP, 0) == 0 || call(SYS_seccomp, 0, 0, 0); }},
        {"thirty-two-bit", [] { return call(SYS_modify_ldt, 0) || call(0x40000000 + SYS_getpid); }},
        {"splice",
         [] {
             return call(SYS_splice, kObjectFd, 0, kSocketFd, 0, 1, 0) ||
                    call(SYS_vmsplice, kSocketFd, 0, 0, 0);
         }},
        {"terminal",
         [] {
             char byte = 'x';
             return call(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, address(&byte));
         }},
    };
    return all;
}

// What no answer can tell: these end by themselves, and the test looks at what the engine made of it.
void run_special(std::string_view name) {
    if (name == "says-ok-and-keeps-writing") {
        (void)!write(kResultFd, "good", 4);
        say(Code::kOk, "");
        for (int i = 0; i < 100'000; i++) (void)!pwrite(kResultFd, "evil", 4, 0);
    } else if (name == "says-ok-with-the-result-mapped") {
        (void)!ftruncate(kResultFd, 4096);
        auto* at = static_cast<char*>(
            mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kResultFd, 0));
        say(Code::kOk, "");
        for (;;) at[0]++;
    } else if (name == "says-another-code") {
        say(Code::kNotFound, "the key does not exist");
    } else if (name == "says-nonsense") {
        iovec part{const_cast<char*>("xyz"), 3};
        query::send_message(kSocketFd, {&part, 1}, {}, true);
    } else if (name == "says-too-much") {
        std::string text(100'000, 'x');
        say(Code::kQueryFailed, text);
    } else if (name == "says-control-characters") {
        say(Code::kQueryFailed, "\x1B[2J\x1B]0;evil\x07\nroot#");
    } else if (name == "sends-descriptors") {
        query::Answer header{static_cast<uint32_t>(Code::kQueryFailed), 0};
        iovec part{&header, sizeof(header)};
        std::array<int, 3> fds{kObjectFd, kResultFd, kInputScratchFd};
        query::send_message(kSocketFd, {&part, 1}, fds, true);
    } else if (name == "floods") {
        for (int i = 0; i < 10'000; i++) say(Code::kQueryFailed, "again");
    } else if (name == "hangs-up-and-stays") {
        close(kSocketFd);
        for (;;) pause();
    } else if (name == "ignores-signals-and-spins") {
        for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
        for (;;) sched_yield();
    } else if (name == "makes-threads") {
        for (;;) {
            try {
                std::thread([] {
                    for (;;) pause();
                }).detach();
            } catch (const std::exception&) {
                break;
            }
        }
        say(Code::kQueryFailed, "no more threads");
    } else if (name == "overflows-the-stack") {
        std::function<int(int)> recurse = [&recurse](int n) {
            volatile char frame[4096];
            frame[0] = static_cast<char>(n);
            return recurse(n + 1) + frame[0];
        };
        recurse(0);
    } else if (name == "aborts") {
        abort();
    }
    _exit(0);
}

}  // namespace

void run_attack_if_built_in(std::string_view sql) {
    constexpr std::string_view kVerb = "ATTACK ";
    if (!sql.starts_with(kVerb)) return;
    std::string_view name = sql.substr(kVerb.size());
    if (name == "?") {
        for (const Attack& attack : attacks())
            (void)!write(kResultFd, (std::string(attack.name) + "\n").data(),
                         std::strlen(attack.name) + 1);
        say(Code::kOk, "");
        _exit(0);
    }
    for (const Attack& attack : attacks()) {
        if (name != attack.name) continue;
        bool succeeded = attack.succeeds();
        int error = errno;
        say(Code::kQueryFailed,
            succeeded ? "succeeded" : std::string("refused: ") + std::strerror(error));
        _exit(0);
    }
    run_special(name);
}

}  // namespace csd::worker
