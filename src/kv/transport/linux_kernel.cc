// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_uring_test.cc, linux_memory_test.cc and the contract suite in a guest.
#include "kv/transport/linux_kernel.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cerrno>

#include "kv/transport/linux_uring.hpp"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1; glibc 2.36 does not know it yet
#endif

namespace csd::kv {
namespace {

class RealLinuxKernel : public LinuxKernel {
  public:
    int open(const std::string& path, int flags) override {
        const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
        return fd >= 0 ? fd : -errno;
    }
    int ioctl(int fd, unsigned long request, void* argument) override {
        const int answer = ::ioctl(fd, request, argument);
        return answer >= 0 ? answer : -errno;
    }
    std::unique_ptr<PassthroughQueue> open_ring(int fd, uint32_t depth) override {
        return UringQueue::open(fd, depth);
    }
    bool make_huge(MutableBytes memory) override {
        return madvise(memory.data(), memory.size(), MADV_HUGEPAGE) == 0 &&
               madvise(memory.data(), memory.size(), MADV_COLLAPSE) == 0;
    }
    std::string sysfs() const override { return "/sys"; }
};

}  // namespace

LinuxKernel& real_linux_kernel() {
    static RealLinuxKernel kernel;
    return kernel;
}

}  // namespace csd::kv
