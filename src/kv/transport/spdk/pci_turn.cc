// SPDX-License-Identifier: BSD-3-Clause
// Tested by pci_turn_test.cc.
#include "kv/transport/spdk/pci_turn.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <regex>
#include <set>
#include <thread>

#include "base/unique_fd.hpp"

namespace csd::kv {
namespace {

constexpr auto kNap = std::chrono::milliseconds(20);
// The programs of one pipeline overlap for an instant.
constexpr auto kSilentWait = std::chrono::milliseconds(500);

// Such as " by process 4711 (kvcli)"; nothing where it has just ended.
std::string holder(int fd) {
    std::array<char, 16> text{};
    if (pread(fd, text.data(), text.size() - 1, 0) <= 0) return "";
    const long process = std::strtol(text.data(), nullptr, 10);
    std::string name;
    if (!(std::ifstream("/proc/" + std::to_string(process) + "/comm") >> name)) return "";
    return " by process " + std::to_string(process) + " (" + name + ")";
}

// Calls `tell` once, when the wait gets long.
bool locks_within(int fd, uint32_t patience_ms, const std::function<void()>& tell) {
    const auto began = std::chrono::steady_clock::now();
    for (bool told = false; flock(fd, LOCK_EX | LOCK_NB) != 0;) {
        const auto waited = std::chrono::steady_clock::now() - began;
        if (waited >= std::chrono::milliseconds(patience_ms)) return false;
        if (waited >= kSilentWait && !told) {
            tell();
            told = true;
        }
        std::this_thread::sleep_for(kNap);
    }
    return true;
}

// Of this process.
struct Turn {
    std::mutex mutex;    // held while a thread waits for another process
    bool taken = false;  // guarded by mutex
};

Turn& turn_of(const std::string& path) {
    static std::mutex mutex;
    static std::map<std::string, Turn> turns;  // guarded by mutex; none is ever removed
    const std::lock_guard lock(mutex);
    return turns[path];
}

}  // namespace

Status take_pci_turn(const std::string& directory, const std::string& address, uint32_t patience_ms,
                     const Log& log) {
    const std::string path = directory + "/csd-pci-" + address;
    Turn& turn = turn_of(path);
    const std::lock_guard lock(turn.mutex);
    if (turn.taken) return {};
    UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return {};
    const auto in_use = [&] {
        return "the PCI device " + address + " is in use" + holder(file.get());
    };
    const auto tell = [&] {
        if (log) log(LogLevel::kWarning, in_use() + "; waiting for it");
    };
    if (!locks_within(file.get(), patience_ms, tell)) {
        return {Code::kTransport, in_use() + ", and only one process can have it"};
    }
    const std::string self = std::to_string(getpid()) + "\n";
    // Only a message would miss the number.
    if (ftruncate(file.get(), 0) == 0) {
        static_cast<void>(!pwrite(file.get(), self.data(), self.size(), 0));
    }
    static_cast<void>(file.release());  // the end of the process unlocks it
    turn.taken = true;
    return {};
}

std::vector<std::string> pci_addresses_in(std::string_view configuration) {
    static const std::regex pattern(
        R"re("traddr"\s{0,9}:\s{0,9}"(?:([0-9a-f]{4}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])")re",
        std::regex::icase | std::regex::optimize);
    std::set<std::string> found;
    using Match = std::regex_iterator<std::string_view::const_iterator>;
    for (Match match(configuration.begin(), configuration.end(), pattern); match != Match();
         ++match) {
        std::string address =
            ((*match)[1].matched ? (*match)[1].str() : "0000") + ":" + (*match)[2].str();
        std::transform(address.begin(), address.end(), address.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        found.insert(address);
    }
    return {found.begin(), found.end()};
}

}  // namespace csd::kv
