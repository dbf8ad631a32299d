// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_sandbox_test.cc.
#include "device/worker/syscall_filter.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace csd::worker {

namespace {

constexpr uint32_t kX32Bit = 0x40000000;

class Filter {
  public:
    Filter() {
        load(offsetof(seccomp_data, arch));
        unless_equal_deny(AUDIT_ARCH_X86_64);
        load(offsetof(seccomp_data, nr));
        add(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1);
        deny(EPERM);
    }

    void allow(std::initializer_list<int> calls) {
        for (int call : calls) {
            add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1);
            add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
    }

    // Allowed when all of `must` and none of `must_not` are set in the lower half of the argument.
    void allow_with_bits(int call, int argument, uint32_t must, uint32_t must_not) {
        begin(call);
        load(argument_offset(argument));
        add(BPF_ALU | BPF_AND | BPF_K, must | must_not);
        add(BPF_JMP | BPF_JEQ | BPF_K, must, 1, 0);
        deny(EPERM);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        end();
    }

    // Allowed when the lower half of the argument is one of the values, or the call has no other use.
    void allow_values(int call, int argument, std::initializer_list<uint32_t> values) {
        begin(call);
        load(argument_offset(argument));
        for (uint32_t value : values) {
            add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
            add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
        deny(EPERM);
        end();
    }

    // Opening to read must not create or empty a file; opening to write is Landlock's business.
    void allow_open(int call, int flags_argument) {
        begin(call);
        load(argument_offset(flags_argument));
        add(BPF_ALU | BPF_AND | BPF_K, O_ACCMODE);
        add(BPF_JMP | BPF_JEQ | BPF_K, O_RDONLY, 1, 0);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        load(argument_offset(flags_argument));
        add(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC | O_PATH, 0, 1);
        deny(EPERM);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        end();
    }

    void fail(int call, int error) {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1);
        deny(error);
    }

    bool install() {
        deny(EPERM);
        sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
    }

  private:
    static uint32_t argument_offset(int argument) {
        return static_cast<uint32_t>(offsetof(seccomp_data, args) +
                                     8 * static_cast<size_t>(argument));
    }
    void add(int code, uint32_t k, uint8_t yes = 0, uint8_t no = 0) {
        code_.push_back({static_cast<uint16_t>(code), yes, no, k});
    }
    void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
    void deny(int error) { add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error)); }
    void unless_equal_deny(uint32_t value) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
        deny(EPERM);
    }
    // A block for one call: skipped, with the call's number still loaded, when it is another.
    void begin(int call) {
        block_ = code_.size();
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 0);
    }
    void end() { code_[block_].jf = static_cast<uint8_t>(code_.size() - block_ - 1); }

    std::vector<sock_filter> code_;
    size_t block_ = 0;
};

}  // namespace

bool load_syscall_filter() {
    Filter filter;
    // The most frequent first.
    filter.allow({SYS_futex,
                  SYS_read,
                  SYS_pread64,
                  SYS_write,
                  SYS_pwrite64,
                  SYS_madvise,
                  SYS_munmap,
                  SYS_lseek,
                  SYS_close,
                  SYS_fstat,
                  SYS_newfstatat,
                  SYS_stat,
                  SYS_lstat,
                  SYS_statx,
                  SYS_brk,
                  SYS_mremap,
                  SYS_sched_yield,
                  SYS_clock_gettime,
                  SYS_clock_nanosleep,
                  SYS_nanosleep,
                  SYS_gettimeofday,
                  SYS_getpid,
                  SYS_gettid,
                  SYS_getppid,
                  SYS_getuid,
                  SYS_geteuid,
                  SYS_getgid,
                  SYS_getegid,
                  SYS_getcwd,
                  SYS_access,
                  SYS_faccessat,
                  SYS_uname,
                  SYS_sysinfo,
                  SYS_getrusage,
                  SYS_getrandom,
                  SYS_getcpu,
                  SYS_sched_getaffinity,
                  SYS_rt_sigprocmask,
                  SYS_rt_sigaction,
                  SYS_rt_sigreturn,
                  SYS_sigaltstack,
                  SYS_set_robust_list,
                  SYS_rseq,
                  SYS_membarrier,
                  SYS_restart_syscall,
                  SYS_ftruncate,
                  SYS_fsync,
                  SYS_fdatasync,
                  SYS_exit,
                  SYS_exit_group,
                  SYS_recvmsg,
                  SYS_sendmsg,
                  SYS_poll,
                  SYS_dup3,
                  SYS_landlock_create_ruleset,
                  SYS_landlock_add_rule,
                  SYS_landlock_restrict_self});
    filter.allow_open(SYS_openat, 2);
    filter.allow_open(SYS_open, 1);
    // No code is ever made at run time.
    filter.allow_with_bits(SYS_mmap, 2, 0, PROT_EXEC);
    filter.allow_with_bits(SYS_mprotect, 2, 0, PROT_EXEC);
    // Threads of its own, no processes. clone3 keeps its flags in memory, where a filter cannot see them: the C
    // library falls back to clone when there is no clone3.
    filter.allow_with_bits(SYS_clone, 0, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND,
                           CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |
                               CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_PTRACE |
                               CLONE_VFORK);
    filter.fail(SYS_clone3, ENOSYS);
    // Nothing is a symbolic link: the host's path of the object cannot be learnt, and DuckDB, which resolves paths
    // before it compares them with those it may open, finds /proc/self/fd/10 to be just that.
    filter.fail(SYS_readlink, EINVAL);
    filter.fail(SYS_readlinkat, EINVAL);
    filter.allow_values(SYS_fcntl, 1, {F_GETFD, F_SETFD, F_GETFL, F_SETLK, F_SETLKW, F_GETLK});
    // abort() signals itself; it can name nobody else.
    filter.allow_values(SYS_tgkill, 0, {static_cast<uint32_t>(getpid())});
    filter.allow_values(SYS_prctl, 0, {PR_SET_NAME, PR_SET_VMA});
    // pthread_getattr_np asks for the stack's limit; limits of other processes are no one's business.
    filter.allow_values(SYS_prlimit64, 0, {0});
    filter.allow_values(SYS_ioctl, 1, {0x5401 /* TCGETS: isatty */});
    return filter.install();
}

}  // namespace csd::worker
