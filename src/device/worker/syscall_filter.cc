// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_sandbox_test.cc.
#include "device/worker/syscall_filter.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

namespace csd::worker {

namespace {

// A failure of any rule is told by install().
class Filter {
  public:
    Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release) {
        // Calls of 32-bit and x32 programs, too, fail and do not kill.
        failed_ = context_ == nullptr ||
                  seccomp_attr_set(get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)) != 0 ||
                  seccomp_attr_set(get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0;  // a binary search
    }

    void allow(std::initializer_list<int> calls) {
        for (int call : calls) add(SCMP_ACT_ALLOW, call, {});
    }

    // Arguments are compared in their lower halves: in the upper ones the C library may leave anything.

    // Allowed when all of `must` and none of `must_not` are set in the argument.
    void allow_with_bits(int call, unsigned argument, uint32_t must, uint32_t must_not) {
        add(SCMP_ACT_ALLOW, call, {{argument, SCMP_CMP_MASKED_EQ, must | must_not, must}});
    }

    // Allowed when the argument is one of the values: the call has no other use.
    void allow_values(int call, unsigned argument, std::initializer_list<uint32_t> values) {
        for (uint32_t value : values) allow_with_bits(call, argument, value, ~value);
    }

    // Opening to read must not create or empty a file; opening to write is Landlock's business.
    void allow_open(int call, unsigned flags) {
        allow_with_bits(call, flags, O_RDONLY, O_ACCMODE | O_CREAT | O_TRUNC | O_PATH);
        allow_with_bits(call, flags, O_WRONLY, O_ACCMODE & ~O_WRONLY);
        allow_with_bits(call, flags, O_RDWR, O_ACCMODE & ~O_RDWR);
    }

    void fail(int call, uint16_t error) { add(SCMP_ACT_ERRNO(error), call, {}); }

    bool install() { return !failed_ && seccomp_load(get()) == 0; }

  private:
    scmp_filter_ctx get() const { return context_.get(); }
    void add(uint32_t action, int call, const std::vector<scmp_arg_cmp>& arguments) {
        if (failed_) return;
        failed_ = seccomp_rule_add_exact_array(get(), action, call,
                                               static_cast<unsigned>(arguments.size()),
                                               arguments.data()) != 0;
    }

    std::unique_ptr<void, decltype(&seccomp_release)> context_;
    bool failed_ = false;
};

}  // namespace

bool load_syscall_filter() {
    Filter filter;
    filter.allow({SCMP_SYS(futex),
                  SCMP_SYS(read),
                  SCMP_SYS(pread64),
                  SCMP_SYS(write),
                  SCMP_SYS(pwrite64),
                  SCMP_SYS(madvise),
                  SCMP_SYS(munmap),
                  SCMP_SYS(lseek),
                  SCMP_SYS(close),
                  SCMP_SYS(fstat),
                  SCMP_SYS(newfstatat),
                  SCMP_SYS(stat),
                  SCMP_SYS(lstat),
                  SCMP_SYS(statx),
                  SCMP_SYS(brk),
                  SCMP_SYS(mremap),
                  SCMP_SYS(sched_yield),
                  SCMP_SYS(clock_gettime),
                  SCMP_SYS(clock_nanosleep),
                  SCMP_SYS(nanosleep),
                  SCMP_SYS(gettimeofday),
                  SCMP_SYS(getpid),
                  SCMP_SYS(gettid),
                  SCMP_SYS(getppid),
                  SCMP_SYS(getuid),
                  SCMP_SYS(geteuid),
                  SCMP_SYS(getgid),
                  SCMP_SYS(getegid),
                  SCMP_SYS(getcwd),
                  SCMP_SYS(access),
                  SCMP_SYS(faccessat),
                  SCMP_SYS(uname),
                  SCMP_SYS(sysinfo),
                  SCMP_SYS(getrusage),
                  SCMP_SYS(getrandom),
                  SCMP_SYS(getcpu),
                  SCMP_SYS(sched_getaffinity),
                  SCMP_SYS(rt_sigprocmask),
                  SCMP_SYS(rt_sigaction),
                  SCMP_SYS(rt_sigreturn),
                  SCMP_SYS(sigaltstack),
                  SCMP_SYS(set_robust_list),
                  SCMP_SYS(rseq),
                  SCMP_SYS(membarrier),
                  SCMP_SYS(restart_syscall),
                  SCMP_SYS(ftruncate),
                  SCMP_SYS(fsync),
                  SCMP_SYS(fdatasync),
                  SCMP_SYS(exit),
                  SCMP_SYS(exit_group),
                  SCMP_SYS(recvmsg),
                  SCMP_SYS(sendmsg),
                  SCMP_SYS(poll),
                  SCMP_SYS(dup3),
                  SCMP_SYS(landlock_create_ruleset),
                  SCMP_SYS(landlock_add_rule),
                  SCMP_SYS(landlock_restrict_self)});
    filter.allow_open(SCMP_SYS(openat), 2);
    filter.allow_open(SCMP_SYS(open), 1);
    // No code is ever made at run time.
    filter.allow_with_bits(SCMP_SYS(mmap), 2, 0, PROT_EXEC);
    filter.allow_with_bits(SCMP_SYS(mprotect), 2, 0, PROT_EXEC);
    // Threads of its own, no processes. clone3 keeps its flags in memory, where a filter cannot see them: the C
    // library falls back to clone when there is no clone3.
    filter.allow_with_bits(SCMP_SYS(clone), 0, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND,
                           CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |
                               CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_PTRACE |
                               CLONE_VFORK);
    filter.fail(SCMP_SYS(clone3), ENOSYS);
    // Nothing is a symbolic link: the host's path of the object cannot be learnt, and DuckDB, which resolves paths
    // before it compares them with those it may open, finds /proc/self/fd/10 to be just that.
    filter.fail(SCMP_SYS(readlink), EINVAL);
    filter.fail(SCMP_SYS(readlinkat), EINVAL);
    filter.allow_values(SCMP_SYS(fcntl), 1,
                        {F_GETFD, F_SETFD, F_GETFL, F_SETLK, F_SETLKW, F_GETLK});
    // abort() signals itself; it can name nobody else.
    filter.allow_values(SCMP_SYS(tgkill), 0, {static_cast<uint32_t>(getpid())});
    filter.allow_values(SCMP_SYS(prctl), 0, {PR_SET_NAME, PR_SET_VMA});
    // pthread_getattr_np asks for the stack's limit; limits of other processes are no one's business.
    filter.allow_values(SCMP_SYS(prlimit64), 0, {0});
    filter.allow_values(SCMP_SYS(ioctl), 1, {0x5401 /* TCGETS: isatty */});
    return filter.install();
}

}  // namespace csd::worker
