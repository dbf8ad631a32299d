// SPDX-License-Identifier: BSD-3-Clause
// Tested by spdk_test.cc.
#include "kv/transport/spdk.hpp"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace csd::kv {
namespace {

constexpr char kVariable[] = "CSD_SPDK_TRANSPORT";

constexpr char kName[] = "libcsd-spdk.so";

// Where libcsd.so is, for a program that uses the installed client. An address in it would not tell: the program's own table of
// functions may have one for it.
std::filesystem::path engine_folder() {
    void* const engine = dlopen("libcsd.so.0", RTLD_NOW | RTLD_NOLOAD);
    if (engine == nullptr) return {};  // it is in the program itself
    link_map* map = nullptr;
    std::error_code failed;
    const bool found = dlinfo(engine, RTLD_DI_LINKMAP, &map) == 0;
    const std::string name = found ? map->l_name : "";
    dlclose(engine);
    // The loader may have come by a link, as /lib is one to /usr/lib.
    return std::filesystem::canonical(name, failed).parent_path();
}

// Beside the program where programs are copied into one directory, in ../lib in a build, in libexec/csd of an installation.
std::vector<std::string> places() {
    const char* const named = std::getenv(kVariable);
    if (named != nullptr && *named != '\0') return {named};
    std::error_code failed;
    const auto programs = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
    std::vector<std::filesystem::path> folders = {programs, programs / "../lib",
                                                  programs / "../libexec/csd"};
    if (const auto engine = engine_folder(); !engine.empty()) {
        folders.push_back(engine / "../libexec/csd");
        folders.push_back(engine / "../../libexec/csd");  // from lib/x86_64-linux-gnu
    }
    std::vector<std::string> all;
    for (const auto& folder : folders) {
        std::string place = (folder / kName).lexically_normal().string();
        if (std::find(all.begin(), all.end(), place) == all.end()) all.push_back(std::move(place));
    }
    return all;
}

Status absent(const SpdkSpec& spec, const std::vector<std::string>& looked_at) {
    std::string paths;
    for (const std::string& path : looked_at) {
        if (!paths.empty()) paths += &path == &looked_at.back() ? " or " : ", ";
        paths += path;
    }
    return {Code::kUnsupported,
            "'" + spec.device + "' needs SPDK, and there is no " + paths +
                "; the package csd-spdk has it, `./csd build spdk` makes it, and " + kVariable +
                " names it where it lies elsewhere"};
}

struct Library {
    SpdkEntry open;
};

// It is never unloaded: DPDK's threads would run on in what is no longer there.
Result<Library> load(const SpdkSpec& spec) {
    const std::vector<std::string> all = places();
    const auto there = std::find_if(all.begin(), all.end(), [](const std::string& place) {
        std::error_code failed;
        return std::filesystem::exists(place, failed);
    });
    if (there == all.end()) return absent(spec, all);
    const std::string& path = *there;
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
        return Status(Code::kTransport,
                      "SPDK's transports cannot be loaded: " + std::string(dlerror()));
    }
    void* const entry = dlsym(library, CSD_SPDK_ENTRY_NAME);
    if (entry == nullptr) {
        return Status(Code::kTransport,
                      path + " is of another version of csd; `./csd build spdk` makes it anew");
    }
    return Library{reinterpret_cast<SpdkEntry>(entry)};
}

}  // namespace

Result<std::unique_ptr<Transport>> open_spdk(std::string_view device, const OpenOptions& options) {
    const auto spec = parse_spdk_spec(device);
    if (!spec.ok()) return spec.status();
    const auto library = load(spec.value());
    if (!library.ok()) return library.status();
    Result<std::unique_ptr<Transport>> opened =
        Status(Code::kInternal, "the library of SPDK's transports gave no answer");
    library.value().open(spec.value(), options, opened);
    return opened;
}

}  // namespace csd::kv
