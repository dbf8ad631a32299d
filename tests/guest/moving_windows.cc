// SPDX-License-Identifier: BSD-3-Clause
//
// csd-moving-windows STAYS MOVES TIMES: while the memory window of one PCI device (MOVES, such as 0000:00:02.0) vanishes from
// the address space and comes back, TIMES times, a thread on another processor reads a register of a second device (STAYS),
// whose answer never changes. A virtual machine that mixes up the two maps gives the answer of another device, or ends. Run in a
// guest by tests/guest/memory_map_test.sh.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

[[noreturn]] void die(const std::string& what) {
    std::perror(what.c_str());
    std::exit(1);
}

int open_or_die(const std::string& path) {
    const int file = open(path.c_str(), O_RDWR | O_SYNC | O_CLOEXEC);
    if (file < 0) die(path);
    return file;
}

std::string file_of(const char* device, const char* name) {
    return std::string("/sys/bus/pci/devices/") + device + "/" + name;
}

// The command register of PCI's configuration space, and the bit that lets the device answer in memory.
constexpr off_t kCommand = 4;
constexpr uint16_t kMemorySpace = 2;

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: csd-moving-windows STAYS MOVES TIMES\n");
        return 2;
    }
    const int window = open_or_die(file_of(argv[1], "resource0"));
    void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, window, 0);
    if (mapped == MAP_FAILED) die("mmap");
    const auto* stays = static_cast<const volatile uint32_t*>(mapped);
    const uint32_t right = *stays;

    std::atomic<bool> ended = false;
    std::atomic<uint64_t> reads = 0, wrong = 0;
    std::thread reader([&] {
        while (!ended) {
            if (*stays != right) wrong++;
            reads++;
        }
    });

    const int moves = open_or_die(file_of(argv[2], "config"));
    uint16_t command = 0;
    if (pread(moves, &command, sizeof command, kCommand) != sizeof command) die("config");
    const uint16_t off = command & ~kMemorySpace, on = command | kMemorySpace;
    for (long left = std::atol(argv[3]); left > 0; left--) {
        for (const uint16_t* value : {&off, &on})
            if (pwrite(moves, value, sizeof *value, kCommand) != sizeof *value) die("config");
    }
    ended = true;
    reader.join();
    std::printf("%lu reads, %lu wrong\n", reads.load(), wrong.load());
    return reads > 0 && wrong == 0 ? 0 : 1;
}
